// What can be done with one message of the agent's, and what it depends on beside the message. Values only.

import type { Decision } from "#core/policy";
import type { ParsedStatement, Question, StatementFacts } from "#core/sql";
import type { DecodedFrontendMessage, ExpectedKind } from "#core/wire";
import type { Mark } from "../gate/mark.ts";
import type { Refusal, Task } from "../tasks/task.ts";

export type Considered =
  | {
      readonly kind: "pass";
      readonly judged: { readonly decision: Decision; readonly facts: StatementFacts | null } | null;
      readonly mark: Mark | null;
      /** The kind of message that fails in its place; null where it goes as it is. */
      readonly failing: ExpectedKind | null;
      /** Sent in its place: the same with other words. */
      readonly replacement: Uint8Array | null;
      /** What follows has to wait for what it leaves behind. */
      readonly changes: boolean;
      /** The statement that `judged` is of. */
      readonly parsed: ParsedStatement | null;
      /** What is known of a message of several statements, for the record. */
      readonly seen: { readonly kinds: readonly string[]; readonly facts: readonly StatementFacts[] } | null;
    }
  | { readonly kind: "ask"; readonly questions: readonly Question[] }
  | { readonly kind: "wait" }
  | { readonly kind: "task"; readonly task: Task<unknown> };

export interface Circumstances {
  /** Messages before it are not answered yet. */
  readonly busy: boolean;
  /** What PostgreSQL answered to our question for this message, where it failed. */
  readonly unanswerable: Uint8Array | null;
  /** Questions asked for this message so far. */
  readonly rounds: number;
}

export type Message = DecodedFrontendMessage;
export type Of<K extends Message["kind"]> = Extract<Message, { kind: K }>;

export type Pass = Extract<Considered, { kind: "pass" }>;

export const PASS: Pass = {
  kind: "pass",
  judged: null,
  mark: null,
  failing: null,
  replacement: null,
  changes: false,
  parsed: null,
  seen: null,
};

/** Something that fails goes in its place. */
export function refuse(
  kind: ExpectedKind,
  judged: Refusal,
  parsed: ParsedStatement | null = null,
): Considered {
  return { ...PASS, judged, mark: { refusal: judged.error }, failing: kind, parsed };
}
