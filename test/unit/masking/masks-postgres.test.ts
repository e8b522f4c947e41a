// Random values of a real PostgreSQL, masked on their way out in text and in binary, and read back in: both are the same values,
// equal values stay equal where they have tokens, and none is what it was.

import { CopyMasker, hmacSha256, typeRef, type ColumnPlan } from "#core/masking";
import type { Mask } from "#core/policy";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { RawValues } from "./raw-values.ts";

const ROWS = 400;
const keyed = hmacSha256(new TextEncoder().encode("another key"));

const hash: Mask = { kind: "hash" };
const partial: Mask = { kind: "partial", first: 2, last: 1 };

/** Column, type, how its values come about (g is the row), masks. Even rows repeat the values of the row before. */
const COLUMNS: readonly (readonly [name: string, type: string, made: string, masks: readonly Mask[]])[] = [
  ["i2", "int2", "(random() * 65535 - 32768)::int2", [hash, { kind: "bucket", width: 7 }]],
  ["i4", "int4", "(random() * 4294967295 - 2147483648)::int4", [hash, { kind: "bucket", width: 1000 }]],
  ["i8", "int8", "(random() * 1.8e19 - 9e18)::int8", [hash, { kind: "bucket", width: 1_000_003 }]],
  [
    "n",
    "numeric",
    "(random() * 10 ^ (random() * 40 - 10) * sign(random() - 0.5))::numeric",
    [hash, { kind: "bucket", width: 0.05 }, { kind: "bucket", width: 12_345 }],
  ],
  ["np", "numeric(12,4)", "(random() * 2e8 - 1e8)::numeric(12,4)", [hash, { kind: "bucket", width: 2.5 }]],
  [
    "f4",
    "float4",
    "((random() - 0.5) * 10 ^ (random() * 60 - 30))::float4",
    [hash, { kind: "bucket", width: 0.5 }],
  ],
  ["f8", "float8", "(random() - 0.5) * 10 ^ (random() * 200 - 100)", [hash, { kind: "bucket", width: 3 }]],
  ["m", "money", "((random() * 2e9 - 1e9)::numeric)::money", [hash, { kind: "bucket", width: 0.5 }]],
  [
    "d",
    "date",
    "date '2000-01-01' + (random() * 1500000 - 730000)::int",
    [hash, { kind: "year" }, { kind: "month" }],
  ],
  [
    "ts",
    "timestamp",
    "timestamp '2000-01-01' + (random() - 0.5) * interval '12000 years' * 0.3",
    [hash, { kind: "year" }, { kind: "month" }],
  ],
  [
    "tz",
    "timestamptz",
    "timestamptz '2000-01-01 00:00+00' + (random() - 0.5) * interval '12000 years' * 0.3",
    [hash, { kind: "year" }, { kind: "month" }],
  ],
  ["u", "uuid", "gen_random_uuid()", [hash]],
  ["b", "bytea", "decode(md5(random()::text), 'hex')", [hash]],
  [
    "ip",
    "inet",
    "CASE WHEN random() < 0.5 THEN set_masklen('1.2.3.4'::inet + (random() * 4e9)::int8, (random() * 32)::int) ELSE set_masklen('2001:db8::'::inet + (random() * 9e18)::int8, (random() * 128)::int) END",
    [hash],
  ],
  [
    "net",
    "cidr",
    "network(set_masklen('10.0.0.0'::inet + (random() * 1e9)::int8, (random() * 32)::int))",
    [hash],
  ],
  ["mac", "macaddr", "('08002b' || substr(md5(random()::text), 1, 6))::macaddr", [hash]],
  [
    "t",
    "text",
    "substr(E'ab\\té\\n🎉\"\\\\ ,x''{}()' || md5(random()::text), (random() * 12)::int + 1, (random() * 25)::int)",
    [hash, partial, { kind: "email" }],
  ],
  ["v", "varchar(20)", "substr(md5(random()::text), 1, (random() * 20)::int)", [hash, partial]],
  ["c", "char(24)", "substr(md5(random()::text), 1, (random() * 20)::int)", [hash, partial]],
  [
    "e",
    "text",
    "md5(random()::text) || '@' || md5(random()::text) || '.example'",
    [{ kind: "email" }, { kind: "email", domain: true }],
  ],
  [
    "ta",
    "text[]",
    "ARRAY[md5(random()::text), NULL, E'quo\"te {}, \\\\', substr(md5(random()::text), 1, (random() * 5)::int)]",
    [hash, partial],
  ],
  [
    "na",
    "numeric[]",
    "ARRAY[[random()::numeric, 5], [NULL, -1e20]]",
    [hash, { kind: "bucket", width: 0.25 }],
  ],
  [
    "j",
    "jsonb",
    "jsonb_build_object('a', md5(random()::text), 'n', random() * 1e6, 'l', jsonb_build_array(random(), md5(random()::text), NULL, true), 'o', jsonb_build_object('a', 'é\"\\' || g))",
    [
      hash,
      {
        kind: "json",
        paths: [
          { path: ["a"], mask: hash },
          { path: ["n"], mask: { kind: "bucket", width: 100 } },
          { path: ["l", "*"], mask: hash },
          { path: ["o", "a"], mask: partial },
        ],
      },
    ],
  ],
  [
    "js",
    "json",
    "json_build_object('a', md5(random()::text), 'a', random())",
    [{ kind: "json", paths: [{ path: ["*"], mask: hash }] }],
  ],
];

/** Two zones and outputs: what text depends on. */
const SETTINGS = ["SET TimeZone = 'UTC'", "SET TimeZone = 'Asia/Kolkata'; SET bytea_output = escape"];

let postgres: TestPostgres;
let values: RawValues;

beforeAll(async () => {
  postgres = await startPostgres();
  values = new RawValues(postgres.url);
  await values.connect();
  const made = COLUMNS.map(([name, , how]) => `${how} AS ${name}`).join(", ");
  const types = COLUMNS.map(([name, type]) => `${name} ${type}`).join(", ");
  await values.run(`CREATE TABLE source (g int, ${types})`);
  await values.run(`INSERT INTO source SELECT g, ${made} FROM generate_series(1, ${ROWS}, 2) g`);
  const names = COLUMNS.map(([name]) => name).join(", ");
  await values.run(`INSERT INTO source SELECT g + 1, ${names} FROM source`);
  await values.run("CREATE TABLE text_target (LIKE source); CREATE TABLE binary_target (LIKE source)");
}, 60_000);

afterAll(async () => {
  await values?.end();
  await postgres?.stop();
});

function mask(
  kind: "text" | "binary",
  plans: readonly ColumnPlan[],
  chunks: readonly Uint8Array[],
): Uint8Array {
  const format =
    kind === "binary"
      ? { kind }
      : ({ kind, delimiter: 9, nullText: "\\N", header: false, quote: 34, escape: 34 } as const);
  const masker = new CopyMasker(format, plans, keyed, 1_000_000);
  const parts: Uint8Array[] = [];
  for (const chunk of chunks) {
    const bytes = Buffer.concat([Buffer.from([0x64, 0, 0, 0, 0]), chunk]);
    bytes.writeInt32BE(chunk.length + 4, 1);
    let frame = Buffer.alloc(0);
    if (!masker.mask({ code: 0x64, bytes }, { add: (part) => (frame = Buffer.concat([frame, part])) }))
      throw new Error("a fault");
    parts.push(frame.subarray(5));
  }
  return Buffer.concat(parts);
}

const most = Math.max(...COLUMNS.map(([, , , masks]) => masks.length));
const runs = SETTINGS.flatMap((setting) => Array.from({ length: most }, (_, at) => [setting, at] as const));

test.each(runs)(
  "%s, masks number %d",
  async (setting, at) => {
    const chosen = COLUMNS.map(([name, , , masks]) => [name, masks[at % masks.length] ?? hash] as const);
    const types = await values.rows(
      "SELECT attname, atttypid, atttypmod FROM pg_attribute WHERE attrelid = 'source'::regclass AND attnum > 0 ORDER BY attnum",
    );
    const plansOf = (format: 0 | 1): readonly ColumnPlan[] =>
      types.map((row) => ({
        mask: new Map(chosen).get(row["attname"] ?? "") ?? null,
        always: false,
        type: typeRef(Number(row["atttypid"]), Number(row["atttypmod"]), null),
        format,
        reason: "masked",
      }));
    await values.run(setting);
    for (const [kind, format] of [
      ["text", 0],
      ["binary", 1],
    ] as const) {
      await values.copyUnder(setting, async () => {
        const shown = mask(
          kind,
          plansOf(format),
          await values.copy(`COPY source TO STDOUT (FORMAT ${kind})`),
        );
        await values.run(`TRUNCATE ${kind}_target`);
        await values.copyIn(`COPY ${kind}_target FROM STDIN (FORMAT ${kind})`, shown);
      });
    }
    for (const [name, { kind }] of chosen) {
      const query = (condition: string): Promise<readonly object[]> =>
        values.rows(`SELECT s.g, s.${name}::text AS was, t.${name}::text AS text, b.${name}::text AS binary FROM source s
        JOIN text_target t USING (g) JOIN binary_target b USING (g) WHERE ${condition} LIMIT 3`);
      expect(
        await query(`t.${name}::text IS DISTINCT FROM b.${name}::text`),
        `${name}: text and binary differ`,
      ).toEqual([]);
      const fits = `t.${name} IS NULL AND s.${name} IS NOT NULL`;
      expect(await query(fits), `${name}: the mask fits`).toEqual([]);
      // What is a bucket's bound or a first of January already, or an empty array's like.
      if (kind === "bucket" || kind === "year" || kind === "month") continue;
      expect(await query(`t.${name}::text = s.${name}::text`), `${name}: a value came out`).toEqual([]);
      const [repeated] = await values.rows(
        `SELECT count(*) FROM text_target a JOIN text_target b ON b.g = a.g + 1 AND a.g % 2 = 1 WHERE a.${name}::text IS DISTINCT FROM b.${name}::text`,
      );
      expect(repeated?.["count"], `${name}: equal values have equal masks`).toBe("0");
    }
  },
  60_000,
);
