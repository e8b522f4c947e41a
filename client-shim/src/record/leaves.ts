// What the leaves of a log say (docs/record.md), read one after the other: known types have to be in form, and what they tell of one
// thing has to follow what was told of it before. A leaf of another type is for a later verifier. Pure.

import { memberOf } from "./crypto.ts";

export interface LogLeaf {
  readonly index: number;
  readonly entries: unknown;
  readonly hash: unknown;
}

/** What the log tells of an approval. */
export interface LoggedApproval {
  readonly states: ReadonlySet<string>;
  /** The session that it was let go for; null: none. */
  readonly executedBy: string | null;
}

const isText = (value: unknown): boolean => typeof value === "string";
const isCount = (value: unknown): boolean =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
const isWho = (value: unknown): boolean =>
  isText(memberOf(value, "issuer")) && isText(memberOf(value, "subject"));
const isVote = (value: unknown): boolean =>
  isWho(value) &&
  isText(memberOf(value, "verdict")) &&
  isText(memberOf(value, "reason")) &&
  isCount(memberOf(value, "at"));

const CHECKS = {
  text: isText,
  textOrNull: (value) => value === null || isText(value),
  count: isCount,
  countOrNull: (value) => value === null || isCount(value),
  hash: (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value),
  who: isWho,
  whoOrNull: (value) => value === null || isWho(value),
  texts: (value) => Array.isArray(value) && value.every(isText),
  votes: (value) => Array.isArray(value) && value.every(isVote),
} as const satisfies Record<string, (value: unknown) => boolean>;
type Check = keyof typeof CHECKS;

/** Members may be added to a leaf: these it has. */
const SHAPES: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  "sluice.session/1": { session: "text", entries: "count", hash: "hash" },
  "sluice.deletion/1": { session: "text", at: "count", by: "text", reason: "text" },
  "sluice.approval/1": {
    approval: "text",
    revision: "count",
    state: "text",
    at: "count",
    target: "text",
    requester: "who",
    session: "text",
    seq: "count",
    policyVersion: "text",
    rule: "text",
    kinds: "texts",
    relations: "texts",
    binding: "text",
    votes: "votes",
    executedBy: "textOrNull",
  },
  "sluice.grant/1": {
    grant: "text",
    revision: "count",
    state: "text",
    at: "count",
    target: "text",
    requester: "who",
    relations: "texts",
    kinds: "texts",
    reason: "text",
    durationMs: "count",
    grantedAt: "countOrNull",
    endsAt: "countOrNull",
    votes: "votes",
    revokedBy: "whoOrNull",
  },
  "sluice.policy/1": {
    target: "text",
    version: "count",
    at: "count",
    by: "who",
    comment: "text",
    sha256: "hash",
  },
  "sluice.resend/1": {
    target: "text",
    at: "count",
    by: "who",
    endpoint: "text",
    count: "count",
    events: "texts",
  },
  "sluice.hold/1": { session: "text", state: "text", at: "count", by: "who", reason: "textOrNull" },
};

/** State -> those that may come behind it; of what has no entry there is none. Voted on, it stays `pending`. */
const BEHIND: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "sluice.approval/1": {
    pending: ["pending", "approved", "denied", "expired", "withdrawn"],
    approved: ["executed", "expired", "withdrawn"],
    executed: ["failed"],
  },
  "sluice.grant/1": {
    pending: ["pending", "active", "denied", "expired", "withdrawn"],
    active: ["ended", "revoked"],
  },
};

interface Last {
  readonly revision: number;
  readonly state: string;
  /** Of an approval by which somebody broke the glass: its review changes behind each of its states. */
  readonly review: string;
}

/** Its state, and how often it was called overdue; empty where there is none. */
function reviewOf(leaf: unknown): string {
  const review = memberOf(leaf, "review");
  if (review === undefined) return "";
  return `${String(memberOf(review, "state"))} ${String(memberOf(review, "reminders"))}`;
}

export class Leaves {
  readonly sessions = new Map<string, LogLeaf>();
  readonly deletions = new Map<string, unknown>();
  readonly approvals = new Map<string, LoggedApproval>();
  /** By type; a later verifier knows more of them. */
  readonly counts = new Map<string, number>();
  /** By type and subject. */
  readonly #last = new Map<string, Last>();

  /** What is wrong with it; null where nothing is. */
  take(index: number, leaf: unknown): string | null {
    const type = memberOf(leaf, "type");
    if (typeof type !== "string") return `leaf ${String(index)} has no type`;
    this.counts.set(type, (this.counts.get(type) ?? 0) + 1);
    const shape = Object.hasOwn(SHAPES, type) ? SHAPES[type] : undefined;
    if (shape === undefined) return null;
    const wrong = Object.entries(shape).find(([name, check]) => !CHECKS[check](memberOf(leaf, name)));
    if (wrong !== undefined) return `leaf ${String(index)} is malformed: ${wrong[0]}`;
    return this.#keep(index, type, leaf);
  }

  #keep(index: number, type: string, leaf: unknown): string | null {
    const text = (name: string): string => String(memberOf(leaf, name));
    switch (type) {
      case "sluice.session/1":
        this.sessions.set(text("session"), {
          index,
          entries: memberOf(leaf, "entries"),
          hash: memberOf(leaf, "hash"),
        });
        return null;
      case "sluice.deletion/1":
        this.deletions.set(text("session"), memberOf(leaf, "at"));
        return null;
      case "sluice.approval/1":
        this.#approval(leaf);
        return this.#follows(
          `approval ${text("approval")}`,
          type,
          Number(text("revision")),
          text("state"),
          reviewOf(leaf),
        );
      case "sluice.grant/1":
        return this.#follows(`grant ${text("grant")}`, type, Number(text("revision")), text("state"));
      case "sluice.policy/1":
        return this.#follows(`policy of ${text("target")}`, type, Number(text("version")), "");
      default:
        return null;
    }
  }

  #approval(leaf: unknown): void {
    const id = String(memberOf(leaf, "approval"));
    const executedBy = memberOf(leaf, "executedBy");
    this.approvals.set(id, {
      states: new Set([...(this.approvals.get(id)?.states ?? []), String(memberOf(leaf, "state"))]),
      executedBy: typeof executedBy === "string" ? executedBy : null,
    });
  }

  #follows(what: string, type: string, revision: number, state: string, review = ""): string | null {
    const last = this.#last.get(what);
    this.#last.set(what, { revision, state, review });
    const states = BEHIND[type];
    // A policy may have had versions before there were such leaves; what is decided as it is asked for changes twice at once.
    if (last === undefined)
      return states === undefined || revision <= 2 ? null : `the beginning of ${what} is missing`;
    if (revision > last.revision + 1)
      return `of ${what} changes between ${String(last.revision)} and ${String(revision)} are missing`;
    if (revision <= last.revision) return `a change of ${what} comes again, or out of order`;
    const reviewed = state === last.state && last.review.startsWith("pending") && review !== last.review;
    const may = states === undefined || reviewed || (states[last.state] ?? []).includes(state);
    return may ? null : `${what} was ${last.state} and cannot become ${state}`;
  }
}
