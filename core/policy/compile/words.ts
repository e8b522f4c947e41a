// Facts in words for people. Names only, never values.

import type { Access, Call, ColumnPlace, Modification, SettingChange, Via } from "#core/sql";
import { UNKNOWN_SETTING } from "./seen.ts";

const VERBS = {
  select: "reads",
  insert: "inserts into",
  update: "updates",
  delete: "deletes from",
  truncate: "truncates",
  lock: "locks",
  define: "defines",
} as const satisfies Record<Access["action"], string>;

export function wordAccess({ action, relation, via }: Access): string {
  return `${VERBS[action]} ${nameOf(relation)}${through(via)}`;
}

export function wordColumn({ action, relation, via }: Access, column: string): string {
  const what = column === "*" ? "every column" : `column ${quoteName(column)}`;
  const verb = action === "select" ? "reads" : isDefinition(action) ? VERBS[action] : "writes";
  return `${verb} ${what} of ${nameOf(relation)}${through(via)}`;
}

function isDefinition(action: Access["action"]): action is "lock" | "define" {
  return action === "lock" || action === "define";
}

export function wordMasked({ relation, column }: ColumnPlace): string {
  const what = column === "*" ? "masked columns" : `masked column ${quoteName(column)}`;
  return `${what} of ${nameOf(relation)}`;
}

export function wordModification({ action, relation, bounded, via }: Modification): string {
  const shown = { bounded: "bounded", by_effect: "data-dependent", unbounded: "unbounded" } as const;
  return `${shown[bounded]} ${action} of ${nameOf(relation)}${through(via)}`;
}

export function wordCall({
  function: { schema, name, volatility, language, securityDefiner },
  examined,
  via,
}: Call): string {
  const traits =
    schema === "pg_catalog"
      ? ""
      : ` (${[volatility, language, securityDefiner ? "security definer" : "", examined ? "" : "unexamined"].filter((trait) => trait !== "").join(", ")})`;
  return `calls ${nameOf({ schema, name })}${traits}${through(via)}`;
}

export function wordSetting({ name }: SettingChange): string {
  if (name === UNKNOWN_SETTING) return "sets a setting whose name is computed";
  return name === "*" ? "resets all settings" : `sets ${name}`;
}

export function nameOf({ schema, name }: { readonly schema: string; readonly name: string }): string {
  // What does not exist yet has no schema unless the statement says so.
  return schema === "" ? quoteName(name) : `${quoteName(schema)}.${quoteName(name)}`;
}

export function quoteName(name: string): string {
  return /^[\p{Ll}_][\p{Ll}\p{N}_$]*$/u.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

function through(via: readonly Via[]): string {
  const outermost = via[0];
  return outermost === undefined ? "" : ` (through ${outermost.kind} ${outermost.name})`;
}
