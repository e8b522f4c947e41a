// Conversations that a driver may hold and a gateway may lose count of: pipelines with errors in the middle, portals that are
// resumed, COPY in both protocols, names that come and go. Each is one write of the client; `readies` says how many
// ReadyForQuery PostgreSQL answers it with. They leave nothing behind.

import { encodeFrontend, type Format, type FrontendMessage } from "#core/wire";

export interface Scripted {
  readonly messages: readonly (FrontendMessage | Uint8Array)[];
  readonly readies: number;
  /** How many of them, the last ones, answer a Sync that no statement came before. */
  readonly syncsOfNothing?: number;
}

const text = (value: string): Uint8Array => Buffer.from(value);

export const q = (sql: string): FrontendMessage => ({ kind: "query", text: text(sql) });
export const parse = (
  sql: string,
  statement = "",
  parameterTypes: readonly number[] = [],
): FrontendMessage => ({
  kind: "parse",
  statement,
  text: text(sql),
  parameterTypes,
});
export const bind = (
  options: {
    readonly portal?: string;
    readonly statement?: string;
    readonly parameters?: readonly (string | Uint8Array | null)[];
    readonly formats?: readonly Format[];
    readonly results?: readonly Format[];
  } = {},
): FrontendMessage => ({
  kind: "bind",
  portal: options.portal ?? "",
  statement: options.statement ?? "",
  parameterFormats: options.formats ?? [],
  parameters: (options.parameters ?? []).map((value) => (typeof value === "string" ? text(value) : value)),
  resultFormats: options.results ?? [],
});
export const describeStatement = (name = ""): FrontendMessage => ({ kind: "describe", target: "S", name });
export const describePortal = (name = ""): FrontendMessage => ({ kind: "describe", target: "P", name });
export const execute = (portal = "", maxRows = 0): FrontendMessage => ({ kind: "execute", portal, maxRows });
export const closeStatement = (name: string): FrontendMessage => ({ kind: "close", target: "S", name });
export const closePortal = (name: string): FrontendMessage => ({ kind: "close", target: "P", name });
export const sync: FrontendMessage = { kind: "sync" };
export const flush: FrontendMessage = { kind: "flush" };
export const data = (value: string | Uint8Array): FrontendMessage => ({
  kind: "copy_data",
  data: typeof value === "string" ? text(value) : value,
});
export const done: FrontendMessage = { kind: "copy_done" };
export const copyFail = (reason: string): FrontendMessage => ({ kind: "copy_fail", reason });

const script = (readies: number, ...messages: readonly (FrontendMessage | Uint8Array)[]): Scripted => ({
  messages,
  readies,
});
const run = (sql: string): FrontendMessage[] => [parse(sql), bind(), describePortal(), execute()];
const int4 = (value: number): Uint8Array => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const ROWS = "SELECT n, 'row ' || n FROM generate_series(1, 10) AS n";
const INT4ABS = 1397;
const INT4DIV = 154;
const TEXTCAT = 1258;

/** The header, one row of an int4 and a text, the trailer (COPY, "Binary Format"). */
const BINARY_COPY = Buffer.concat([
  Buffer.from("PGCOPY\n\xff\r\n\0", "latin1"),
  Buffer.alloc(8),
  Buffer.from([0, 2, 0, 0, 0, 4, 0, 0, 0, 7, 0, 0, 0, 3]),
  Buffer.from("bin"),
  Buffer.from([0xff, 0xff]),
]);

export const CONVERSATIONS: Readonly<Record<string, Scripted>> = {
  "a pipeline of many queries in one write": script(
    50,
    ...Array.from({ length: 50 }, (_, i) => q(`SELECT ${i}`)),
  ),
  "a pipeline of extended statements with one Sync": script(
    1,
    ...run("SELECT 1"),
    ...run("SELECT 2"),
    ...run(ROWS),
    sync,
  ),
  "a pipeline of extended statements with a Sync each": script(
    3,
    ...run("SELECT 1"),
    sync,
    ...run("SELECT 2"),
    sync,
    ...run(ROWS),
    sync,
  ),
  "an error in the middle skips to the Sync": script(
    2,
    ...run("SELECT 1"),
    ...run("SELECT 1/0"),
    ...run("SELECT 3"),
    sync,
    ...run("SELECT 4"),
    sync,
  ),
  "an error in Parse": script(2, ...run("SELEC 1"), ...run("SELECT 2"), sync, q("SELECT 3")),
  "an error in Bind, whose parameter is bad": script(
    2,
    parse("SELECT $1::int"),
    bind({ parameters: ["x"] }),
    execute(),
    sync,
    ...run("SELECT 2"),
    sync,
  ),
  "an error in Bind, whose parameters are too few": script(
    1,
    parse("SELECT $1::int, $2::int"),
    bind({ parameters: ["1"] }),
    execute(),
    sync,
  ),
  "a portal that is not there": script(1, execute("nowhere"), sync),
  "a statement that is not there": script(1, bind({ statement: "nowhere" }), sync),
  "Describe of what is not there": script(
    2,
    describeStatement("nowhere"),
    sync,
    describePortal("nowhere"),
    sync,
  ),
  "Close of what is not there is no error": script(
    1,
    closeStatement("nowhere"),
    closePortal("nowhere"),
    sync,
  ),
  "a lone Sync": { ...script(3, sync, sync, sync), syncsOfNothing: 3 },
  "Flush alone, and everywhere": script(
    1,
    flush,
    parse("SELECT 1"),
    flush,
    bind(),
    flush,
    describePortal(),
    flush,
    execute(),
    flush,
    sync,
  ),
  "statement described, never executed": script(
    1,
    parse("SELECT $1::int AS a, $2::text AS b", "d"),
    describeStatement("d"),
    closeStatement("d"),
    sync,
  ),
  "a statement without a result described": script(
    1,
    parse("DELETE FROM compat.target", "d"),
    describeStatement("d"),
    bind({ statement: "d" }),
    describePortal(),
    closeStatement("d"),
    sync,
  ),
  "a portal read in parts": script(
    1,
    parse(ROWS),
    bind({ portal: "p" }),
    describePortal("p"),
    execute("p", 3),
    execute("p", 3),
    execute("p", 100),
    execute("p", 1),
    closePortal("p"),
    sync,
  ),
  "a portal read in parts over several Syncs, in a transaction": script(
    5,
    q("BEGIN"),
    parse(ROWS),
    bind({ portal: "p", results: [1, 0] }),
    execute("p", 4),
    sync,
    execute("p", 4),
    sync,
    execute("p", 4),
    sync,
    q("COMMIT"),
  ),
  "a portal that its transaction took along": script(
    2,
    parse(ROWS),
    bind({ portal: "p" }),
    execute("p", 4),
    sync,
    execute("p", 4),
    sync,
  ),
  "exactly as many rows as asked for": script(
    1,
    parse("SELECT 1"),
    bind(),
    execute("", 1),
    execute("", 1),
    sync,
  ),
  "a named statement used again": script(
    4,
    parse("SELECT $1::int + 1", "s"),
    sync,
    bind({ statement: "s", parameters: ["1"] }),
    execute(),
    bind({ statement: "s", parameters: [int4(41)], formats: [1], results: [1] }),
    execute(),
    sync,
    parse("SELECT 'same name'", "s"),
    sync,
    closeStatement("s"),
    sync,
  ),
  "a name parsed again after Close": script(
    1,
    parse("SELECT 1", "s"),
    closeStatement("s"),
    parse("SELECT 'two'", "s"),
    bind({ statement: "s" }),
    execute(),
    closeStatement("s"),
    sync,
  ),
  "two portals side by side": script(
    1,
    parse(ROWS, "s"),
    bind({ portal: "a", statement: "s" }),
    bind({ portal: "b", statement: "s", results: [1] }),
    execute("a", 2),
    execute("b", 3),
    execute("a", 2),
    execute("b", 100),
    closePortal("a"),
    closeStatement("s"),
    sync,
  ),
  "Query ends the unnamed statement and portal": script(
    3,
    parse("SELECT 1"),
    bind(),
    sync,
    q("SELECT 2"),
    bind(),
    execute(),
    sync,
  ),
  "Query in the middle of a batch": {
    ...script(2, parse("SELECT 1"), bind(), execute(), q("SELECT 2"), sync),
    syncsOfNothing: 1,
  },
  "Query after an error without Sync is skipped": {
    ...script(1, parse("SELEC 1"), q("SELECT 'skipped'"), sync),
    syncsOfNothing: 1,
  },
  "several statements in a Parse": script(1, parse("SELECT 1; SELECT 2"), bind(), execute(), sync),
  "an empty statement": script(1, parse(""), describeStatement(), bind(), describePortal(), execute(), sync),
  "a failed transaction goes on failing": script(
    6,
    q("BEGIN"),
    ...run("SELECT 1/0"),
    sync,
    ...run("SELECT 2"),
    sync,
    q("SELECT 3"),
    q("ROLLBACK"),
    q("SELECT 4"),
  ),
  "an error at the implicit commit": script(
    3,
    q("CREATE TABLE IF NOT EXISTS compat.late (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)"),
    parse("INSERT INTO compat.late VALUES (1), (1)"),
    bind(),
    execute(),
    sync,
    q("DROP TABLE compat.late"),
  ),
  "COPY in, text": script(
    3,
    q("COPY compat.target FROM STDIN"),
    data("1\tone\n2\t\\N\n"),
    data("3\tthr"),
    data("ee\n"),
    done,
    q("SELECT * FROM compat.target ORDER BY a"),
    q("TRUNCATE compat.target"),
  ),
  "COPY in, csv": script(
    3,
    q("COPY compat.target FROM STDIN (FORMAT csv, HEADER)"),
    data('a,b\n1,"o,n\ne"\n'),
    done,
    q("SELECT * FROM compat.target"),
    q("TRUNCATE compat.target"),
  ),
  "COPY in, binary": script(
    3,
    q("COPY compat.target FROM STDIN (FORMAT binary)"),
    data(BINARY_COPY),
    done,
    q("SELECT * FROM compat.target"),
    q("TRUNCATE compat.target"),
  ),
  "COPY in of nothing": script(1, q("COPY compat.target FROM STDIN"), done),
  "COPY in of bad data": script(
    2,
    q("COPY compat.target FROM STDIN"),
    data("1\tone\n"),
    data("x\ttwo\n"),
    data("3\tthree\n"),
    done,
    q("SELECT count(*) FROM compat.target"),
  ),
  "COPY in that the client gives up": script(
    2,
    q("COPY compat.target FROM STDIN"),
    data("1\tone\n"),
    copyFail("the client changed its mind ✓"),
    q("SELECT count(*) FROM compat.target"),
  ),
  "COPY in with stray data after its end": script(
    2,
    q("COPY compat.target FROM STDIN"),
    copyFail("no"),
    data("1\tone\n"),
    done,
    q("SELECT 1"),
  ),
  "COPY data without a COPY": script(1, data("1\tone\n"), done, copyFail("nothing"), q("SELECT 1")),
  "two COPYs and a SELECT in one Query": script(
    2,
    q("COPY compat.target FROM STDIN; SELECT 1; COPY compat.target FROM STDIN"),
    data("1\tone\n"),
    done,
    data("2\ttwo\n"),
    done,
    q("TRUNCATE compat.target"),
  ),
  "extended COPY in": script(
    2,
    ...run("COPY compat.target FROM STDIN"),
    data("1\tone\n"),
    done,
    sync,
    q("TRUNCATE compat.target"),
  ),
  // libpq sends a Sync with the Execute; PostgreSQL ignores it in copy-in mode, and libpq sends another after CopyDone.
  "extended COPY in as libpq does it": script(
    2,
    ...run("COPY compat.target FROM STDIN"),
    sync,
    data("1\tone\n"),
    done,
    sync,
    q("TRUNCATE compat.target"),
  ),
  "extended COPY in as libpq does it, given up": script(
    2,
    ...run("COPY compat.target FROM STDIN"),
    sync,
    data("1\tone\n"),
    copyFail("no"),
    sync,
    q("SELECT 1"),
  ),
  "extended COPY in that fails before its first byte": script(
    2,
    ...run("COPY compat.not_there FROM STDIN"),
    sync,
    q("SELECT 1"),
  ),
  "extended COPY in with Flush in between": script(
    2,
    ...run("COPY compat.target FROM STDIN"),
    flush,
    data("1\tone\n"),
    flush,
    data("2\ttwo\n"),
    done,
    flush,
    sync,
    q("TRUNCATE compat.target"),
  ),
  "extended COPY in, bad data": script(
    2,
    ...run("COPY compat.target FROM STDIN"),
    data("x\ty\n"),
    done,
    sync,
    q("SELECT 1"),
  ),
  "extended COPY out": script(1, ...run("COPY (VALUES (1, 'a'), (2, 'b')) TO STDOUT (FORMAT csv)"), sync),
  "COPY in, then more of the same pipeline": script(
    2,
    ...run("SELECT 1"),
    ...run("COPY compat.target FROM STDIN"),
    data("1\tone\n"),
    done,
    ...run("SELECT count(*) FROM compat.target"),
    sync,
    q("TRUNCATE compat.target"),
  ),
  "COPY in large pieces": script(
    3,
    q("COPY compat.target FROM STDIN"),
    data("1\tone\n".repeat(100_000)),
    data("2\ttwo\n".repeat(50_000)),
    done,
    q("SELECT a, count(*) FROM compat.target GROUP BY a ORDER BY a"),
    q("TRUNCATE compat.target"),
  ),
  "a function call": script(1, {
    kind: "function_call",
    functionOid: INT4ABS,
    argumentFormats: [0],
    arguments: [text("-5")],
    resultFormat: 0,
  }),
  "a function call in binary": script(1, {
    kind: "function_call",
    functionOid: INT4DIV,
    argumentFormats: [1],
    arguments: [int4(42), int4(5)],
    resultFormat: 1,
  }),
  "a function call that fails": script(
    2,
    {
      kind: "function_call",
      functionOid: INT4DIV,
      argumentFormats: [1],
      arguments: [int4(1), int4(0)],
      resultFormat: 1,
    },
    q("SELECT 1"),
  ),
  "a function call of NULL": script(1, {
    kind: "function_call",
    functionOid: TEXTCAT,
    argumentFormats: [],
    arguments: [text("a"), null],
    resultFormat: 0,
  }),
  "a function call of what is not there": script(1, {
    kind: "function_call",
    functionOid: 4_294_967_295,
    argumentFormats: [],
    arguments: [],
    resultFormat: 0,
  }),
  "a function call in a failed transaction": script(
    4,
    q("BEGIN"),
    q("SELECT 1/0"),
    {
      kind: "function_call",
      functionOid: INT4ABS,
      argumentFormats: [],
      arguments: [text("-5")],
      resultFormat: 0,
    },
    q("ROLLBACK"),
  ),
  "LISTEN and NOTIFY in one pipeline": script(
    3,
    q("LISTEN c"),
    q("NOTIFY c, 'one'; NOTIFY c, 'two'"),
    q("UNLISTEN c"),
  ),
  "settings reported in the middle of a pipeline": script(
    3,
    ...run("SET TimeZone = 'Asia/Tokyo'"),
    ...run("SELECT '2026-01-01 00:00Z'::timestamptz"),
    sync,
    q("RESET TimeZone"),
    ...run("SELECT '2026-01-01 00:00Z'::timestamptz"),
    sync,
  ),
  "a message of eight megabytes": script(
    1,
    parse("SELECT length($1), md5($1)"),
    bind({ parameters: ["x".repeat(8 * 1024 * 1024)] }),
    execute(),
    sync,
  ),
  "ten thousand parameters": script(
    1,
    parse(`SELECT ${Array.from({ length: 10_000 }, (_, i) => `$${i + 1}::int`).join(" + ")}`),
    bind({ parameters: Array.from({ length: 10_000 }, () => "1") }),
    execute(),
    sync,
  ),
  "prepared by SQL, executed by protocol": script(
    3,
    q("PREPARE s (int) AS SELECT $1 * 2"),
    bind({ statement: "s", parameters: ["21"] }),
    execute(),
    sync,
    q("DEALLOCATE s"),
  ),
  "a cursor by SQL, read as a portal": script(
    3,
    q("BEGIN; DECLARE c CURSOR FOR SELECT 1 UNION ALL SELECT 2"),
    describePortal("c"),
    execute("c", 1),
    execute("c", 1),
    sync,
    q("COMMIT"),
  ),
  "two thousand messages": script(
    1,
    ...Array.from({ length: 500 }, (_, i) => run(`SELECT ${i}`)).flat(),
    sync,
  ),
  "text that is no UTF-8": script(
    2,
    { kind: "query", text: Uint8Array.of(...text("SELECT '"), 0xff, 0xfe, ...text("'")) },
    q("SELECT 1"),
  ),
  "every message in one write, as raw bytes": script(
    2,
    Buffer.concat([...run("SELECT 1"), sync, q("SELECT 2")].map(encodeFrontend)),
  ),
};
