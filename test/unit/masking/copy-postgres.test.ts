// COPY … TO STDOUT of a real PostgreSQL, masked, and read back by its COPY … FROM: in every format and with every option, cut
// anywhere. What is not masked comes back as it was.

import { copyFormat, CopyMasker, planCopy, type ColumnPlan, type CopyFormat } from "#core/masking";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testGrammar } from "../../support/grammar.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { hidden, plain } from "./plans.ts";
import { RawValues } from "./raw-values.ts";
import { keyed } from "./values.ts";

const NASTY = [
  "plain",
  "",
  "\\N",
  "\\.",
  "NULL",
  "nil",
  "tab\there",
  "line\nbreak",
  "return\rhere",
  "quote \" and '",
  "comma, semicolon; pipe| tilde~",
  "back\\slash\\\\n",
  "\b\f\v",
  "ünïcödé 🎉",
  " leading and trailing ",
  "***",
];

const OPTIONS = [
  "",
  "(FORMAT text, HEADER)",
  "(DELIMITER '|')",
  "(DELIMITER '|', NULL 'nil')",
  "(NULL '')",
  "CSV",
  "CSV HEADER",
  "(FORMAT csv, NULL 'nil', HEADER true)",
  "(FORMAT csv, DELIMITER ';', QUOTE '~', ESCAPE '\\')",
  "(FORMAT csv, ESCAPE '|')",
  "(FORMAT csv, FORCE_QUOTE *)",
  "(FORMAT csv, FORCE_QUOTE (secret), ENCODING 'UTF8')",
  "(FORMAT binary)",
];

const grammar = testGrammar();
let postgres: TestPostgres;
let values: RawValues;

beforeAll(async () => {
  postgres = await startPostgres();
  values = new RawValues(postgres.url);
  await values.connect();
  await values.run("CREATE TABLE source (id int4, secret text, number int4, other text)");
  await values.run("CREATE TABLE target (LIKE source)");
  for (const [at, text] of NASTY.entries()) {
    const literal = `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
    await values.run(
      `INSERT INTO source VALUES (${at}, ${literal}, ${at * 7}, ${literal}), (${at + 100}, NULL, NULL, ${literal}), (${at + 200}, ${literal}, 1, NULL)`,
    );
  }
}, 60_000);

afterAll(async () => {
  await values?.end();
  await postgres?.stop();
});

function formatOf(sql: string): CopyFormat {
  const parsed = grammar.parse(sql);
  const node = parsed.ok ? parsed.value[0]?.node : undefined;
  if (node === undefined) throw new Error(`not parsed: ${sql}`);
  const format = copyFormat(node);
  if (!format.ok) throw new Error(`refused: ${format.error.option}`);
  return format.value;
}

/** CopyData frames around pieces of the size that `size` says. */
function mask(
  format: CopyFormat,
  plans: readonly ColumnPlan[],
  chunks: readonly Uint8Array[],
  size: number,
): Uint8Array {
  const masker = new CopyMasker(format, plans, keyed, 1_000_000);
  const out: number[] = [];
  const sink: Uint8Array[] = [];
  const pieces = size === 0 ? chunks : cut(chunks, size);
  for (const piece of pieces) {
    const bytes = Uint8Array.from([0x64, 0, 0, 0, 0, ...piece]);
    new DataView(bytes.buffer).setInt32(1, piece.length + 4);
    if (!masker.mask({ code: 0x64, bytes }, { add: (part) => sink.push(part) })) throw new Error("a fault");
  }
  if (!masker.finish()) throw new Error("cut short");
  const all = Buffer.concat(sink);
  for (let at = 0; at < all.length; at += 1 + all.readInt32BE(at + 1)) {
    expect(all[at]).toBe(0x64);
    out.push(...all.subarray(at + 5, at + 1 + all.readInt32BE(at + 1)));
  }
  return Uint8Array.from(out);
}

function cut(chunks: readonly Uint8Array[], size: number): readonly Uint8Array[] {
  const all = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
    all.subarray(at * size, (at + 1) * size),
  );
}

describe.each(OPTIONS)("COPY source TO STDOUT %s", (options) => {
  test.each([0, 1, 2, 7, 1000])("in pieces of %d bytes (0: as PostgreSQL cuts them)", async (size) => {
    const sql = `COPY source TO STDOUT ${options}`;
    const format = formatOf(sql);
    const binary = format.kind === "binary" ? 1 : 0;
    const plans = [
      plain("int4", binary),
      hidden({ kind: "redact" }, "text", binary),
      hidden({ kind: "bucket", width: 10 }, "int4", binary),
      plain("text", binary),
    ];
    const shown = mask(format, plans, await values.copy(sql), size);
    await values.run("TRUNCATE target");
    await values.copyIn(
      `COPY target FROM STDIN ${options.replace(/,? ?FORCE_QUOTE (\*|\(secret\))/, "")}`,
      shown,
    );
    // The text format tells NULL from a value by its NULL text alone: with another than \\N the column is NULL.
    const told = format.kind === "text" && format.nullText !== "\\N";
    const differs = await values.rows(`
      SELECT s.id, t.secret, t.number, t.other FROM source s JOIN target t USING (id)
      WHERE t.secret IS DISTINCT FROM ${told ? "NULL" : "CASE WHEN s.secret IS NOT NULL THEN '***' END"}
         OR t.number IS DISTINCT FROM ${told ? "NULL" : "s.number / 10 * 10"}
         OR t.other IS DISTINCT FROM ${told ? `NULLIF(s.other, '${format.nullText}')` : "s.other"}`);
    expect(differs).toEqual([]);
    const [count] = await values.rows("SELECT count(*) FROM target");
    expect(count?.["count"]).toBe(String(NASTY.length * 3));
  });
});

test("without a mask the stream is the same, byte for byte", async () => {
  for (const options of OPTIONS) {
    const sql = `COPY source TO STDOUT ${options}`;
    const format = formatOf(sql);
    const chunks = await values.copy(sql);
    const plans = planCopy(null, 4, 0, {
      maskOf: () => null,
      sourcesAt: () => [],
      typeAt: () => undefined,
      touchesMasked: false,
      types: null,
    });
    expect(Buffer.from(mask(format, plans, chunks, 5)).equals(Buffer.concat(chunks))).toBe(true);
  }
});

test("what is hidden stays hidden in bytes of every format", async () => {
  await values.run(
    "CREATE TABLE marked AS SELECT 1 AS id, 'MARKER-' || g AS secret, g AS number, 'x' AS other FROM generate_series(1, 500) g",
  );
  for (const options of OPTIONS) {
    const sql = `COPY marked TO STDOUT ${options}`;
    const format = formatOf(sql);
    const binary = format.kind === "binary" ? 1 : 0;
    const plans = [
      plain("int4", binary),
      hidden({ kind: "hash" }, "text", binary),
      plain("int4", binary),
      plain("text", binary),
    ];
    expect(Buffer.from(mask(format, plans, await values.copy(sql), 0)).includes("MARKER")).toBe(false);
  }
});
