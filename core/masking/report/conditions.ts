// PostgreSQL's own SQLSTATEs (Appendix A; src/backend/utils/errcodes.txt of 18), and generic words for an error whose own may
// hold values. Other codes are not shown: a function may raise any five letters it likes, out of any value it likes.

/** Class, its words, and the codes in it. */
const CLASSES: readonly (readonly [string, string, string])[] = [
  ["00", "successful completion", "000"],
  ["01", "warning", "000 003 004 006 007 008 00C P01"],
  ["02", "no data", "000 001"],
  ["03", "SQL statement not yet complete", "000"],
  ["08", "connection exception", "000 001 003 004 006 007 P01"],
  ["09", "triggered action exception", "000"],
  ["0A", "feature not supported", "000"],
  ["0B", "invalid transaction initiation", "000"],
  ["0F", "locator exception", "000 001"],
  ["0L", "invalid grantor", "000 P01"],
  ["0P", "invalid role specification", "000"],
  ["0Z", "diagnostics exception", "000 002"],
  ["10", "XQuery error", "608"],
  ["20", "case not found", "000"],
  ["21", "cardinality violation", "000"],
  [
    "22",
    "data exception",
    "000 001 002 003 004 005 007 008 009 00B 00C 00D 00F 00G 00H 00L 00M 00N 00S 00T 010 011 012 013 014 015 016 018 019 01B 01E 01F 01G 01W 01X 021 022 023 024 025 026 027 02E 02G 02H 030 031 032 033 034 035 036 037 038 039 03A 03B 03C 03D 03E 03F 03G P01 P02 P03 P04 P05 P06",
  ],
  ["23", "integrity constraint violation", "000 001 502 503 505 514 P01"],
  ["24", "invalid cursor state", "000"],
  ["25", "invalid transaction state", "000 001 002 003 004 005 006 007 008 P01 P02 P03 P04"],
  ["26", "invalid SQL statement name", "000"],
  ["27", "triggered data change violation", "000"],
  ["28", "invalid authorization specification", "000 P01"],
  ["2B", "dependent privilege descriptors still exist", "000 P01"],
  ["2D", "invalid transaction termination", "000"],
  ["2F", "SQL routine exception", "000 002 003 004 005"],
  ["34", "invalid cursor name", "000"],
  ["38", "external routine exception", "000 001 002 003 004"],
  ["39", "external routine invocation exception", "000 001 004 P01 P02 P03"],
  ["3B", "savepoint exception", "000 001"],
  ["3D", "invalid catalog name", "000"],
  ["3F", "invalid schema name", "000"],
  ["40", "transaction rollback", "000 001 002 003 P01"],
  [
    "42",
    "syntax error or access rule violation",
    "000 501 601 602 611 622 701 702 703 704 710 712 723 725 803 804 809 830 846 883 8C9 939 P01 P02 P03 P04 P05 P06 P07 P08 P09 P10 P11 P12 P13 P14 P15 P16 P17 P18 P19 P20 P21 P22",
  ],
  ["44", "WITH CHECK OPTION violation", "000"],
  ["53", "insufficient resources", "000 100 200 300 400"],
  ["54", "program limit exceeded", "000 001 011 023"],
  ["55", "object not in prerequisite state", "000 006 P02 P03 P04"],
  ["57", "operator intervention", "000 014 P01 P02 P03 P04 P05"],
  ["58", "system error", "000 030 P01 P02 P03"],
  ["F0", "configuration file error", "000 001"],
  [
    "HV",
    "foreign data wrapper error",
    "000 001 002 004 005 006 007 008 009 00A 00B 00C 00D 00J 00K 00L 00M 00N 00P 00Q 00R 010 014 021 024 090 091",
  ],
  ["P0", "PL/pgSQL error", "000 001 002 003 004"],
  ["XX", "internal error", "000 001 002"],
];

const WORDS = new Map(CLASSES.map(([code, words]) => [code, words]));
const STATES = new Set(CLASSES.flatMap(([code, , rest]) => rest.split(" ").map((state) => code + state)));
/** raise_exception */
const OTHER_STATE = "P0001";

export function knownState(sqlstate: string): string {
  return STATES.has(sqlstate) ? sqlstate : OTHER_STATE;
}

export function genericMessage(sqlstate: string): string {
  const words = WORDS.get(knownState(sqlstate).slice(0, 2)) ?? "error";
  return `${words}; its text may hold masked values and is not shown`;
}
