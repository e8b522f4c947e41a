// The answers to one message, masked as they stream by: rows, COPY data, a function's result, errors, notices, tags. Fails
// closed: an answer that does not fit its plan is a fault, and the caller shows nothing more of it. Sends nothing.

import {
  type ByteSink,
  type ColumnPlan,
  copyFormat,
  CopyMasker,
  type Detect,
  type Knows,
  type KeyedHash,
  maskReport,
  maskTag,
  type MaskRules,
  passesUntouched,
  planCopy,
  planResult,
  RowMasker,
} from "#core/masking";
import type { DetectorName, Masks } from "#core/policy";
import type { MaskedColumn } from "#core/record";
import type { ParsedStatement, StatementFacts } from "#core/sql";
import { BACKEND_CODES, decodeBackend, encodeBackend, type FieldDescription, type Frame } from "#core/wire";
import type { OwnExchange } from "../gate/mark.ts";
import { isHidden } from "./redacted-intent.ts";

export interface ResponseMaskDeps {
  readonly facts: StatementFacts;
  /** The statement as it was sent, where it is at hand: COPY's options. */
  readonly parsed: ParsedStatement | null;
  readonly masks: Masks;
  readonly rules: MaskRules;
  readonly keyed: KeyedHash;
  readonly maxRowBytes: number;
  readonly knows: Knows;
}

/** A response may hold any number of results. */
const NOTED_COLUMNS = 1_000;

export class ResponseMask {
  readonly #deps: ResponseMaskDeps;
  /** Texts may quote values. */
  readonly #texts: boolean;
  #rows: RowMasker | null = null;
  #copy: CopyMasker | null = null;
  #untouched = false;
  #described: OwnExchange | null = null;
  #fields: readonly FieldDescription[] | null = null;
  #results = 0;
  readonly masked: MaskedColumn[] = [];
  /** Values in which the second net found something. */
  readonly detected = new Map<DetectorName, number>();

  constructor(deps: ResponseMaskDeps) {
    this.#deps = deps;
    this.#texts = deps.rules.touchesMasked || mayRunDeferred(deps.facts);
  }

  get masks(): Masks {
    return this.#deps.masks;
  }

  get facts(): StatementFacts {
    return this.#deps.facts;
  }

  /** An Execute gives rows without saying what they are: the portal has to be described first. */
  get wantsDescription(): boolean {
    return this.#described === null && this.#mayShow && givesRows(this.#deps.facts);
  }

  describedBy(own: OwnExchange): void {
    this.#described = own;
  }

  /** Whether anything of its rows could be masked. */
  get #mayShow(): boolean {
    return this.#deps.rules.touchesMasked || this.#detects;
  }

  get #detects(): boolean {
    return Object.keys(this.#deps.masks.detect).length > 0;
  }

  /**
   * A plan shows the conditions of its statement, with the literals and parameters that the record does not keep. The agent
   * wrote them and may see them.
   */
  get quotesHidden(): boolean {
    const { facts, masks } = this.#deps;
    if (facts.kind !== "explain" || !masks.record) return false;
    return [...facts.literals, ...(facts.parameters ?? [])].some((place) => isHidden(masks, place));
  }

  /** The plan under other masks is the same for what runs. */
  agreesWith(rules: MaskRules): boolean {
    const { facts } = this.#deps;
    if (this.#fields === null) return !rules.touchesMasked;
    return (
      JSON.stringify(planResult(facts.output, this.#fields, null, rules)) ===
      JSON.stringify(planResult(facts.output, this.#fields, null, this.#deps.rules))
    );
  }

  /** false: a fault, and nothing of the frame was given out. */
  mask(frame: Frame, sink: ByteSink): boolean {
    switch (frame.code) {
      case BACKEND_CODES.data_row:
        return this.#row(frame, sink);
      case BACKEND_CODES.copy_data:
        if (this.#untouched) break;
        return this.#copy?.mask(frame, sink) ?? false;
      case BACKEND_CODES.row_description:
        this.#describe(frame);
        break;
      case BACKEND_CODES.copy_out_response:
        return this.#beginCopy(frame, sink);
      case BACKEND_CODES.copy_done:
        if (this.#copy !== null && !this.#copy.finish()) return false;
        break;
      case BACKEND_CODES.function_call_response:
        return this.#result(frame, sink);
      case BACKEND_CODES.error_response:
      case BACKEND_CODES.notice_response:
        sink.add(this.#texts ? maskedReport(frame, this.#deps.knows) : frame.bytes);
        return true;
      case BACKEND_CODES.command_complete:
        sink.add(this.#texts ? maskedTag(frame) : frame.bytes);
        return true;
      default:
    }
    sink.add(frame.bytes);
    return true;
  }

  #row(frame: Frame, sink: ByteSink): boolean {
    if (!this.#untouched && this.#rows === null) {
      if (!this.#mayShow) this.#untouched = true;
      else if (this.#described?.description === undefined) return false;
      else this.#describe(this.#described.description);
    }
    if (!this.#untouched) return this.#rows?.mask(frame, sink) ?? false;
    sink.add(frame.bytes);
    return true;
  }

  #describe(frame: Frame): void {
    this.#rows = null;
    this.#untouched = false;
    const message = decodeBackend(frame);
    if (!message.ok || message.value.kind !== "row_description") return;
    const { facts, rules, keyed } = this.#deps;
    this.#fields = message.value.fields;
    const plans = planResult(facts.output, message.value.fields, null, rules, facts.uncounted ?? null);
    this.#note(plans);
    const detect = this.#net();
    this.#untouched = passesUntouched(plans) && detect === null;
    if (!this.#untouched) this.#rows = new RowMasker(plans, keyed, detect);
  }

  #beginCopy(frame: Frame, sink: ByteSink): boolean {
    const message = decodeBackend(frame);
    if (!message.ok || message.value.kind !== "copy_out_response") return false;
    sink.add(frame.bytes);
    this.#copy = null;
    this.#untouched = !this.#mayShow;
    if (this.#untouched) return true;
    const { facts, rules, keyed, maxRowBytes, parsed } = this.#deps;
    const { columnFormats } = message.value;
    const format = parsed === null ? null : copyFormat(parsed.node);
    if (format === null || !format.ok) return false;
    const binary = format.value.kind === "binary" ? 1 : 0;
    const plans = planCopy(facts.output, columnFormats.length, binary, rules);
    this.#note(plans);
    const detect = this.#net();
    this.#untouched = passesUntouched(plans) && detect === null;
    if (!this.#untouched) this.#copy = new CopyMasker(format.value, plans, keyed, maxRowBytes, detect);
    return true;
  }

  /** FunctionCall tells no type: what is masked is NULL. */
  #result(frame: Frame, sink: ByteSink): boolean {
    const { facts, rules } = this.#deps;
    const [plan] = planCopy(facts.output, 1, 0, rules);
    const masked = plan === undefined || plan.mask !== null;
    if (plan !== undefined && masked) this.#note([plan]);
    sink.add(masked ? encodeBackend({ kind: "function_call_response", value: null }) : frame.bytes);
    return true;
  }

  #net(): Detect | null {
    if (!this.#detects) return null;
    return { actions: this.#deps.masks.detect, found: (names) => this.#found(names) };
  }

  #found(names: readonly DetectorName[]): void {
    for (const name of names) this.detected.set(name, (this.detected.get(name) ?? 0) + 1);
  }

  #note(plans: readonly ColumnPlan[]): void {
    const result = this.#results++;
    for (const [column, { mask, reason }] of plans.entries())
      if (mask !== null && this.masked.length < NOTED_COLUMNS)
        this.masked.push({ result, column, mask: mask.kind, reason });
  }
}

/** Deferred triggers run with these, whoever's writes they are for. */
function mayRunDeferred({ effects, kinds }: StatementFacts): boolean {
  return effects.some(({ kind }) => kind === "transaction") || kinds.includes("set_constraints");
}

function givesRows({ output, uncounted }: StatementFacts): boolean {
  return output !== null || uncounted !== undefined;
}

/** An ErrorResponse or NoticeResponse without what may be a value; one that cannot be read says nothing. */
export function maskedReport(frame: Frame, knows: Knows): Uint8Array {
  const message = decodeBackend(frame);
  if (!message.ok || (message.value.kind !== "error_response" && message.value.kind !== "notice_response"))
    return encodeBackend({
      kind: frame.code === BACKEND_CODES.error_response ? "error_response" : "notice_response",
      fields: maskReport(
        new Map([
          ["S", "ERROR"],
          ["V", "ERROR"],
          ["C", "XX000"],
          ["M", ""],
        ]),
        knows,
      ),
    });
  const { kind, fields } = message.value;
  return encodeBackend({ kind, fields: maskReport(fields, knows) });
}

function maskedTag(frame: Frame): Uint8Array {
  const message = decodeBackend(frame);
  if (!message.ok || message.value.kind !== "command_complete") return frame.bytes;
  return encodeBackend({ kind: "command_complete", tag: maskTag(message.value.tag) });
}
