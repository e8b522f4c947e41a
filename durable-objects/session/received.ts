// What a frame of PostgreSQL's asks of the path, once the exchange has dealt with it. Values only.

import type { Confirmed } from "./gate/mark.ts";
import type { Statement } from "./statement.ts";

/** What the path has to see to after a frame. */
export interface Received {
  /** What a frame of the agent's statement was answered with, where it may matter. */
  readonly confirmed: Confirmed | null;
  readonly failed: boolean;
  /** The statement was cut short and PostgreSQL finished it none the less: its transaction has to fail. */
  readonly mend: { readonly statement: Statement | null; readonly at: "ready" | "batch" } | null;
  readonly fatal: boolean;
  readonly ready: boolean;
  /** A message is answered; the next one's time begins. */
  readonly closed: boolean;
}

export const NOTHING: Omit<Received, "fatal"> = {
  confirmed: null,
  failed: false,
  mend: null,
  ready: false,
  closed: false,
};
