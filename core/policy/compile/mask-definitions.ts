// Masks go by the names and the shapes of relations, and see what comes through the gateway: commands that change the one or
// go round the other.

import {
  type Access,
  type ColumnPlace,
  KIND_CLASSES,
  type StatementFacts,
  type StatementKind,
} from "#core/sql";
import { REACHING, SENSITIVE_FUNCTIONS } from "../builtin/functions.ts";
import {
  CODE_DEFINITIONS,
  HARMLESS_DEFINITIONS,
  SHOWING_CATALOGS,
  SHOWING_COLUMNS,
  SHOWING_NAMES,
} from "../builtin/masking.ts";
import { SYSTEM_SCHEMAS } from "../builtin/relations.ts";
import { wordKind, wordOutside } from "./conditions.ts";
import type { CompiledMasks } from "./masks.ts";
import type { Objection } from "./verdict.ts";
import { nameOf, wordAccess, wordCall, wordMasked } from "./words.ts";

/** What it may show is not in the facts, or out of the gateway's sight. */
export function blindSpot({ accesses, calls, outside }: StatementFacts): Objection | null {
  const refuse = (words: string, hint: string): Objection => ({ rule: "mask.blind_spot", words, hint });
  const [first] = outside;
  if (first !== undefined)
    return refuse(
      wordOutside(first),
      "Use COPY … FROM STDIN or TO STDOUT: what comes and goes by the server is not masked.",
    );
  const shown = accesses.find(showsValues);
  if (shown !== undefined)
    return refuse(
      wordAccess(shown),
      `Read the tables themselves: ${nameOf(shown.relation)} shows values of any of them.`,
    );
  const call = calls.find(
    ({ function: { schema, name, volatility } }) =>
      schema === "pg_catalog" &&
      ((REACHING.has(name) && (name !== "ts_rewrite" || volatility === "volatile")) ||
        SENSITIVE_FUNCTIONS.has(name)),
  );
  if (call === undefined) return null;
  return refuse(wordCall(call), `Write a query of its own: what ${call.function.name} reads is not masked.`);
}

function showsValues({ action, relation: { schema, name }, columns }: Access): boolean {
  if (action !== "select") return false;
  const qualified = `${schema}.${name}`;
  if (schema === "pg_toast" || SHOWING_CATALOGS.has(qualified) || SHOWING_NAMES.has(name)) return true;
  const showing = SHOWING_COLUMNS.get(qualified);
  return showing !== undefined && columns.includes(showing);
}

export function definition(
  { kind, accesses, kinds }: StatementFacts,
  masks: CompiledMasks,
): Objection | null {
  const refuse = (words: string, why: string): Objection => ({
    rule: "mask.define",
    words,
    hint: `${why} Ask somebody for whom this policy masks nothing.`,
  });
  const code = kinds.find((kind) => CODE_DEFINITIONS.has(kind));
  if (code !== undefined)
    return refuse(`runs ${wordKind(code)}`, "What it leaves behind could show masked columns.");
  const catalog = accesses.find(changesCatalog);
  if (catalog !== undefined) return refuse(wordAccess(catalog), "Masks go by the names in the catalogs.");
  const quiet = !isDefinition(kind) || QUERY_MADE.has(kind) || HARMLESS_DEFINITIONS.has(kind);
  const read = quiet ? null : firstRead(accesses, masks);
  if (read !== null)
    return refuse(
      `reads ${wordMasked(read)} in ${wordKind(kind)}`,
      "What it defines would tell of it by failing.",
    );
  const changes = kinds.some((kind) => isDefinition(kind) && !HARMLESS_DEFINITIONS.has(kind));
  for (const access of accesses) {
    const { action, relation, columns, ancestors, descendants } = access;
    // What does not exist yet holds nothing.
    if (action !== "define" || relation.oid === 0) continue;
    const indexed = masks.firstMasked(
      columns.map((column) => ({ relation, column, ancestors, descendants })),
    );
    if (indexed !== null)
      return refuse(
        `indexes ${wordMasked(indexed)}`,
        "Rows come in the order of an index, and a unique one compares them.",
      );
    if (changes && mayHoldMasked(access, masks))
      return refuse(`${wordAccess(access)}, which has masked columns`, "Masks go by its names and shape.");
  }
  return null;
}

/** They are made of a query, whose columns are followed wherever they go. */
const QUERY_MADE: ReadonlySet<StatementKind> = new Set<StatementKind>([
  "create_table_as",
  "select_into",
  "create_view",
  "create_materialized_view",
]);

function firstRead(accesses: readonly Access[], masks: CompiledMasks): ColumnPlace | null {
  const read = accesses.filter(({ action }) => action === "select");
  return masks.firstMasked(
    read.flatMap(({ relation, columns, ancestors, descendants }) =>
      columns.map((column) => ({ relation, column, ancestors, descendants })),
    ),
  );
}

/** Anything but reading: UPDATE pg_class is ALTER TABLE … RENAME by another name. */
function changesCatalog({ action, relation }: Access): boolean {
  return (
    action !== "select" && action !== "lock" && relation.oid !== 0 && SYSTEM_SCHEMAS.has(relation.schema)
  );
}

/** A materialized view is a copy of what its definition gives, which is followed when it is read: any may be of masked columns. */
function mayHoldMasked(access: Access, masks: CompiledMasks): boolean {
  return access.relation.kind === "materialized_view" || masks.masksSome(access);
}

const DEFINING: ReadonlySet<string> = new Set(["ddl", "privileges", "maintenance"]);

function isDefinition(kind: StatementKind): boolean {
  return DEFINING.has(KIND_CLASSES[kind]);
}
