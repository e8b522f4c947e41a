// Numbers, times and types as the console writes them. Pure; times are UTC, as the record keeps them.

/** 2026-11-20 09:41:07 */
export function day(time: string): string {
  return time.slice(0, 10);
}

/** 09:41:07.123 */
export function clock(time: string): string {
  return time.slice(11, 23);
}

export function moment(time: string): string {
  return `${day(time)} ${time.slice(11, 19)}`;
}

export function duration(ms: number): string {
  if (ms < 1000) return `${String(Math.round(ms))}\u00a0ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)}\u00a0s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${String(minutes)}\u00a0min ${String(Math.floor(seconds % 60))}\u00a0s`;
  return `${String(Math.floor(minutes / 60))}\u00a0h ${String(minutes % 60)}\u00a0min`;
}

export function count(n: number): string {
  return n.toLocaleString("en-US");
}

/** One word with its number: "1 row", "2 rows". */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

export function bytes(n: number): string {
  if (n < 1024) return `${String(n)}\u00a0B`;
  if (n < 1024 * 1024) return `${(n / 1024).toFixed(1)}\u00a0KiB`;
  return `${(n / 1024 / 1024).toFixed(1)}\u00a0MiB`;
}

/** pg_type.dat of PostgreSQL 18: the types that results mostly have. */
const TYPES: Readonly<Record<number, string>> = {
  16: "boolean",
  17: "bytea",
  18: "char",
  19: "name",
  20: "bigint",
  21: "smallint",
  23: "integer",
  25: "text",
  26: "oid",
  114: "json",
  142: "xml",
  199: "json[]",
  600: "point",
  650: "cidr",
  700: "real",
  701: "double precision",
  790: "money",
  829: "macaddr",
  869: "inet",
  1000: "boolean[]",
  1001: "bytea[]",
  1005: "smallint[]",
  1007: "integer[]",
  1009: "text[]",
  1015: "varchar[]",
  1016: "bigint[]",
  1021: "real[]",
  1022: "double precision[]",
  1042: "char",
  1043: "varchar",
  1082: "date",
  1083: "time",
  1114: "timestamp",
  1115: "timestamp[]",
  1182: "date[]",
  1184: "timestamptz",
  1185: "timestamptz[]",
  1186: "interval",
  1231: "numeric[]",
  1266: "timetz",
  1560: "bit",
  1562: "varbit",
  1700: "numeric",
  2205: "regclass",
  2249: "record",
  2278: "void",
  2950: "uuid",
  2951: "uuid[]",
  3802: "jsonb",
  3807: "jsonb[]",
  3904: "int4range",
  3906: "numrange",
  3908: "tsrange",
  3910: "tstzrange",
  3912: "daterange",
  3926: "int8range",
};

const NUMERIC: ReadonlySet<number> = new Set([20, 21, 23, 26, 700, 701, 790, 1700]);

/** "type 16385" where it is one of the database's own; "" where the client left it to PostgreSQL. */
export function typeName(oid: number): string {
  return oid === 0 ? "" : (TYPES[oid] ?? `type ${String(oid)}`);
}

/** Written with the right edge aligned. */
export function isNumeric(oid: number): boolean {
  return NUMERIC.has(oid);
}

/** "\x0f…" as PostgreSQL writes bytea; cut behind `most` bytes. */
export function hex(base64: string, most = Number.POSITIVE_INFINITY): string {
  const text = atob(base64);
  let digits = "";
  for (let i = 0; i < Math.min(text.length, most); i++)
    digits += text.charCodeAt(i).toString(16).padStart(2, "0");
  return `\\x${digits}${text.length > most ? "…" : ""}`;
}
