// What becomes of each column, from what lineage says and what PostgreSQL says.

import {
  passesUntouched,
  planCopy,
  planResult,
  typeRef,
  type ColumnSource,
  type MaskRules,
} from "#core/masking";
import type { Mask } from "#core/policy";
import type { OutputColumn } from "#core/sql";
import { describe, expect, test } from "vitest";

const people = { oid: 100, schema: "public", name: "people", kind: "table" } as const;
const view = { oid: 200, schema: "public", name: "contacts", kind: "view" } as const;
const orders = { oid: 300, schema: "public", name: "orders", kind: "table" } as const;
const COLUMNS = ["id", "email", "ssn", "phone"];

const email: Mask = { kind: "email" };
const redact: Mask = { kind: "redact" };
const MASKS: Readonly<Record<string, Mask>> = { "people.email": email, "people.ssn": redact };

const rules: MaskRules = {
  maskOf: ({ relation, column }) => MASKS[`${relation.name}.${column}`] ?? null,
  sourcesAt: (table, attribute) => {
    const column = COLUMNS[attribute - 1];
    if (column === undefined) return undefined;
    if (table === people.oid || table === view.oid) return [{ relation: people, column }];
    return table === orders.oid ? [{ relation: orders, column }] : undefined;
  },
  typeAt: () => typeRef(25, -1, null),
  touchesMasked: true,
  types: null,
};

function column(
  verbatim: boolean,
  ...sources: readonly [relation: ColumnSource["relation"], column: string][]
): OutputColumn {
  return { name: "c", verbatim, sources: sources.map(([relation, name]) => ({ relation, column: name })) };
}

function field(tableOid: number, attribute: number, typeOid = 25): Parameters<typeof planResult>[1][number] {
  return { name: "c", tableOid, attribute, typeOid, typeSize: -1, typeModifier: -1, format: 0 };
}

function planned(
  output: OutputColumn | null,
  described: ReturnType<typeof field>,
  own: MaskRules = rules,
): readonly [kind: string, always: boolean, reason: string] {
  const [plan] = planResult(output === null ? null : [output], [described], null, own);
  return [plan?.mask?.kind ?? "none", plan?.always ?? false, plan?.reason ?? ""];
}

describe("a result's column", () => {
  test("that is a masked column has its mask", () => {
    expect(planned(column(true, [people, "email"]), field(100, 2))).toEqual(["email", false, "masked"]);
  });
  test("that is one through a view has it too", () => {
    expect(planned(column(true, [people, "email"]), field(200, 2))).toEqual(["email", false, "masked"]);
    const told = column(true, [view, "email"], [people, "email"]);
    expect(planned(told, field(200, 2))).toEqual(["email", false, "masked"]);
  });
  test("that is one of several behind a view, of which not all are masked, is hidden", () => {
    const told = column(true, [view, "email"], [people, "email"], [people, "id"]);
    expect(planned(told, field(200, 2))).toEqual(["null", true, "derived"]);
  });
  test("that is none passes", () => {
    expect(planned(column(true, [people, "id"]), field(100, 1))).toEqual(["none", false, "clear"]);
    expect(planned(column(false), field(0, 0))).toEqual(["none", false, "clear"]);
  });
  test("that is computed from a masked one shows the same in every row", () => {
    expect(planned(column(false, [people, "email"]), field(0, 0))).toEqual(["null", true, "derived"]);
    expect(planned(column(false, [people, "ssn"]), field(0, 0))).toEqual(["redact", true, "derived"]);
    expect(planned(column(false, [people, "id"], [people, "ssn"]), field(0, 0))).toEqual([
      "null",
      true,
      "derived",
    ]);
  });
  test("that PostgreSQL takes for computed is computed", () => {
    expect(planned(column(true, [people, "email"]), field(0, 0))).toEqual(["null", true, "derived"]);
  });
  test("that may be one of several is hidden", () => {
    expect(planned(column(true, [people, "email"], [orders, "email"]), field(0, 0))).toEqual([
      "null",
      true,
      "derived",
    ]);
    expect(planned(column(true, [people, "email"], [people, "ssn"]), field(0, 0))).toEqual([
      "null",
      true,
      "derived",
    ]);
  });
});

describe("where the witnesses differ, it is NULL", () => {
  test("PostgreSQL names another column", () => {
    expect(planned(column(true, [people, "id"]), field(100, 3))).toEqual(["null", true, "disagreement"]);
    expect(planned(column(true, [people, "id"]), field(300, 1))).toEqual(["null", true, "disagreement"]);
    expect(planned(column(false), field(100, 3))).toEqual(["null", true, "disagreement"]);
  });
  test("PostgreSQL names a relation or column that nobody knows", () => {
    expect(planned(column(true, [people, "id"]), field(999, 1))).toEqual(["null", true, "disagreement"]);
    expect(planned(column(true, [people, "id"]), field(100, 99))).toEqual(["null", true, "disagreement"]);
  });
  test("lineage is not known, or of another number of columns", () => {
    expect(planned(null, field(100, 1))).toEqual(["null", true, "unknown"]);
    const plans = planResult([column(true, [people, "id"])], [field(100, 1), field(100, 3)], null, rules);
    expect(plans.map(({ reason }) => reason)).toEqual(["unknown", "unknown"]);
  });
  test("unless nothing masked is near; and what PostgreSQL itself names as masked is hidden even so", () => {
    const far = { ...rules, touchesMasked: false };
    expect(planned(null, field(300, 1), far)).toEqual(["none", false, "unknown"]);
    expect(planned(null, field(100, 3), far)).toEqual(["null", true, "unknown"]);
    expect(planned(column(true, [people, "id"]), field(100, 3), far)).toEqual(["null", true, "disagreement"]);
  });
});

test("formats are Bind's where there was one", () => {
  const output = [column(true, [people, "id"]), column(true, [people, "email"])];
  const fields = [field(100, 1), field(100, 2)];
  expect(planResult(output, fields, [1], rules).map(({ format }) => format)).toEqual([1, 1]);
  expect(planResult(output, fields, [0, 1], rules).map(({ format }) => format)).toEqual([0, 1]);
  expect(planResult(output, fields, [], rules).map(({ format }) => format)).toEqual([0, 0]);
});

describe("COPY", () => {
  test("goes by lineage alone", () => {
    const output = [
      column(true, [people, "id"]),
      column(true, [people, "email"]),
      column(false, [people, "ssn"]),
    ];
    const plans = planCopy(output, 3, 0, rules);
    expect(plans.map(({ mask, always }) => [mask?.kind ?? "none", always])).toEqual([
      ["none", false],
      ["email", false],
      ["redact", true],
    ]);
    expect(passesUntouched(plans)).toBe(false);
  });
  test("is NULL where that is not known", () => {
    for (const output of [null, [column(true, [people, "id"])]]) {
      const plans = planCopy(output, 2, 0, rules);
      expect(plans.map(({ mask, always }) => [mask?.kind, always])).toEqual([
        ["null", true],
        ["null", true],
      ]);
    }
    expect(passesUntouched(planCopy(null, 2, 0, { ...rules, touchesMasked: false }))).toBe(true);
  });
});
