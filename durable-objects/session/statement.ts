// One statement on its way: what was asked, and what has come back so far. Values only; statement-path.ts moves it.

import { base64Encode, utf8Decode, utf8Encode } from "#core/bytes";
import { type Decision, levelOf, type Masks, recordedAt, stricter } from "#core/policy";
import type {
  Intent,
  Operation,
  Outcome,
  Parameter,
  RecordedError,
  RecordedRelation,
  Redactions,
} from "#core/record";
import type { ParsedStatement, StatementFacts } from "#core/sql";
import type { Portal, PreparedStatement } from "#core/wire";
import type { Progress } from "../journal/index.ts";
import { ByteRun } from "./byte-run.ts";
import { Keeping } from "./keeping.ts";
import { portalParameters } from "./parameters.ts";
import { type AnalysedPart, hidesRequest, redactIntent } from "./masking/redacted-intent.ts";
import type { ResponseMask } from "./masking/response-mask.ts";

/**
 * An outcome has to fit a row of 2 MB, and a query may hold a million statements, an error a text of a gigabyte. The
 * recorded response has all of it.
 */
const RECORDED_TAGS = 1_000;
const RECORDED_MESSAGE_CHARACTERS = 8_192;
/** Of the messages of a batch; each may close a name of megabytes. */
const RECORDED_ASKED_CHARACTERS = 65_536;

export function summary(message: string): string {
  return message.length <= RECORDED_MESSAGE_CHARACTERS
    ? message
    : `${message.slice(0, RECORDED_MESSAGE_CHARACTERS - 1)}…`;
}

/** An earlier message of its batch failed: it was neither decided on nor sent. */
const NOT_REACHED: Decision = {
  effect: "deny",
  rule: "not_reached",
  policyVersion: "",
  matched: [],
  recorded: true,
};

export class Statement {
  readonly seq: number;
  readonly startedAt: number;
  operation: Operation;
  readonly protocol: "simple" | "extended";
  text: Uint8Array = new Uint8Array(0);
  preparedStatement: string | null = null;
  portal: string | null = null;
  maxRows = 0;
  parameters: readonly Parameter[] = [];
  resultFormats: readonly number[] = [];

  /** What was decided of it last; a refusal stays. Until something was, it has not been sent. */
  decision: Decision = NOT_REACHED;
  readonly #kinds = new Set<string>();
  readonly #relations = new Map<string, RecordedRelation>();
  /** What is known of the statements in `text`, by where they begin. */
  readonly #parts = new Map<number, AnalysedPart>();
  /** What its answers are masked by. */
  readonly responseMasks = new Set<ResponseMask>();

  /** Its intent was journalled, in some form. */
  intended = false;
  /** … in chunks. */
  intentChunked = false;
  /** Its intent changed since it was journalled. */
  intentStale = true;
  /** Messages of it, forwarded and not answered yet. */
  unanswered = 0;
  /** Parse, Bind and Describe wait for the Execute that they may belong to. */
  assembling = false;
  /** A Sync or Close may still come that belongs to it. */
  awaitsReady: boolean;

  /** The response since the last chunk. */
  readonly tail = new ByteRun();
  readonly keeping = new Keeping();
  responseChunks = 0;
  responseBytes = 0;
  /** Of rows as PostgreSQL sent them, held or not. */
  returnedBytes = 0;
  /** Frames of CopyData of this turn, not journalled yet. */
  readonly requested = new ByteRun();
  requestChunks = 0;
  requestBytes = 0;
  rows = 0;
  notices = 0;
  readonly #commandTags: string[] = [];
  #messages: string[] | null = [];
  #messagesCharacters = 0;
  error: RecordedError | null = null;
  /** What the agent was told in the place of a response that PostgreSQL had finished. */
  cutShort: RecordedError | null = null;
  firstByteAt: number | null = null;
  endedAt: number | null = null;
  /** As the stopwatch has it. */
  addedMs = 0;
  heldMs = 0;
  transactionStatus: "I" | "T" | "E" | null = null;
  suspended = false;
  answered = false;
  settled = false;
  #facts: StatementFacts | null = null;

  constructor(seq: number, operation: Operation, protocol: "simple" | "extended", startedAt: number) {
    this.seq = seq;
    this.operation = operation;
    this.protocol = protocol;
    this.startedAt = startedAt;
    this.awaitsReady = protocol === "extended";
  }

  get progress(): Progress {
    if (this.assembling) return "assembling";
    return this.unanswered > 0 || this.awaitsReady ? "running" : "final";
  }

  /** What was last found of it. */
  get facts(): StatementFacts | null {
    return this.#facts;
  }

  get undecided(): boolean {
    return this.decision === NOT_REACHED;
  }

  /** What was decided of it, or of a part of it. */
  decided(decision: Decision, facts: StatementFacts | null): void {
    const refused = this.decision.effect === "deny" || this.decision.effect === "approve";
    if (!refused || this.decision === NOT_REACHED) {
      this.intentStale ||= this.decision !== decision;
      this.decision = withExempted(noLaxer(decision, this.decision), this.decision.exempted ?? []);
    }
    if (facts === null || facts === this.#facts) return;
    this.#facts = facts;
    this.intentStale = true;
    for (const kind of facts.kinds) this.#kinds.add(kind);
    for (const { relation, action } of facts.accesses) {
      // One that is being made has no schema yet where search_path decides.
      const name = relation.schema === "" ? relation.name : `${relation.schema}.${relation.name}`;
      const access =
        action === "select" || action === "lock" ? "read" : action === "define" ? "define" : "write";
      this.#relations.set(`${name} ${access}`, { name, access });
    }
  }

  /** Of what could not be looked at further. */
  isOf(kinds: readonly string[]): void {
    this.intentStale ||= kinds.some((kind) => !this.#kinds.has(kind));
    for (const kind of kinds) this.#kinds.add(kind);
  }

  /** A message of the extended protocol is of it, as an outcome's `messages` have it. */
  asked(message: string): void {
    this.#messagesCharacters += 1 + message.length;
    if (this.#messagesCharacters > RECORDED_ASKED_CHARACTERS) this.#messages = null;
    this.#messages?.push(message);
  }

  complete(commandTag: string): void {
    if (this.#commandTags.length < RECORDED_TAGS) this.#commandTags.push(commandTag);
  }

  /** What a statement of its text means, where that has masks to do with. */
  analysed({ text, offsetBytes }: ParsedStatement, facts: StatementFacts): void {
    if (this.#parts.get(offsetBytes)?.facts === facts) return;
    this.intentStale = true;
    this.#parts.set(offsetBytes, { offsetBytes, lengthBytes: utf8Encode(text).length, facts });
  }

  /** The COPY data of it is counted and not stored. */
  hidesRequest(masks: Masks | null): boolean {
    if (masks?.record !== true) return false;
    const parts = [...this.#parts.values()];
    return parts.length === 0 || parts.some(({ facts }) => hidesRequest(masks, facts));
  }

  prepares(prepared: PreparedStatement): void {
    this.intentStale = true;
    if (this.text !== prepared.text) this.#parts.clear();
    this.text = prepared.text;
    this.preparedStatement = prepared.name;
  }

  binds(portal: Portal): void {
    if (portal.statement !== null) this.prepares(portal.statement);
    this.intentStale = true;
    this.portal = portal.name;
    this.resultFormats = portal.resultFormats;
    this.parameters = portalParameters(portal);
  }

  /** `masks`: of the policy in force; null: nothing is masked. */
  intent(masks: Masks | null): Intent {
    const redacted =
      masks?.record === true
        ? redactIntent(
            masks,
            this.text,
            [...this.#parts.values()].sort((a, b) => a.offsetBytes - b.offsetBytes),
            this.parameters,
            this.hidesRequest(masks),
          )
        : null;
    const bytes = redacted?.text ?? this.text;
    const text = utf8Decode(bytes);
    return {
      seq: this.seq,
      operation: this.operation,
      protocol: this.protocol,
      statement: text ?? base64Encode(bytes),
      statementEncoding: text === null ? "base64" : "utf8",
      preparedStatement: this.preparedStatement,
      portal: this.portal,
      maxRows: this.maxRows,
      parameters: redacted?.parameters ?? this.parameters,
      resultFormats: this.resultFormats,
      decision: this.decision,
      kinds: [...this.#kinds].sort(),
      relations: [...this.#relations].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, relation]) => relation),
      startedAt: this.startedAt,
      ...(redacted === null || isNothing(redacted.redactions) ? {} : { redactions: redacted.redactions }),
    };
  }

  outcome(now: number): Outcome {
    this.keeping.atMost(levelOf(this.decision), this.tail);
    return {
      state: this.#state(),
      firstByteAt: this.firstByteAt,
      endedAt: this.endedAt ?? now,
      commandTags: this.#commandTags,
      rows: this.rows,
      notices: this.notices,
      responseBytes: this.responseBytes,
      requestBytes: this.requestBytes,
      error: this.error ?? this.cutShort,
      transactionStatus: this.transactionStatus,
      messages: this.protocol === "simple" && this.#messages?.length === 0 ? null : this.#messages,
      addedMs: this.addedMs,
      ...(this.heldMs === 0 ? {} : { heldMs: this.heldMs }),
      ...this.keeping.outcome(),
      ...this.#maskedAnswers(),
    };
  }

  #maskedAnswers(): Pick<Outcome, "masked" | "detected"> {
    const masked = [...this.responseMasks].flatMap((mask) => mask.masked);
    const detected: Record<string, number> = {};
    for (const mask of this.responseMasks)
      for (const [name, count] of mask.detected) detected[name] = (detected[name] ?? 0) + count;
    return {
      ...(masked.length === 0 ? {} : { masked }),
      ...(Object.keys(detected).length === 0 ? {} : { detected }),
    };
  }

  #state(): Outcome["state"] {
    if (this.error !== null) return "failed";
    if (this.unanswered > 0) return "unknown";
    if (!this.answered) return "skipped";
    return this.suspended ? "suspended" : "completed";
  }
}

function isNothing({ literals, parameters, request }: Redactions): boolean {
  return literals === 0 && parameters.length === 0 && !request;
}

/** What one part keeps out of the record, the whole does: they share a response. */
function noLaxer(decision: Decision, before: Decision): Decision {
  const level = stricter(levelOf(decision), levelOf(before));
  return level === levelOf(decision) ? decision : recordedAt(level, decision);
}

/** The exemptions of a part hold for the whole. */
function withExempted(decision: Decision, before: readonly string[]): Decision {
  if (before.length === 0) return decision;
  return { ...decision, exempted: [...new Set([...before, ...(decision.exempted ?? [])])].toSorted() };
}
