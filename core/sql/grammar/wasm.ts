// libpg_query's WebAssembly module, run by hand: what emscripten's own factory would do, without what it cannot know of
// workerd (it takes it for a browser worker and for Node at once), synchronous, and with a ceiling on memory. PostgreSQL's
// error handling is setjmp/longjmp, which emscripten makes of JavaScript exceptions: hence the `invoke` functions.
// Import and export names are the build's (libpg-query 18.1.5); a test fails when a new version changes them.

/** What is used of a WebAssembly instance; `core/` knows no ambient types. */
export interface WasmExports {
  /** memory */
  readonly z: {
    readonly buffer: ArrayBufferLike;
    grow(pages: number): number;
  };
  /** function table */
  readonly D: { get(index: number): (...values: readonly unknown[]) => unknown };
  /** constructors */
  readonly A: () => void;
  /** malloc */
  readonly C: (bytes: number) => number;
  /** free */
  readonly E: (pointer: number) => void;
  /** wasm_parse_query_raw: PgQueryParseResult* */
  readonly F: (text: number) => number;
  /** wasm_free_parse_result */
  readonly G: (result: number) => void;
  /** wasm_parse_plpgsql: JSON, or a message */
  readonly H: (text: number) => number;
  /** wasm_scan: JSON, or a message */
  readonly M: (text: number) => number;
  /** wasm_free_string */
  readonly N: (text: number) => void;
  /** setThrew */
  readonly P: (threw: number, value: number) => void;
  /** stack restore, stack get current */
  readonly Q: (pointer: number) => void;
  readonly R: () => number;
}

/** Makes a new instance of the one compiled module. */
export type Instantiate = (imports: Readonly<Record<"a", Readonly<Record<string, unknown>>>>) => unknown;

const PAGE_BYTES = 65_536;

/** How a longjmp travels. */
class LongJump extends Error {}

/** The module gave up (abort, assertion, exit): the instance is not to be used again. */
export class WasmAbort extends Error {}

export function startInstance(instantiate: Instantiate, maxMemoryBytes: number): WasmExports {
  const abort = (): never => {
    throw new WasmAbort("the parser gave up");
  };
  /** Calls through the table, and turns a longjmp back into a return that the caller inspects. */
  const invoke =
    (jumped: unknown) =>
    (index: number, ...values: readonly unknown[]): unknown => {
      const stack = wasm.R();
      try {
        return wasm.D.get(index)(...values);
      } catch (thrown) {
        if (!(thrown instanceof LongJump)) throw thrown;
        wasm.Q(stack);
        wasm.P(1, 0);
        return jumped;
      }
    };
  const plain = invoke(undefined);
  const imports = {
    a: plain, // iii
    b: plain, // ii
    c: abort, // assert_fail
    d: plain, // iiii
    e: plain, // v
    f: plain, // vi
    g: plain, // i
    h: plain, // vii
    i: plain, // viiii
    j: plain, // viii
    k: plain, // iiiii
    l: invoke(0n), // ji
    m: abort, // exit
    n: plain, // viiiiiiiiiiiii
    o: (): number => 0, // setitimer
    p: (): never => {
      throw new LongJump();
    },
    q: (bytes: number): number => grow(wasm, bytes >>> 0, maxMemoryBytes),
    r: (): number => NOT_A_FILE, // fd_read
    s: (): number => NOT_A_FILE, // fd_seek
    t: (): number => NOT_A_FILE, // fd_write
    u: (): number => NOT_A_FILE, // fd_close
    v: abort, // proc_exit
    w: (): void => {}, // runtime_keepalive_clear
    x: abort,
    y: plain, // viiiii
  };
  const wasm = instantiate({ a: imports }) as WasmExports;
  wasm.A();
  return wasm;
}

/** WASI's errno for a bad descriptor: the parser has no business with files. */
const NOT_A_FILE = 8;

function grow(wasm: WasmExports, wantedBytes: number, maxBytes: number): number {
  const now = wasm.z.buffer.byteLength;
  if (wantedBytes > maxBytes) return 0;
  // A fifth more than now, as emscripten does, so that a large text does not grow it page by page.
  const target = Math.min(maxBytes, Math.max(wantedBytes, now * 1.2));
  try {
    wasm.z.grow(Math.ceil((target - now) / PAGE_BYTES));
    return 1;
  } catch {
    return 0;
  }
}
