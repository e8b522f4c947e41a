// Any bytes, any type, any mask: nothing throws, the value is not written to, and it does not come out.

import { compileMask, typeRef, type TypeRef } from "#core/masking";
import type { Mask } from "#core/policy";
import fc from "fast-check";
import { expect, test } from "vitest";
import { keyed, utf8 } from "./values.ts";

/** All of types.ts, arrays and ranges, and OIDs that are nobody's. */
const OIDS = [
  16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 114, 142, 600, 601, 602, 603, 604, 628, 650,
  700, 701, 705, 718, 774, 790, 829, 869, 1042, 1043, 1082, 1083, 1114, 1184, 1186, 1266, 1560, 1562, 1700,
  1790, 2205, 2950, 2970, 3220, 3614, 3615, 3802, 4072, 5038, 5069, 3904, 4451, 1009, 1007, 1020, 1231, 3807,
  199, 1033, 99_999,
];

const base: fc.Arbitrary<TypeRef> = fc
  .tuple(fc.constantFrom(...OIDS), fc.constantFrom(-1, 5, 14, 655_366))
  .map(([oid, modifier]) => typeRef(oid, modifier, null));
const type = fc.oneof(
  { weight: 5, arbitrary: base },
  fc.array(base, { maxLength: 3 }).map((types): TypeRef => ({
    kind: "composite",
    fields: types.map((own, at) => ({ name: `f${at}`, oid: 25, type: own })),
  })),
  fc.constantFrom<TypeRef>(
    { kind: "enum" },
    { kind: "extension", name: "hstore" },
    { kind: "extension", name: "citext" },
  ),
);
const looking: fc.Arbitrary<Mask> = fc.constantFrom<Mask[]>(
  { kind: "null" },
  { kind: "redact" },
  { kind: "constant", value: "constant" },
  { kind: "partial", first: 1, last: 1 },
  { kind: "partial", first: Number.NaN, last: -3 },
  { kind: "email" },
  { kind: "hash" },
  { kind: "year" },
  { kind: "month" },
  { kind: "json", paths: [{ path: [], mask: { kind: "redact" } }] },
  { kind: "elements", mask: { kind: "email" } },
  { kind: "fields", fields: [{ name: "f0", mask: { kind: "hash" } }] },
);

/** Text that is nearly of a type is met more often than by chance. */
const nearly = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc
    .string({ unit: fc.constantFrom(...Array.from('0123456789-+.:/{}[](),"\\ eEx@ab$NUL=T')), maxLength: 40 })
    .map(utf8),
  fc.json().map(utf8),
  fc
    .date({ noInvalidDate: true })
    .map((date) => utf8(date.toISOString().replace("T", " ").replace("Z", "+00"))),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => utf8(String(value))),
  fc.double().map((value) => utf8(String(value))),
  fc
    .array(fc.integer({ min: 0, max: 40 }), { maxLength: 12 })
    .map((words) => Uint8Array.from(words.flatMap((word) => [0, 0, 0, word]))),
);

test("random bytes never throw, and never come out as they were", () => {
  fc.assert(
    fc.property(looking, type, fc.constantFrom<(0 | 1)[]>(0, 1), nearly, (mask, ref, format, value) => {
      const before = value.slice();
      const change = compileMask(mask, ref, format, keyed);
      const shown = change(value);
      expect(value).toEqual(before);
      // Equal by chance alone: what shows the same for any value, or has nothing in it to hide.
      const fixed = JSON.stringify(change(utf8("another value"))) === JSON.stringify(shown);
      if (shown === null || fixed || mask.kind === "fields" || ref.kind === "array") return;
      // Already a first of the month; already JSON's null, 0 or false.
      if (mask.kind === "year" || mask.kind === "month" || mask.kind === "json") return;
      expect([...shown]).not.toEqual([...value]);
    }),
    { numRuns: 20_000 },
  );
}, 60_000);

test("a mask of some fields or paths leaves no more than the others", () => {
  const mask: Mask = { kind: "json", paths: [{ path: ["secret"], mask: { kind: "redact" } }] };
  const change = compileMask(mask, typeRef(114, -1, null), 0, keyed);
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.string({ minLength: 8 }),
      (document, secret) => {
        const shown = change(utf8(JSON.stringify({ ...document, secret })));
        const expected = { ...document, secret: "***" };
        expect(JSON.parse(new TextDecoder().decode(shown ?? undefined))).toEqual(
          JSON.parse(JSON.stringify(expected)),
        );
      },
    ),
  );
});

test("what is quick over ASCII shows what the ways over any text show", () => {
  const text = fc.string({ unit: fc.constantFrom(...Array.from("ab@. Cé\n1*")), maxLength: 14 });
  fc.assert(
    fc.property(text, fc.nat(4), fc.nat(4), fc.boolean(), (value, first, last, domain) => {
      const masks: Mask[] = [{ kind: "partial", first, last }, { kind: "email", domain }, { kind: "hash" }];
      for (const mask of masks) {
        // varchar(n) has no quick way.
        const [quick, slow] = [typeRef(25, -1, null), typeRef(1043, 4 + 1000, null)].map((type) =>
          compileMask(mask, type, 0, keyed)(utf8(value)),
        );
        expect(quick).toEqual(slow);
      }
    }),
    { numRuns: 5000 },
  );
});
