// Plays the steps of a case over one connection, as an agent that goes on whatever it is answered, and keeps all that came.
// Says nothing about right or wrong: that is the judge's.

import type { Frame, FrontendMessage } from "#core/wire";
import { errorFields, READY, type WireClient } from "../support/wire-client.ts";
import type { Message, Step } from "./case.ts";

const COPY_IN = "G".charCodeAt(0);
const ERROR = "E".charCodeAt(0);
const DATA_ROW = "D".charCodeAt(0);
const FUNCTION_CALL = "V".charCodeAt(0);
const COPY_DATA = "d".charCodeAt(0);

export interface Played {
  readonly frames: readonly Frame[];
  readonly bytes: Buffer;
  /** DataRow, CopyData and FunctionCallResponse messages. */
  readonly rows: number;
  /** Bytes of them. */
  readonly rowBytes: number;
  readonly slowestStepMs: number;
  /** SQLSTATE and message of each error, in order. */
  readonly errors: readonly string[];
}

export interface PlayContext {
  /** What `{dir}` stands for. */
  readonly directory: string;
  /** … and `{port}`: of PostgreSQL itself. */
  readonly port: number;
  functionOid(name: string): Promise<number>;
}

export async function play(
  client: WireClient,
  steps: readonly Step[],
  context: PlayContext,
): Promise<Played> {
  const frames: Frame[] = [...client.startup];
  let slowestStepMs = 0;
  for (const step of steps) {
    if (client.closed) break;
    const started = performance.now();
    frames.push(...(await take(client, step, context)));
    slowestStepMs = Math.max(slowestStepMs, performance.now() - started);
  }
  return summary(frames, slowestStepMs);
}

/** One step, to its last ReadyForQuery. */
export async function take(client: WireClient, step: Step, context: PlayContext): Promise<readonly Frame[]> {
  const fill = (text: Uint8Array | string): Uint8Array => {
    const known = typeof text === "string" ? Buffer.from(text) : Buffer.from(text);
    const latin = known.toString("latin1");
    return Buffer.from(
      latin.replaceAll("{dir}", context.directory).replaceAll("{port}", String(context.port)),
      "latin1",
    );
  };
  if (typeof step === "string") {
    client.send({ kind: "query", text: fill(step) });
    return untilReady(client, 1, null);
  }
  if ("query" in step) {
    client.send({ kind: "query", text: fill(step.query) });
    return untilReady(client, 1, step.copy === undefined ? null : fill(step.copy));
  }
  const messages = await Promise.all(step.send.map((message) => resolve(message, fill, context)));
  client.send(...messages);
  return untilReady(client, messages.filter(endsInReady).length, null);
}

async function resolve(
  message: Message,
  fill: (text: Uint8Array) => Uint8Array,
  context: PlayContext,
): Promise<FrontendMessage | Uint8Array> {
  if (message instanceof Uint8Array) return message;
  if (message.kind === "parse" || message.kind === "query") return { ...message, text: fill(message.text) };
  if (message.kind !== "named_call") return message;
  const functionOid = await context.functionOid(message.function);
  const values = message.arguments.map((value) => (value === null ? null : fill(Buffer.from(value))));
  return {
    kind: "function_call",
    functionOid,
    argumentFormats: [],
    arguments: values,
    resultFormat: 0,
  };
}

function endsInReady(message: FrontendMessage | Uint8Array): boolean {
  if (message instanceof Uint8Array) return false;
  return message.kind === "sync" || message.kind === "query" || message.kind === "function_call";
}

/** What there is to say of frames that came. */
function summary(frames: readonly Frame[], slowestStepMs: number): Played {
  const rows = frames.filter(({ code }) => code === DATA_ROW || code === COPY_DATA || code === FUNCTION_CALL);
  return {
    frames,
    errors: frames.filter(({ code }) => code === ERROR).map((frame) => errorText(frame)),
    bytes: Buffer.concat(frames.map(({ bytes }) => bytes)),
    rows: rows.length,
    rowBytes: rows.reduce((sum, { bytes }) => sum + bytes.length, 0),
    slowestStepMs,
  };
}

/** A COPY FROM STDIN that nobody has data for is ended, so that the conversation goes on. */
async function untilReady(client: WireClient, count: number, copy: Uint8Array | null): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (let left = count; left > 0;) {
    const frame = await client.frame();
    if (frame === null) break;
    frames.push(frame);
    if (frame.code === COPY_IN && count === 1) {
      if (copy === null) client.send({ kind: "copy_fail", reason: "" });
      else client.send({ kind: "copy_data", data: copy }, { kind: "copy_done" });
    }
    if (frame.code === READY) left--;
  }
  return frames;
}

function errorText(frame: Frame): string {
  const fields = errorFields([frame]);
  return `${fields.get("C")} ${fields.get("M")} ${fields.get("D") ?? ""}`.trim();
}
