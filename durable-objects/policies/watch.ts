// Tells a live session when another version of its target's policy is in force: at most about 4 s late (a read every
// FRESH_MS, an interval here, one more until the reader is done), with one D1 read an isolate, target and interval, however
// many sessions watch. Each session has its own timer, since a timer belongs to the object that set it; what they share is
// the cache of in-force.ts.

import { FRESH_MS, pollInForce, type PolicyEnv, type PolicyInForce } from "./in-force.ts";

const ASK_EVERY_MS = 1_000;
/** Told of a change, a session trusts what was read since; of those that are told together one reads. */
const TOLD_FRESH_MS = 200;

export interface PolicyWatch {
  /** Asks now: the API says that there is a new version. Never rejects. */
  told(): Promise<void>;
  stop(): void;
}

export interface WatchParts {
  readonly env: PolicyEnv;
  readonly target: string;
  /** The version that the session runs on. */
  readonly version: string;
  readonly changed: (inForce: PolicyInForce) => void;
  readonly now: () => number;
}

export function watchPolicy({ env, target, version, changed, now }: WatchParts): PolicyWatch {
  let running = version;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let stopped = false;
  const check = async (freshMs: number): Promise<void> => {
    const inForce = await pollInForce(env, target, now(), freshMs);
    if (stopped || inForce === null || inForce.version === running) return;
    running = inForce.version;
    changed(inForce);
  };
  const arm = (): void => {
    timer = setTimeout(() => void check(FRESH_MS).finally(() => stopped || arm()), ASK_EVERY_MS);
  };
  arm();
  return {
    told: () => check(TOLD_FRESH_MS),
    stop: () => {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
