// What the path notes at a message that it sends by itself, in another's place, or whose answer it holds back. The
// conversation hands it back with each reply. Values only.

import type { GrantUse } from "#core/policy";
import type { StatementFacts } from "#core/sql";
import { BACKEND_CODES, decodeBackend, type Frame } from "#core/wire";
import type { ResponseMask } from "../masking/response-mask.ts";
import type { Returned } from "./names.ts";

/** An ErrorResponse, and how much of PostgreSQL's own it keeps. */
export interface RefusalError {
  /** A whole ErrorResponse. */
  readonly bytes: Uint8Array;
  /**
   * PostgreSQL would refuse it too, in these words: where what was sent in its place fails with the same SQLSTATE, the
   * agent gets that error, with this message and position, so that it cannot tell the two apart. A null message leaves
   * PostgreSQL's.
   */
  readonly native: { readonly message: string | null; readonly position: number | null } | null;
}

export interface Confirmed {
  readonly facts: StatementFacts;
  readonly text: string;
}

export interface Mark {
  /** The message is ours: its replies go here and nowhere else. */
  readonly own?: OwnExchange;
  /** It stands in the place of a refused message: this error takes the place of PostgreSQL's. */
  readonly refusal?: RefusalError;
  /** It is the agent's, and how it ends is not told yet. */
  readonly hold?: Hold;
  /** Its completions tell, one after the other, that these took place. */
  readonly confirms?: Confirmed[];
  /** What its answers are masked by. Where the session has masks and this is left out, values of any kind are a fault. */
  readonly mask?: ResponseMask;
  /** Of `own`: an error of it is the agent's to hear. */
  readonly tells?: boolean;
  /** Its rows are limited, and counted here. */
  readonly returned?: Returned;
  /** Grants with limits that it runs by. */
  readonly grants?: readonly GrantUse[];
  /** Characters of the agent's message before the statement that was sent: error positions are moved by them. */
  readonly offset?: number;
}

/** The answer to messages of ours: text columns of rows, or an error. */
export class OwnExchange {
  readonly rows: (readonly (Uint8Array | null)[])[] = [];
  /** PostgreSQL's ErrorResponse, whole. */
  error: Uint8Array | null = null;
  /** RowDescription, whole. */
  description: Frame | undefined;
  /** Of the last CommandComplete. */
  tag = "";
  /** Rows are not kept, and notices of it are nobody's. */
  readonly silent: boolean;

  constructor(silent = false) {
    this.silent = silent;
  }

  take(frame: Frame): void {
    if (frame.code === BACKEND_CODES.row_description) {
      this.description = { code: frame.code, bytes: frame.bytes.slice() };
      return;
    }
    if (frame.code === BACKEND_CODES.error_response) {
      this.error ??= frame.bytes.slice();
      return;
    }
    if (frame.code === BACKEND_CODES.command_complete) {
      const complete = decodeBackend(frame);
      if (complete.ok && complete.value.kind === "command_complete") this.tag = complete.value.tag;
      return;
    }
    if (frame.code !== BACKEND_CODES.data_row || this.silent) return;
    const message = decodeBackend(frame);
    if (!message.ok || message.value.kind !== "data_row") return;
    this.rows.push(message.value.values.map((value) => value?.slice() ?? null));
  }
}

const COMPLETIONS: ReadonlySet<number> = new Set([
  BACKEND_CODES.command_complete,
  BACKEND_CODES.portal_suspended,
  BACKEND_CODES.empty_query_response,
]);

/** Frames that the agent does not get before it is clear that the statement stands. */
export class Hold {
  readonly #completion: boolean;
  readonly #ready: boolean;
  /** Held back, in order; without ReadyForQuery. */
  readonly frames: Frame[] = [];
  failed = false;
  suspended = false;

  constructor(holds: { readonly completion: boolean; readonly ready: boolean }) {
    this.#completion = holds.completion;
    this.#ready = holds.ready;
  }

  /** True when the frame is kept. */
  take(frame: Frame): boolean {
    if (frame.code === BACKEND_CODES.error_response) this.failed = true;
    if (frame.code === BACKEND_CODES.portal_suspended) this.suspended = true;
    if (frame.code === BACKEND_CODES.ready_for_query) return this.#ready;
    if (!this.#completion || !COMPLETIONS.has(frame.code)) return false;
    this.frames.push({ code: frame.code, bytes: frame.bytes.slice() });
    return true;
  }
}
