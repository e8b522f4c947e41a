// What `sluice replay` puts on a terminal, of records that mean harm or are large, and how it keeps up with a stream that breaks.

import { expect, test } from "vitest";
import { RecordGateway } from "../../../client-shim/src/replay/gateway.ts";
import { eventsOf } from "../../../client-shim/src/replay/terminal/events.ts";
import { follow } from "../../../client-shim/src/replay/terminal/follow.ts";
import { coloured, plain } from "../../../client-shim/src/replay/terminal/paint.ts";
import { repaired } from "../../../client-shim/src/replay/terminal/repaired.ts";
import { Show } from "../../../client-shim/src/replay/terminal/show.ts";
import { highlighted } from "../../../client-shim/src/replay/terminal/sql.ts";
import { table } from "../../../client-shim/src/replay/terminal/table.ts";
import { brief, visible, width } from "../../../client-shim/src/replay/text.ts";
import { Command } from "./command.ts";
import { SESSION, startRecordApi } from "./record-api.ts";

const ESCAPE = String.fromCharCode(27);
/** What a terminal would act upon or nobody would see, each in its place: C0, C1, bidi, zero width, tags, surrogates. */
const HOSTILE = [
  "\0",
  "\u0007",
  `${ESCAPE}[2J`,
  "\u009b31m",
  "\u202e",
  "\u2066",
  "\u200b",
  "\ufeff",
  "\u{e0041}",
  "\ud800",
  "\u007f",
];

function harmless(text: string): boolean {
  return /^[^\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]*$/u.test(text);
}

test.each(HOSTILE)("hostile text is shown as what it is: %j", (hostile) => {
  const shown = visible(`a${hostile}b`);
  expect(harmless(shown)).toBe(true);
  expect(shown).toMatch(/^a\\u\{[\da-f]+\}.*b$/);
});

test("letters, signs and emoji of all scripts are left as they are", () => {
  const text = "Größe 漢字 العربية हिन्दी é ✓ 🐘";
  expect(visible(text)).toBe(text);
  expect([width("漢字"), width("e\u0301"), width("🐘"), width("abc")]).toEqual([4, 1, 2, 3]);
});

test("a brief text is one line and no longer than that", () => {
  expect(brief("SELECT 1\n  FROM t", 60)).toBe("SELECT 1 FROM t");
  expect(brief("x".repeat(1_000_000), 10)).toBe(`${"x".repeat(9)}…`);
  expect(width(brief("漢".repeat(50), 10))).toBeLessThanOrEqual(10);
});

test("a hostile event is harmless in every part of it", () => {
  const text = HOSTILE.join("");
  const show = new Show({ paint: plain, columns: 80, rows: 10 });
  const report = { severity: text, message: text, sqlstate: text, detail: text, hint: text, where: text };
  const events = [
    [
      "session_started",
      {
        session: {
          id: text,
          subject: text,
          target: text,
          application_name: text,
          policy_version: text,
          started_at: text,
        },
      },
    ],
    [
      "statement",
      {
        at: text,
        statement: {
          seq: 1,
          statement: text,
          decision: { effect: text, rule: text },
          parameters: [{ value: text, format: "text" }],
        },
      },
    ],
    [
      "outcome",
      {
        seq: 2,
        outcome: "failed",
        command_tags: [text],
        response: {
          results: [
            { columns: [{ name: text }], rows: [[text], [{ base64: "AA==" }], [null]] },
            { columns: [], copy: { data: [text] }, row_count: 1 },
          ],
          notices: [report],
          error: report,
        },
      },
    ],
    [
      "asynchronous",
      {
        at: text,
        event: {
          kind: "asynchronous_message",
          message: {
            notices: [report],
            notifications: [{ channel: text, payload: text }],
            parameter_status: [{ name: text, value: text }],
          },
        },
      },
    ],
    ["asynchronous", { at: text, event: { kind: text, detail: text } }],
    ["session_ended", { at: text, session: { end_reason: text, end_detail: text } }],
  ] as const;
  for (const [kind, data] of events) {
    const lines = show.lines({ id: "1", kind, data, cut: false });
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter((line) => !harmless(line))).toEqual([]);
  }
});

test("an event without what it should have is shown without it, and none is a fault", () => {
  const show = new Show({ paint: plain, columns: 80, rows: 10 });
  for (const kind of ["session_started", "statement", "outcome", "asynchronous", "session_ended", "other"])
    for (const data of [
      null,
      {},
      [],
      "x",
      { session: 1, statement: [], response: { results: [null, { columns: [{}], rows: [null] }] } },
    ])
      expect(() => show.lines({ id: "", kind, data, cut: false })).not.toThrow("");
});

test("a statement's colours are around its words and change none of them", () => {
  const sql = `SELECT "a" , 'it''s -- no comment', $1, 1.5e3 -- but this\nFROM t /* and\nthis */ WHERE $x$ select $x$`;
  expect(highlighted(sql, plain)).toEqual(sql.split("\n"));
  const shown = highlighted(sql, (style, text) => `<${style[0] ?? ""}:${text}>`);
  expect(shown).toEqual([
    `<b:SELECT> "a" , <g:'it''s -- no comment'>, <y:$1>, <c:1.5e3> <d:-- but this>`,
    "<b:FROM> t <d:/* and>",
    "<d:this */> <b:WHERE> <g:$x$ select $x$>",
  ]);
  expect(coloured("red", `x${ESCAPE}`)).toContain("[31m");
});

test("a text of a megabyte that opens everything and closes nothing is no work", () => {
  for (const part of ["'", "$a$", "/*", '"', "--", "a$", "$1", "1e"]) {
    const begun = performance.now();
    highlighted(part.repeat(10_000), plain);
    expect(performance.now() - begun).toBeLessThan(2_000);
  }
});

const cells = (...texts: readonly (string | null)[]): { readonly text: string | null }[] =>
  texts.map((text) => ({ text }));
const column = (name: string, right = false): { readonly name: string; readonly right: boolean } => ({
  name,
  right,
});

test("a table is aligned by what is seen, folds what is long, and says what it cuts", () => {
  const lines = table(
    [column("id", true), column("名"), column("note")],
    [cells("1", "漢字", "x".repeat(400)), cells("12", null, "")],
    40,
    plain,
  );
  expect(lines).toEqual([
    "id | 名   | note",
    "---+------+-----------------------------",
    ` 1 | 漢字 | ${"x".repeat(28)}`,
    ...Array.from({ length: 4 }, () => `   |      | ${"x".repeat(28)}`),
    `   |      | ${"x".repeat(27)}…`,
    "12 | NULL |",
  ]);
  expect(Math.max(...lines.map(width))).toBeLessThanOrEqual(40);
});

test("more columns than fit are a list of names and values", () => {
  const columns = Array.from({ length: 20 }, (_, i) => column(`a_column_${String(i)}`));
  const lines = table(columns, [cells(...columns.map(({ name }) => `value of ${name}`))], 60, plain);
  expect(lines.slice(0, 2)).toEqual(["- row 1 -", "a_column_0  | value of a_column_0"]);
  expect(lines).toHaveLength(21);
});

test("JSON that is cut off keeps whole rows, wherever the cut is", () => {
  const rows = [
    ["1", 'a,"]}'],
    ["2", null],
    ["3", { base64: "AA==" }],
  ];
  const whole = JSON.stringify({
    seq: 3,
    response: { results: [{ columns: [{ name: "x" }, { name: "y" }], rows }], error: null },
  });
  for (let end = whole.indexOf('"rows":[') + 8; end < whole.length; end++) {
    const { seq, response } = JSON.parse(repaired(whole.slice(0, end))) as {
      seq: number;
      response: { results: { columns: unknown[]; rows: unknown[] }[] };
    };
    expect(seq).toBe(3);
    const [result] = response.results;
    expect(result?.columns).toHaveLength(2);
    expect(rows.slice(0, result?.rows.length)).toEqual(result?.rows);
  }
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function* cutInto(text: string, bytes: number): AsyncGenerator<Uint8Array> {
  const all = Buffer.from(text);
  for (let at = 0; at < all.length; at += bytes) yield all.subarray(at, at + bytes);
}

test("events are the same however their bytes are cut", async () => {
  const text = `id: s:1\nevent: statement\ndata: {"statement":{"statement":"ü"}}\n\n:\n\nid: s:end\nevent: session_ended\ndata: {}\n\n`;
  for (const bytes of [1, 3, 1000]) {
    const events = await all(eventsOf(cutInto(text, bytes)));
    expect(events).toEqual([
      { id: "s:1", kind: "statement", data: { statement: { statement: "ü" } }, cut: false },
      { id: "s:end", kind: "session_ended", data: {}, cut: false },
    ]);
  }
});

test("of an event of 40 MB the first rows are shown, and no more is held", async () => {
  const row = JSON.stringify(["x".repeat(1_000)]);
  async function* large(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(
      `id: s:1:outcome\nevent: outcome\ndata: {"seq":1,"outcome":"completed","response":{"results":[{"columns":[{"name":"x"}],"rows":[${row}`,
    );
    for (let i = 0; i < 400; i++) yield Buffer.from(`,${row}`.repeat(100));
    yield Buffer.from('],"row_count":40001}]}}\n\n');
  }
  const [event] = await all(eventsOf(large()));
  if (event === undefined) throw new Error("no event");
  expect(event.cut).toBe(true);
  const lines = new Show({ paint: plain, columns: 80, rows: 2 }).lines(event);
  expect(lines.at(-3)).toMatch(/^\(4\d{3} rows, 2 shown\)$/);
  expect(lines.at(-2)).toBe("… the response is larger than what is shown here");
});

const event = (id: string, kind: string, data: unknown = {}): string =>
  `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;

test("a stream that ends too early is taken up behind its last event", async () => {
  const api = await startRecordApi(
    [],
    [
      { text: event("s:start", "session_started") },
      { text: event("s:1", "statement") },
      { text: event("s:end", "session_ended") },
    ],
  );
  const gateway = new RecordGateway(api.url, false, async () => "token");
  const events = await all(follow(gateway, SESSION, { speed: "max", from: 1 }));
  expect(events.map(({ id }) => id)).toEqual(["s:start", "s:1", "s:end"]);
  const path = `/v1/sessions/${SESSION}/replay?speed=max&from=1`;
  expect(api.asked).toEqual([path, `${path} after s:start`, `${path} after s:1`]);
  await api.close();
});

test("a session of which the last event was read has no more", async () => {
  const api = await startRecordApi([], [{ status: 204, text: "" }]);
  const gateway = new RecordGateway(api.url, false, async () => "token");
  expect(await all(follow(gateway, SESSION, { speed: "1", from: 1 }))).toEqual([]);
  await api.close();
});

test.concurrent.each([
  [["replay"], /Which session\? Write: sluice replay SESSION/],
  [["replay", "abc"], /32 hexadecimal digits/],
  [["replay", SESSION, "--speed", "fast"], /--speed has to be a number from 0.01 to 1000, or max/],
  [["replay", SESSION, "--format", "gif"], /--format has to be text or asciicast/],
  [["replay", SESSION, "--from", "0"], /--from has to be the number of a statement/],
  [["replay", SESSION, "--except", "a"], /--except goes with --to/],
  [["replay", SESSION, "--to", "postgres://u@h/d", "--rows", "5"], /--rows does not go with --to/],
  [["replay", SESSION, "--to", "h"], /not a URL\. Write it like postgres:/],
  [["replay", SESSION, "--to", "mysql://u:secret@h/d"], /begins with mysql:/],
  [["replay", SESSION, "--to", "postgres://u:secret@h/d?sslmode=never"], /sslmode has to be one of/],
  [["replay", SESSION, "--to", "postgres://u:secret@127.0.0.1:1/d"], /cannot be reached/],
])("%j says what to do, with exit code 2", async (args, message) => {
  const api = await startRecordApi([]);
  const command = new Command([...args], { SLUICE_GATEWAY: api.url, SLUICE_TOKEN: "token" });
  expect([await command.exitCode(), command.stderr]).toEqual([2, expect.stringMatching(message)]);
  expect(command.stderr).not.toContain("secret");
  await api.close();
});
