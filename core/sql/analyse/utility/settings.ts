// SET, RESET and their kin as changes of settings, whichever way they are written (guc_funcs.c, variable.c).

import type { Node, TransactionStmt, VariableSetStmt } from "@pgsql/types";
import type { SettingChange } from "../../facts/facts.ts";
import type { StatementKind } from "../../facts/kinds.ts";
import type { AnalysisContext } from "../context.ts";
import { constantText } from "../query/names.ts";
import { changeNames, optionsOf } from "./names.ts";

/** Settings that decide what a name means, or whose names are seen. */
const NAMING: ReadonlySet<string> = new Set(["*", "search_path", "role", "session_authorization"]);

/** GUC_LIST_QUOTE: their elements are identifiers, and quoted where they have to be (guc_tables.c). */
const IDENTIFIER_LISTS: ReadonlySet<string> = new Set([
  "search_path",
  "temp_tablespaces",
  "createrole_self_grant",
  "local_preload_libraries",
  "session_preload_libraries",
  "shared_preload_libraries",
  "unix_socket_directories",
  "restrict_nonsystem_relation_kind",
  "synchronized_standby_slots",
]);

/** SET's several forms by the name that the grammar gives the variable. */
const SET_KINDS: ReadonlyMap<string, StatementKind> = new Map([
  ["role", "set_role"],
  ["session_authorization", "set_session_authorization"],
  ["TRANSACTION", "set_transaction"],
  ["TRANSACTION SNAPSHOT", "set_transaction"],
  ["SESSION CHARACTERISTICS", "set_transaction"],
]);

export function setKind({ kind, name = "" }: VariableSetStmt): StatementKind {
  if (kind === "VAR_RESET" || kind === "VAR_RESET_ALL") return "reset";
  return SET_KINDS.get(name) ?? SET_KINDS.get(lower(name)) ?? "set";
}

export function visitSet(context: AnalysisContext, statement: VariableSetStmt): void {
  for (const change of changesOf(statement)) setSetting(context, change);
}

export function setSetting(context: AnalysisContext, change: SettingChange): void {
  context.settings.push(change);
  if (NAMING.has(change.name)) changeNames(context);
}

/** BEGIN and START TRANSACTION with modes. */
export function visitModes(context: AnalysisContext, { options = [] }: TransactionStmt): void {
  for (const change of modes(options, "transaction")) setSetting(context, change);
}

function changesOf({ kind, name = "", args = [], is_local }: VariableSetStmt): readonly SettingChange[] {
  const scope = is_local === true ? "local" : "session";
  switch (kind) {
    case "VAR_SET_MULTI":
      if (name === "TRANSACTION SNAPSHOT")
        return [
          {
            name: "transaction_snapshot",
            value: constantText(args[0]),
            constant: true,
            scope: "transaction",
          },
        ];
      return modes(args, name === "SESSION CHARACTERISTICS" ? "characteristics" : "transaction");
    case "VAR_RESET_ALL":
      return [{ name: "*", value: null, constant: true, scope }];
    case "VAR_RESET":
    case "VAR_SET_DEFAULT":
      return [{ name: lower(name), value: null, constant: true, scope }];
    case "VAR_SET_VALUE": {
      const value = settingValue(lower(name), args);
      return [{ name: lower(name), value, constant: value !== null, scope }];
    }
    // SET … FROM CURRENT, and what a later grammar may add: some value.
    default:
      return [{ name: lower(name), value: null, constant: false, scope }];
  }
}

function modes(options: readonly Node[], scope: SettingChange["scope"]): readonly SettingChange[] {
  return options.flatMap(optionsOf).map(({ defname = "", arg }) => {
    const text = constantText(arg);
    // READ ONLY and DEFERRABLE are the integers 0 and 1 (gram.y, transaction_mode_item).
    const value = defname === "transaction_isolation" ? text : text === "1" ? "on" : "off";
    return { name: defname, value, constant: true, scope };
  });
}

/** flatten_set_variable_args (guc_funcs.c): what the server makes of the list. */
function settingValue(name: string, args: readonly Node[]): string | null {
  const values = args.map(argumentText);
  if (values.includes(null)) return null;
  const quoted = IDENTIFIER_LISTS.has(name);
  return values.map((value) => (quoted ? quoteIdentifier(value ?? "") : value)).join(", ");
}

function argumentText(node: Node): string | null {
  // SET TIME ZONE INTERVAL '…' HOUR: a typed constant, whose text is what counts.
  return constantText(node);
}

/** quote_identifier (ruleutils.c), without its table of keywords: a keyword is quoted by the server, and means the same. */
function quoteIdentifier(text: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
}

/** guc_name_compare folds ASCII alone. */
export function lower(name: string): string {
  return name.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
