// Generic words for an error whose own may hold values, and which SQLSTATEs are PostgreSQL's own (Appendix A): a function may
// raise any five letters it likes, out of any value it likes.

/** By class: what is said in place of a text that is not shown. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ["00", "notice"],
  ["01", "warning"],
  ["02", "no data"],
  ["08", "connection exception"],
  ["09", "triggered action exception"],
  ["0A", "feature not supported"],
  ["0B", "invalid transaction initiation"],
  ["20", "case not found"],
  ["21", "cardinality violation"],
  ["22", "data exception"],
  ["23", "integrity constraint violation"],
  ["24", "invalid cursor state"],
  ["25", "invalid transaction state"],
  ["26", "invalid SQL statement name"],
  ["27", "triggered data change violation"],
  ["28", "invalid authorization"],
  ["2B", "dependent privilege descriptors still exist"],
  ["2D", "invalid transaction termination"],
  ["2F", "SQL routine exception"],
  ["34", "invalid cursor name"],
  ["38", "external routine exception"],
  ["39", "external routine invocation exception"],
  ["3B", "savepoint exception"],
  ["3D", "invalid catalog name"],
  ["3F", "invalid schema name"],
  ["40", "transaction rollback"],
  ["42", "syntax error or access rule violation"],
  ["44", "WITH CHECK OPTION violation"],
  ["53", "insufficient resources"],
  ["54", "program limit exceeded"],
  ["55", "object not in prerequisite state"],
  ["57", "operator intervention"],
  ["58", "system error"],
  ["72", "snapshot failure"],
  ["F0", "configuration file error"],
  ["HV", "foreign data wrapper error"],
  ["P0", "error raised by a function"],
  ["XX", "internal error"],
]);

/** Digits and letters that PostgreSQL uses behind the class: 000 to 0ZZ at most, but for a few. */
const SUBCLASS = /^(?:0[0-9A-Z]{2}|P0[0-9]|[15]00|V[0-9]{2})$/;
const UNKNOWN_STATE = "P0001";

/** The code itself where it may be PostgreSQL's, `P0001` (raise_exception) where not. */
export function knownState(sqlstate: string): string {
  return CLASSES.has(sqlstate.slice(0, 2)) && SUBCLASS.test(sqlstate.slice(2)) ? sqlstate : UNKNOWN_STATE;
}

export function genericMessage(sqlstate: string): string {
  return `${CLASSES.get(sqlstate.slice(0, 2)) ?? "error"}; its text may hold masked values and is not shown`;
}
