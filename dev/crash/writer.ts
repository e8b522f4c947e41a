// One client of the load: works in one of the ways until its connection breaks. Keeps what it was told about each id.

import { ConnectionLost, WireClient } from "../bench/wire-client.ts";
import { pause } from "./stack-process.ts";
import { type Answer, type Attempt, type Step, stepsOf, type Way } from "./ways.ts";

/** Statements under way at once on one connection. */
const PIPELINE_DEPTH = 8;

export interface Writer {
  readonly attempts: readonly Attempt[];
  /** How often it was answered. */
  readonly answers: number;
  /** Statements of the record that these were answers to. */
  readonly statements: number;
  /** The longest that it waited for an answer since this was asked. */
  takeLongestMs(): number;
  /** What the connection broke with; null while it has not. */
  readonly lost: string | null;
  /** Resolves when the first statement may be sent, or the connection has failed. */
  readonly opened: Promise<void>;
  /** Resolves when the connection has broken. */
  readonly over: Promise<void>;
  end(): void;
}

export interface WriterOptions {
  /** policy.yaml is in force. */
  readonly governed: boolean;
  /** Between one answer and the next step; 0: none. */
  readonly restMs?: number;
}

export function startWriter(
  url: string,
  name: string,
  way: Way,
  { governed, restMs = 0 }: WriterOptions,
): Writer {
  const attempts: Attempt[] = [];
  let client: WireClient | null = null;
  let ended = false;
  let made = 0;
  // Answers come in the order of what was sent; the first is the start-up's.
  const awaited: Answer[] = [{ sha256: null }];
  let answers = 0;
  let statements = 0;
  let longestMs = 0;
  let lost: string | null = null;
  const send = (open: WireClient, { attempts: [first], send: what }: Step): Promise<unknown> => {
    if (first !== undefined) awaited.push(first.answer);
    return Buffer.isBuffer(what) ? open.exchange(what) : open.copyIn(what.sql, what.data);
  };
  const lane = async (open: WireClient): Promise<void> => {
    for (const step of stepsOf(way, name, governed, () => ++made)) {
      if (ended) return;
      attempts.push(...step.attempts);
      for (const attempt of step.settles) attempt.inForce = "unknown";
      const began = performance.now();
      try {
        await send(open, step);
        for (const attempt of step.attempts) attempt.told = "ready";
        for (const attempt of step.settles) attempt.inForce = "yes";
      } catch (error) {
        // An error without a ReadyForQuery behind it is no answer.
        if (error instanceof ConnectionLost || step.attempts.some(({ answer }) => answer.sha256 === null)) {
          lost = error instanceof Error ? error.message : "";
          return;
        }
        for (const attempt of step.attempts) attempt.told = "failed";
        for (const attempt of step.settles) attempt.inForce = "no";
      }
      longestMs = Math.max(longestMs, performance.now() - began);
      statements += new Set(step.attempts.map(({ way: one, id }) => (one === "several" ? "" : id))).size;
      if (restMs > 0) await pause(restMs);
    }
  };
  const opened = Promise.withResolvers<void>();
  const run = async (): Promise<void> => {
    let open: WireClient;
    try {
      const witness = (sha256: string): void => {
        const answer = awaited.shift();
        if (answer !== undefined) answer.sha256 = sha256;
        answers++;
      };
      open = client = await WireClient.connect(url, { application_name: name }, witness);
    } catch {
      // Killed before the session was open: nothing was written.
      return;
    } finally {
      opened.resolve();
    }
    await Promise.all(Array.from({ length: way === "pipelined" ? PIPELINE_DEPTH : 1 }, () => lane(open)));
    open.socket.destroy();
  };
  return {
    attempts,
    get answers() {
      return answers;
    },
    get statements() {
      return statements;
    },
    takeLongestMs: () => {
      const taken = longestMs;
      longestMs = 0;
      return taken;
    },
    get lost() {
      return lost;
    },
    opened: opened.promise,
    over: run(),
    end: () => {
      ended = true;
      client?.socket.destroy();
    },
  };
}
