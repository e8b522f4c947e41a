// The leaves of the log, and the text of its head (docs/record.md). What happens inside of a session is in its chain; what
// happens beside sessions, or goes on when they are over, is a leaf of its own. Pure.

import { base64Encode } from "#core/bytes";

/** A token's `iss` and `sub`. */
interface Who {
  readonly issuer: string;
  readonly subject: string;
}

interface LoggedVote extends Who {
  readonly verdict: string;
  readonly reason: string;
  readonly at: number;
  /** They let it go alone, in an emergency. */
  readonly breakGlass?: true;
}

/** What somebody else says of that. */
interface LoggedReview {
  readonly state: string;
  readonly dueAt: number;
  /** How often it was said that it is overdue. */
  readonly reminders: number;
  /** null while nobody has. */
  readonly decision: (Who & { readonly note: string; readonly at: number }) | null;
}

export interface SessionLeaf {
  readonly type: "sluice.session/1";
  readonly session: string;
  readonly entries: number;
  readonly hash: string;
}

export interface DeletionLeaf {
  readonly type: "sluice.deletion/1";
  readonly session: string;
  readonly at: number;
  readonly by: string;
  readonly reason: string;
}

/** An approval came to this state, or was voted on. Of the statement there is what binds it, and no text. */
export interface ApprovalLeaf {
  readonly type: "sluice.approval/1";
  readonly approval: string;
  readonly revision: number;
  readonly state: string;
  readonly at: number;
  readonly target: string;
  readonly requester: Who;
  readonly session: string;
  readonly seq: number;
  readonly policyVersion: string;
  readonly rule: string;
  readonly kinds: readonly string[];
  readonly relations: readonly string[];
  readonly binding: string;
  readonly votes: readonly LoggedVote[];
  /** The session that it was let go for. */
  readonly executedBy: string | null;
  /** Absent where nobody broke the glass. Its changes come with the state that the approval is in already. */
  readonly review?: LoggedReview;
}

export interface GrantLeaf {
  readonly type: "sluice.grant/1";
  readonly grant: string;
  readonly revision: number;
  readonly state: string;
  readonly at: number;
  readonly target: string;
  readonly requester: Who;
  readonly relations: readonly string[];
  readonly kinds: readonly string[];
  readonly reason: string;
  readonly durationMs: number;
  /** Limits of what runs by it, and what was counted so far, by the names that they have in the gateway. Absent: none. */
  readonly limits?: Readonly<Record<string, number | null>>;
  readonly used?: Readonly<Record<string, number>>;
  /** The limit that ended it. */
  readonly usedUp?: string;
  readonly grantedAt: number | null;
  readonly endsAt: number | null;
  readonly votes: readonly LoggedVote[];
  readonly revokedBy: (Who & { readonly reason: string }) | null;
}

/** A version of a target's policy was stored: `sha256` is of the document's UTF-8, in hexadecimal digits. */
export interface PolicyLeaf {
  readonly type: "sluice.policy/1";
  readonly target: string;
  readonly version: number;
  readonly at: number;
  readonly by: Who;
  readonly comment: string;
  readonly sha256: string;
}

/** A legal hold on a session. */
export interface HoldLeaf {
  readonly type: "sluice.hold/1";
  readonly session: string;
  readonly state: "set" | "lifted";
  readonly at: number;
  readonly by: Who;
  readonly reason: string | null;
}

/** Events that a webhook's endpoint had never taken are sent to it again, because somebody says so. */
export interface ResendLeaf {
  readonly type: "sluice.resend/1";
  readonly target: string;
  readonly at: number;
  readonly by: Who;
  /** As the list of deliveries calls it: the address may be a secret. */
  readonly endpoint: string;
  /** How many, and the first hundred of them by `webhook-id`. */
  readonly count: number;
  readonly events: readonly string[];
}

/** What changed beside a session's chain. */
export type ChangeLeaf = ApprovalLeaf | GrantLeaf | PolicyLeaf | HoldLeaf | ResendLeaf;
export type Leaf = SessionLeaf | DeletionLeaf | ChangeLeaf;

/** What a leaf is about; its changes are told apart by what {@link leafKey} adds. */
export function leafSubject(leaf: Leaf): string {
  switch (leaf.type) {
    case "sluice.session/1":
    case "sluice.deletion/1":
    case "sluice.hold/1":
      return leaf.session;
    case "sluice.approval/1":
      return leaf.approval;
    case "sluice.grant/1":
      return leaf.grant;
    case "sluice.policy/1":
    case "sluice.resend/1":
      return leaf.target;
  }
}

/** With its type, what a leaf is once: told again it is the same one. Subjects have no space in them. */
export function leafKey(leaf: Leaf): string {
  const subject = leafSubject(leaf);
  switch (leaf.type) {
    case "sluice.session/1":
    case "sluice.deletion/1":
      return subject;
    case "sluice.approval/1":
    case "sluice.grant/1":
      return `${subject} ${String(leaf.revision)}`;
    case "sluice.policy/1":
      return `${subject} ${String(leaf.version)}`;
    case "sluice.hold/1":
      return `${subject} ${String(leaf.at)} ${leaf.state}`;
    case "sluice.resend/1":
      return `${subject} ${String(leaf.at)} ${leaf.endpoint} ${leaf.events[0] ?? ""}`;
  }
}

/** What a checkpoint signs (C2SP tlog-checkpoint). */
export function checkpointBody(origin: string, size: number, root: Uint8Array): string {
  return `${origin}\n${String(size)}\n${base64Encode(root)}\n`;
}

/** The body with its signature (C2SP signed-note): `signature` is behind the key's id. */
export function signedNote(body: string, name: string, keyId: Uint8Array, signature: Uint8Array): string {
  return `${body}\n— ${name} ${base64Encode(Uint8Array.of(...keyId, ...signature))}\n`;
}
