// The rules that are the gateway's own, not a document's: ids that decisions carry, and what agents are told. One table; a
// document's rules get 42501.

export interface BuiltInRule {
  readonly sqlstate: string;
  readonly message: string;
  readonly hint: string;
}

const NOT_GRANTED = "Ask the owner of the policy to grant it.";

export const BUILT_IN_RULES: ReadonlyMap<string, BuiltInRule> = new Map([
  // Not understood: feature_not_supported, syntax_error, character_not_in_repertoire.
  [
    "not_understood",
    {
      sqlstate: "0A000",
      message: "statement refused: the gateway cannot tell what it would do",
      hint: "Write it in plainer SQL: one statement at a time, names that exist, no dynamic code.",
    },
  ],
  [
    "syntax",
    {
      sqlstate: "42601",
      message: "statement refused: it cannot be parsed",
      hint: "Correct the syntax; statements are read with PostgreSQL 18's grammar.",
    },
  ],
  [
    "encoding",
    { sqlstate: "22021", message: "statement refused: it is not valid UTF-8", hint: "Send text in UTF-8." },
  ],
  [
    "function_call",
    {
      sqlstate: "0A000",
      message: "function call message refused",
      hint: "Call the function with SELECT.",
    },
  ],
  [
    "default",
    {
      sqlstate: "42501",
      message: "statement refused: nothing in the policy allows it",
      hint: NOT_GRANTED,
    },
  ],
  [
    "relations.read",
    { sqlstate: "42501", message: "permission denied: relation may not be read", hint: NOT_GRANTED },
  ],
  [
    "relations.write",
    { sqlstate: "42501", message: "permission denied: relation may not be written", hint: NOT_GRANTED },
  ],
  [
    "relations.deny",
    { sqlstate: "42501", message: "permission denied: relation is denied", hint: NOT_GRANTED },
  ],
  [
    "columns.read",
    { sqlstate: "42501", message: "permission denied: column may not be read", hint: NOT_GRANTED },
  ],
  [
    "columns.write",
    { sqlstate: "42501", message: "permission denied: column may not be written", hint: NOT_GRANTED },
  ],
  ["columns.deny", { sqlstate: "42501", message: "permission denied: column is denied", hint: NOT_GRANTED }],
  [
    "functions.call",
    { sqlstate: "42501", message: "permission denied: function may not be called", hint: NOT_GRANTED },
  ],
  [
    "functions.deny",
    { sqlstate: "42501", message: "permission denied: function is denied", hint: NOT_GRANTED },
  ],
  [
    "settings.set",
    { sqlstate: "42501", message: "permission denied: setting may not be changed", hint: NOT_GRANTED },
  ],
  [
    "settings.deny",
    { sqlstate: "42501", message: "permission denied: setting is denied", hint: NOT_GRANTED },
  ],
  [
    "read_only",
    {
      // read_only_sql_transaction
      sqlstate: "25006",
      message: "cannot leave read-only mode under this policy",
      hint: "This policy is read-only.",
    },
  ],
  [
    "identity.role",
    {
      sqlstate: "42501",
      message: "permission denied: the database role of this session is fixed",
      hint: "The gateway has chosen it, and it stays.",
    },
  ],
  [
    "safeguards.functions",
    { sqlstate: "42501", message: "permission denied: function is guarded", hint: NOT_GRANTED },
  ],
  [
    "safeguards.settings",
    { sqlstate: "42501", message: "permission denied: setting is guarded", hint: NOT_GRANTED },
  ],
  [
    "safeguards.outside",
    { sqlstate: "42501", message: "permission denied: programs and files of the server", hint: NOT_GRANTED },
  ],
  // What would show, move or infer values of masked columns.
  [
    "mask.inference",
    { sqlstate: "42501", message: "permission denied: masked column may not be inferred", hint: NOT_GRANTED },
  ],
  [
    "mask.write",
    {
      sqlstate: "42501",
      message: "permission denied: masked values may not be written there",
      hint: NOT_GRANTED,
    },
  ],
  [
    "mask.function",
    {
      sqlstate: "42501",
      message: "permission denied: masked values may not be handed on",
      hint: NOT_GRANTED,
    },
  ],
  [
    "mask.define",
    { sqlstate: "42501", message: "permission denied: definition under masks", hint: NOT_GRANTED },
  ],
  [
    "mask.blind_spot",
    { sqlstate: "42501", message: "permission denied: it may show masked columns unseen", hint: NOT_GRANTED },
  ],
  // SET past a limit on time. What limits do to a statement as it runs is told by who enforces them (durable-objects/session).
  [
    "limits.statement_time",
    { sqlstate: "42501", message: "permission denied: the policy bounds this time", hint: NOT_GRANTED },
  ],
  [
    "limits.idle_time",
    { sqlstate: "42501", message: "permission denied: the policy bounds this time", hint: NOT_GRANTED },
  ],
]);
