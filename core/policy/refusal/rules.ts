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
  // Limits: program_limit_exceeded, query_canceled, idle_session_timeout, too_many_connections.
  [
    "limits.rows_returned",
    {
      sqlstate: "54000",
      message: "result cut off: it has more rows than the policy returns",
      hint: "Add a LIMIT or a narrower WHERE, or fetch the rows in pages.",
    },
  ],
  [
    "limits.bytes_returned",
    {
      sqlstate: "54000",
      message: "result cut off: it has more bytes than the policy returns",
      hint: "Select fewer columns or rows.",
    },
  ],
  [
    "limits.rows_changed",
    {
      sqlstate: "54000",
      message: "change undone: it touches more rows than the policy lets a statement change",
      hint: "Change fewer rows at a time, with a narrower WHERE.",
    },
  ],
  [
    "limits.rows_changed_session",
    {
      sqlstate: "54000",
      message: "change undone: this session has changed as many rows as the policy lets it",
      hint: "Ask the owner of the policy, or go on in a session of its own.",
    },
  ],
  [
    "bounded_by_effect",
    {
      sqlstate: "42501",
      message: "change undone: it would have left no row untouched",
      hint: "Add a WHERE that picks the rows, such as WHERE id = 1.",
    },
  ],
  [
    "limits.statement_time",
    {
      sqlstate: "57014",
      message: "statement canceled: it takes longer than the policy lets it",
      hint: "Ask for less at a time: a narrower WHERE, a LIMIT, an index's columns.",
    },
  ],
  [
    "limits.idle_time",
    {
      sqlstate: "57P05",
      message: "session ended: it was idle for longer than the policy lets it",
      hint: "Connect again.",
    },
  ],
  [
    "limits.session_time",
    {
      sqlstate: "57P05",
      message: "session ended: it lasted as long as the policy lets it",
      hint: "Connect again.",
    },
  ],
  [
    "limits.sessions_per_subject",
    {
      sqlstate: "53300",
      message: "connection refused: you have as many sessions as the policy lets you",
      hint: "Close a session first.",
    },
  ],
  [
    "limits.statements_per_minute",
    {
      sqlstate: "54000",
      message: "statement refused: more statements a minute than the policy lets you send",
      hint: "Wait a minute, then send fewer.",
    },
  ],
]);
