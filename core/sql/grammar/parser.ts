// One instance of libpg_query at a time: text in, JSON out. Whatever a text does to the instance ends in a SyntaxError, and
// an instance that trapped, ran out of stack or gave up is replaced: it is never trusted again.

import { utf8Decode } from "#core/bytes";
import type { Result } from "../../result.ts";
import { syntaxError } from "./errors.ts";
import type { SyntaxError } from "./grammar.ts";
import { startInstance, WasmAbort, type Instantiate, type WasmExports } from "./wasm.ts";

/** An instance that one large text made grow by more is let go: its memory never shrinks. */
const KEPT_GROWTH_BYTES = 16 * 1024 * 1024;

/** 32 MiB of it are the module's own stack. What a tree needs beyond this is refused by PostgreSQL's own "out of memory". */
const MAX_MEMORY_BYTES = 128 * 1024 * 1024;

/**
 * Longer JSON is not read: its objects take some three times as much of the isolate's 128 MB. Some 300,000 constants; the
 * text of a constant may be long.
 */
const MAX_JSON_BYTES = 12 * 1024 * 1024;

/** Offsets in PgQueryParseResult { char *tree; char *stderr; PgQueryError *error }, pg_query.h. */
const RESULT_TREE = 0;
const RESULT_ERROR = 8;
/** Offsets in PgQueryError { char *message, *funcname, *filename; int lineno, cursorpos; char *context }. */
const ERROR_MESSAGE = 0;
const ERROR_CURSOR = 16;

export class Parser {
  readonly #instantiate: Instantiate;
  #wasm: WasmExports | null = null;
  #keptBytes = 0;

  constructor(instantiate: Instantiate) {
    this.#instantiate = instantiate;
  }

  /** The tree of raw statements as JSON. `text` is UTF-8 without zero bytes. */
  parse(text: Uint8Array): Result<string, SyntaxError> {
    return this.#guarded((wasm) => {
      const textAt = place(wasm, text);
      if (textAt === 0) return tooComplex();
      const resultAt = wasm.F(textAt);
      const memory = new DataView(wasm.z.buffer);
      const errorAt = memory.getUint32(resultAt + RESULT_ERROR, true);
      const result =
        errorAt === 0
          ? readJson(wasm, memory.getUint32(resultAt + RESULT_TREE, true))
          : readError(wasm, memory, errorAt);
      wasm.G(resultAt);
      wasm.E(textAt);
      return result;
    });
  }

  /** PL/pgSQL functions of a CREATE FUNCTION or DO statement as JSON. */
  plpgsql(text: Uint8Array): Result<string, SyntaxError> {
    return this.#json(text, (wasm, at) => wasm.H(at));
  }

  /** The tokens of a text as JSON. */
  scan(text: Uint8Array): Result<string, SyntaxError> {
    return this.#json(text, (wasm, at) => wasm.M(at));
  }

  #json(text: Uint8Array, call: (wasm: WasmExports, at: number) => number): Result<string, SyntaxError> {
    return this.#guarded((wasm) => {
      const textAt = place(wasm, text);
      if (textAt === 0) return tooComplex();
      const resultAt = call(wasm, textAt);
      const result = readJson(wasm, resultAt);
      wasm.N(resultAt);
      wasm.E(textAt);
      // In place of JSON it gives the message alone.
      return result.ok && !result.value.startsWith("{")
        ? { ok: false, error: syntaxError(result.value, null) }
        : result;
    });
  }

  #guarded(run: (wasm: WasmExports) => Result<string, SyntaxError>): Result<string, SyntaxError> {
    try {
      if (this.#wasm === null) {
        this.#wasm = startInstance(this.#instantiate, MAX_MEMORY_BYTES);
        this.#keptBytes = this.#wasm.z.buffer.byteLength + KEPT_GROWTH_BYTES;
      }
      const result = run(this.#wasm);
      // After a failed allocation the parser's own lists are in doubt.
      if (!result.ok && result.error.sqlstate.startsWith("54")) this.#wasm = null;
      else if (this.#wasm.z.buffer.byteLength > this.#keptBytes) this.#wasm = null;
      return result;
    } catch (thrown) {
      this.#wasm = null;
      // RangeError: JavaScript's stack, on which the module's calls lie too. RuntimeError: a trap of WebAssembly.
      if (thrown instanceof RangeError) return tooDeep();
      if (thrown instanceof WasmAbort || isTrap(thrown)) return tooComplex();
      throw thrown;
    }
  }
}

/** Copies the text with a zero behind it; 0 when there is no memory. */
function place(wasm: WasmExports, text: Uint8Array): number {
  const at = wasm.C(text.length + 1);
  if (at === 0) return 0;
  const memory = new Uint8Array(wasm.z.buffer);
  memory.set(text, at);
  memory[at + text.length] = 0;
  return at;
}

function readJson(wasm: WasmExports, at: number): Result<string, SyntaxError> {
  if (at === 0) return tooComplex();
  const bytes = terminated(wasm, at);
  if (bytes.length > MAX_JSON_BYTES) return tooComplex();
  const json = utf8Decode(bytes);
  return json === null ? tooComplex() : { ok: true, value: json };
}

function readError(wasm: WasmExports, memory: DataView, at: number): Result<string, SyntaxError> {
  const messageAt = memory.getUint32(at + ERROR_MESSAGE, true);
  const message = messageAt === 0 ? null : utf8Decode(terminated(wasm, messageAt));
  const position = memory.getInt32(at + ERROR_CURSOR, true);
  return { ok: false, error: syntaxError(message ?? "syntax error", position > 0 ? position : null) };
}

function terminated(wasm: WasmExports, at: number): Uint8Array {
  const memory = new Uint8Array(wasm.z.buffer);
  const end = memory.indexOf(0, at);
  return memory.subarray(at, end < 0 ? memory.length : end);
}

/** By name: `WebAssembly` is not known here. */
function isTrap(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "RuntimeError";
}

function tooDeep(): Result<never, SyntaxError> {
  return { ok: false, error: { sqlstate: "54001", message: "stack depth limit exceeded", position: null } };
}

function tooComplex(): Result<never, SyntaxError> {
  return { ok: false, error: { sqlstate: "54000", message: "statement is too complex", position: null } };
}
