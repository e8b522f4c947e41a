// A catalog of types out of a real PostgreSQL, whole: what core/sql's catalog would have been told by questions.

import type { TypeInfo } from "#core/sql";
import type { TypeCatalog } from "#core/masking";
import type { RawValues } from "./raw-values.ts";

const KINDS: Readonly<Record<string, TypeInfo["kind"]>> = {
  b: "base",
  c: "composite",
  d: "domain",
  e: "enum",
  p: "pseudo",
  r: "range",
  m: "multirange",
};

export async function readTypes(values: RawValues): Promise<TypeCatalog> {
  const types = await values.rows(
    `SELECT t.oid, n.nspname, t.typname, t.typtype, t.typrelid, t.typbasetype,
            CASE WHEN t.typsubscript = 'array_subscript_handler'::regproc THEN t.typelem ELSE 0 END AS element
     FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace`,
  );
  const columns = await values.rows(
    "SELECT attrelid, attname, attnum, atttypid FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped ORDER BY attrelid, attnum",
  );
  const byOid = new Map(
    types.map((row): [number, TypeInfo] => [
      Number(row["oid"]),
      {
        oid: Number(row["oid"]),
        schema: row["nspname"] ?? "",
        name: row["typname"] ?? "",
        kind: KINDS[row["typtype"] ?? ""] ?? "pseudo",
        relationOid: Number(row["typrelid"]) || null,
        functionOids: [],
        elementOid: Number(row["element"]) || null,
        baseTypeOid: Number(row["typbasetype"]) || null,
      },
    ]),
  );
  return {
    typeByOid: (oid) => byOid.get(oid) ?? null,
    relationByOid: (oid) => ({
      columns: columns
        .filter((row) => Number(row["attrelid"]) === oid)
        .map((row) => ({
          name: row["attname"] ?? "",
          number: Number(row["attnum"]),
          typeOid: Number(row["atttypid"]),
          generated: false,
        })),
    }),
  };
}
