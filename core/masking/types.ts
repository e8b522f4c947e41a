// PostgreSQL's own types by OID (pg_type.dat), and how each is masked. A type that is not here is shown as NULL. That none is
// missing is held against a real PostgreSQL (test/unit/masking/types-postgres.test.ts).

import { boolCodec, byteaCodec, macCodec, uuidCodec } from "./values/bytes.ts";
import { calendarCodec } from "./values/calendar.ts";
import { shapeOf, type Shape } from "./values/codec.ts";
import { fixedShape, zeroBits } from "./values/fixed.ts";
import { floatCodec } from "./values/float.ts";
import { integerCodec, moneyCodec } from "./values/integer.ts";
import { jsonCodec } from "./values/json.ts";
import { networkCodec } from "./values/network.ts";
import { numericCodec } from "./values/numeric.ts";
import { textCodec } from "./values/text.ts";

export const JSON_OID = 114;
export const JSONB_OID = 3802;

/** varchar(n) and char(n): VARHDRSZ is added to n. */
const characters = (modifier: number): number | null => (modifier > 4 ? modifier - 4 : null);
const oid = shapeOf(integerCodec({ bytes: 4, signed: false }));
const wide = shapeOf(integerCodec({ bytes: 8, signed: false }));
const text = shapeOf(textCodec({ most: null }));
/** "-" is how most of them show InvalidOid, 0 is what all of them take. */
const registered = fixedShape("0", "00000000");
const snapshot = fixedShape("1:1:", `00000000${"0000000000000001".repeat(2)}`);
const zeros = (bytes: number): string => "00".repeat(bytes);

type Maker = Shape | ((modifier: number) => Shape);

const TABLE: readonly (readonly [number, Maker])[] = [
  [16, shapeOf(boolCodec)],
  [17, shapeOf(byteaCodec)],
  [18, shapeOf(textCodec({ most: 1, opaque: true }))], // "char": beyond ASCII its text is an octal escape
  [19, shapeOf(textCodec({ most: 63 }))], // name: NAMEDATALEN - 1
  [20, shapeOf(integerCodec({ bytes: 8, signed: true }))],
  [21, shapeOf(integerCodec({ bytes: 2, signed: true }))],
  [22, fixedShape("0", "0000000100000000000000150000000100000000000000020000")], // int2vector
  [23, shapeOf(integerCodec({ bytes: 4, signed: true }))],
  [24, registered], // regproc
  [25, text],
  [26, oid],
  [27, fixedShape("(0,0)", zeros(6))], // tid
  [28, oid], // xid
  [29, oid], // cid
  [30, fixedShape("0", "00000001000000000000001a00000001000000000000000400000000")], // oidvector
  [JSON_OID, shapeOf(jsonCodec(false))],
  [142, shapeOf(textCodec({ most: null, opaque: true }))], // xml
  [600, fixedShape("(0,0)", zeros(16))], // point
  [601, fixedShape("[(0,0),(0,0)]", zeros(32))], // lseg
  [602, fixedShape("((0,0))", `0100000001${zeros(16)}`)], // path: closed, one point
  [603, fixedShape("(0,0),(0,0)", zeros(32))], // box
  [604, fixedShape("((0,0))", `00000001${zeros(16)}`)], // polygon
  [628, fixedShape("{0,-1,0}", `${zeros(8)}bff0000000000000${zeros(8)}`)], // line: A and B are not both 0
  [650, shapeOf(networkCodec(true))], // cidr
  [700, shapeOf(floatCodec(4))],
  [701, shapeOf(floatCodec(8))],
  [705, text], // unknown
  [718, fixedShape("<(0,0),0>", zeros(24))], // circle
  [774, shapeOf(macCodec(8))],
  [790, shapeOf(moneyCodec)],
  [829, shapeOf(macCodec(6))],
  [869, shapeOf(networkCodec(false))], // inet
  [1042, (modifier) => shapeOf(textCodec({ most: characters(modifier), padded: true }))], // char(n)
  [1043, (modifier) => shapeOf(textCodec({ most: characters(modifier) }))], // varchar
  [1082, shapeOf(calendarCodec("date"))],
  [1083, fixedShape("00:00:00", zeros(8))], // time
  [1114, shapeOf(calendarCodec("timestamp"))],
  [1184, shapeOf(calendarCodec("timestamptz"))],
  [1186, fixedShape("00:00:00", zeros(16))], // interval
  [1266, fixedShape("00:00:00+00", zeros(12))], // timetz
  [1560, (modifier) => zeroBits(modifier > 0 ? modifier : 1)], // bit(n)
  [1562, zeroBits(0)], // varbit
  [1700, (modifier) => shapeOf(numericCodec(modifier))],
  [1790, text], // refcursor
  [2202, registered], // regprocedure
  [2203, registered], // regoper
  [2204, registered], // regoperator
  [2205, registered], // regclass
  [2206, registered], // regtype
  [2275, text], // cstring
  [2950, shapeOf(uuidCodec)],
  [2970, snapshot], // txid_snapshot
  [3220, fixedShape("0/0", zeros(8))], // pg_lsn
  [3614, fixedShape("", zeros(4))], // tsvector
  [3615, fixedShape("'***'", "000000010100002a2a2a00")], // tsquery: tsqueryrecv takes no empty one
  [3734, registered], // regconfig
  [3769, registered], // regdictionary
  [JSONB_OID, shapeOf(jsonCodec(true))],
  [4072, fixedShape("$", "0124")], // jsonpath
  [4089, registered], // regnamespace
  [4096, registered], // regrole
  [4191, registered], // regcollation
  [5038, snapshot], // pg_snapshot
  [5069, wide], // xid8
];

const SHAPES = new Map(TABLE);
const RANGES = new Set([3904, 3906, 3908, 3910, 3912, 3926]);
const MULTIRANGES = new Set([4451, 4532, 4533, 4534, 4535, 4536]);

/** Array types by OID: their elements'. */
export const ARRAYS: ReadonlyMap<number, number> = new Map([
  [143, 142],
  [199, 114],
  [271, 5069],
  [629, 628],
  [651, 650],
  [719, 718],
  [775, 774],
  [791, 790],
  [1000, 16],
  [1001, 17],
  [1002, 18],
  [1003, 19],
  [1005, 21],
  [1006, 22],
  [1007, 23],
  [1008, 24],
  [1009, 25],
  [1010, 27],
  [1011, 28],
  [1012, 29],
  [1013, 30],
  [1014, 1042],
  [1015, 1043],
  [1016, 20],
  [1017, 600],
  [1018, 601],
  [1019, 602],
  [1020, 603],
  [1021, 700],
  [1022, 701],
  [1027, 604],
  [1028, 26],
  [1040, 829],
  [1041, 869],
  [1115, 1114],
  [1182, 1082],
  [1183, 1083],
  [1185, 1184],
  [1187, 1186],
  [1231, 1700],
  [1263, 2275],
  [1270, 1266],
  [1561, 1560],
  [1563, 1562],
  [2201, 1790],
  [2207, 2202],
  [2208, 2203],
  [2209, 2204],
  [2210, 2205],
  [2211, 2206],
  [2949, 2970],
  [2951, 2950],
  [3221, 3220],
  [3643, 3614],
  [3645, 3615],
  [3735, 3734],
  [3770, 3769],
  [3807, 3802],
  [3905, 3904],
  [3907, 3906],
  [3909, 3908],
  [3911, 3910],
  [3913, 3912],
  [3927, 3926],
  [4073, 4072],
  [4090, 4089],
  [4097, 4096],
  [4192, 4191],
  [5039, 5038],
  [6150, 4451],
  [6151, 4532],
  [6152, 4533],
  [6153, 4534],
  [6155, 4535],
  [6157, 4536],
]);

export function baseKind(oid: number): "base" | "range" | "multirange" | null {
  if (SHAPES.has(oid)) return "base";
  return RANGES.has(oid) ? "range" : MULTIRANGES.has(oid) ? "multirange" : null;
}

/** null: not one of PostgreSQL's own, or one that masking does not know. */
export function baseShape(oid: number, modifier: number): Shape | null {
  const maker = SHAPES.get(oid) ?? null;
  return typeof maker === "function" ? maker(modifier) : maker;
}

export const RANGE_SHAPE: Shape = fixedShape("empty", "01");
export const MULTIRANGE_SHAPE: Shape = fixedShape("{}", zeros(4));
export const HSTORE_SHAPE: Shape = fixedShape("", zeros(4));
export const CITEXT_SHAPE: Shape = text;
