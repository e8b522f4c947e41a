// Masked values against a real PostgreSQL: each is one of its type, in text and in binary, and the two are the same value.

import { compileMask, hmacSha256, typeRef, type TypeCatalog, type TypeRef } from "#core/masking";
import type { Mask } from "#core/policy";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { RawValues } from "./raw-values.ts";
import { SAMPLES, SETUP } from "./samples.ts";
import { readTypes } from "./type-catalog.ts";

const keyed = hmacSha256(new TextEncoder().encode("a key of the target"));

const MASKS: readonly Mask[] = [
  { kind: "null" },
  { kind: "redact" },
  { kind: "partial", first: 1, last: 2 },
  { kind: "email" },
  { kind: "email", domain: true },
  { kind: "hash" },
  { kind: "year" },
  { kind: "month" },
  { kind: "bucket", width: 100 },
  { kind: "bucket", width: 0.25 },
  {
    kind: "json",
    paths: [
      { path: ["*", "b"], mask: { kind: "hash" } },
      { path: ["l", "*", "b"], mask: { kind: "partial", first: 1, last: 0 } },
    ],
  },
  { kind: "json", paths: [{ path: [], mask: { kind: "redact" } }] },
  { kind: "elements", mask: { kind: "redact" } },
  { kind: "elements", mask: { kind: "elements", mask: { kind: "redact" } } },
  {
    kind: "fields",
    fields: [
      { name: "email", mask: { kind: "email" } },
      { name: "tags", mask: { kind: "hash" } },
    ],
  },
  {
    kind: "fields",
    fields: [{ name: "one", mask: { kind: "fields", fields: [{ name: "name", mask: { kind: "redact" } }] } }],
  },
  { kind: "fields", fields: [{ name: "no such field", mask: { kind: "redact" } }] },
];

let postgres: TestPostgres;
let values: RawValues;
let catalog: TypeCatalog;

beforeAll(async () => {
  postgres = await startPostgres({ sql: SETUP });
  values = new RawValues(postgres.url);
  await values.connect();
  catalog = await readTypes(values);
}, 60_000);

afterAll(async () => {
  await values?.end();
  await postgres?.stop();
});

/** As RowDescription would say it: a domain is its base type there. */
async function describeType(type: string): Promise<TypeRef> {
  const [row] = await values.rows(
    `SELECT atttypid, atttypmod FROM pg_attribute
    WHERE attrelid = 'pg_temp.described'::regclass AND attname = 'x'`.replace("described", await table(type)),
  );
  return typeRef(Number(row?.["atttypid"]), Number(row?.["atttypmod"]), catalog);
}

let tables = 0;
async function table(type: string): Promise<string> {
  const name = `described_${++tables}`;
  await values.run(`CREATE TEMPORARY TABLE ${name} (x ${type})`);
  return name;
}

describe("a masked value is a value of its type", () => {
  test.each(SAMPLES)(
    "%s",
    async (type, ...samples) => {
      const ref = await describeType(type);
      for (const sample of samples) {
        const sent = [
          await values.send(`(${sample})::${type}`, 0),
          await values.send(`(${sample})::${type}`, 1),
        ] as const;
        // A constant is PostgreSQL's text of a value: this one's will do.
        const constant: Mask = {
          kind: "constant",
          value: new TextDecoder().decode(sent[0] ?? new Uint8Array(0)),
        };
        for (const mask of [...MASKS, constant]) {
          const shown: (string | null)[] = [];
          for (const format of [0, 1] as const) {
            const raw = sent[format] ?? new Uint8Array(0);
            const before = raw.slice();
            const masked = compileMask(mask, ref, format, keyed)(raw);
            expect(raw, "the value itself is not written to").toEqual(before);
            const place = `${JSON.stringify(mask)} of ${sample} in format ${format}`;
            shown.push(
              await values.accept(type, masked, format).catch((error: unknown) => {
                throw new Error(
                  `${place}: ${String(error)}: ${new TextDecoder().decode(masked ?? new Uint8Array(0))}`,
                );
              }),
            );
          }
          // A constant of some types is known in text alone.
          if (mask.kind === "constant" && shown[1] === null) continue;
          expect(shown[1], `text and binary differ: ${JSON.stringify(mask)} of ${sample}`).toBe(shown[0]);
        }
      }
    },
    60_000,
  );
});

describe("every type of PostgreSQL's own", () => {
  /** Never a column's: planner statistics and index internals; aclitem and gtsvector cannot be sent in binary. */
  const NULL_ONLY = [
    "aclitem",
    "gtsvector",
    "pg_brin_bloom_summary",
    "pg_brin_minmax_multi_summary",
    "pg_dependencies",
    "pg_mcv_list",
    "pg_ndistinct",
    "pg_node_tree",
  ];

  test("is known, but for those that are no one's column", async () => {
    const rows = await values.rows(
      `SELECT t.oid, t.typname FROM pg_type t LEFT JOIN pg_type e ON e.oid = t.typelem
       WHERE t.oid < 10000 AND t.typtype IN ('b', 'r', 'm') AND e.typtype IS DISTINCT FROM 'c'`,
    );
    const unknown = rows
      .filter(({ oid }) => isUnknown(typeRef(Number(oid), -1, null)))
      .map(({ typname }) => typname);
    const arrays = ["_aclitem", "_gtsvector"];
    expect(new Set(unknown)).toEqual(new Set([...arrays, ...NULL_ONLY]));
  });

  test("has a sample here", async () => {
    const rows = await values.rows(
      "SELECT oid, typname FROM pg_type WHERE oid < 10000 AND typtype IN ('b', 'r', 'm') AND typcategory <> 'A' AND typsend <> 0",
    );
    const sampled = new Set<string>();
    for (const [type] of SAMPLES) {
      const [row] = await values.rows(`SELECT typname FROM pg_type WHERE oid = '${type}'::regtype`);
      sampled.add(row?.["typname"] ?? "");
    }
    const missing = rows
      .map(({ typname }) => typname ?? "")
      .filter((name) => !sampled.has(name) && !NULL_ONLY.includes(name));
    expect(missing).toEqual([]);
  });

  test("shows a value when redacted, in both formats", async () => {
    const gone: string[] = [];
    for (const [type, sample = ""] of SAMPLES) {
      const ref = await describeType(type);
      for (const format of [0, 1] as const) {
        const raw = (await values.send(`(${sample})::${type}`, format)) ?? new Uint8Array(0);
        if (compileMask({ kind: "redact" }, ref, format, keyed)(raw) === null) gone.push(type);
      }
    }
    // What label an enum has is not known.
    expect([...new Set(gone)]).toEqual(["masking.mood"]);
  });
});

function isUnknown(type: TypeRef): boolean {
  return type.kind === "unknown" || (type.kind === "array" && isUnknown(type.element));
}
