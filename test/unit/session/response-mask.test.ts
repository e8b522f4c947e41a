// The answers to one message, frame by frame, as the agent and the record get them.

import { hmacSha256, type MaskRules } from "#core/masking";
import type { Masks } from "#core/policy";
import {
  BACKEND_CODES,
  type BackendMessage,
  decodeBackend,
  encodeBackend,
  errorResponse,
  type Frame,
  noticeResponse,
} from "#core/wire";
import { describe, expect, test } from "vitest";
import { maskAnswer, type Shown } from "../../../durable-objects/session/masking/answers.ts";
import { OwnExchange } from "../../../durable-objects/session/gate/mark.ts";
import { ResponseMask } from "../../../durable-objects/session/masking/response-mask.ts";
import { concat } from "#core/bytes";
import { spell, utf8 } from "../masking/values.ts";
import { factsOf, masksOf } from "./masks.ts";

const PEOPLE = 1;

function responseMask(
  sql: string,
  masks: Masks = masksOf({ kind: "partial", first: 0, last: 2 }),
): ResponseMask {
  const { parsed, facts } = factsOf(sql);
  const people = facts.accesses.find(({ relation }) => relation.name === "people")?.relation;
  const rules: MaskRules = {
    maskOf: (source) => masks.maskOf(source),
    sourcesAt: (_, attribute) =>
      people === undefined ? [] : [{ relation: people, column: ["id", "ssn", "name"][attribute - 1] ?? "" }],
    typeAt: () => undefined,
    touchesMasked: masks.touches(facts),
    types: null,
  };
  const keyed = hmacSha256(new Uint8Array(32));
  return new ResponseMask({
    facts,
    parsed,
    masks,
    rules,
    keyed,
    maxRowBytes: 1024,
    knows: (name) => name === "people",
  });
}

function frame(message: BackendMessage): Frame {
  const bytes = encodeBackend(message);
  return { code: bytes[0] ?? 0, bytes };
}

function described(...columns: readonly (readonly [string, number])[]): Frame {
  return frame({
    kind: "row_description",
    fields: columns.map(([name, attribute]) => ({
      name,
      tableOid: attribute === 0 ? 0 : PEOPLE,
      attribute,
      typeOid: 25,
      typeSize: -1,
      typeModifier: -1,
      format: 0,
    })),
  });
}

const row = (...values: readonly string[]): Frame => frame({ kind: "data_row", values: values.map(utf8) });

function valuesOf(views: readonly Uint8Array[]): readonly (string | null)[] {
  const message = decodeBackend({ code: BACKEND_CODES.data_row, bytes: concat(views) });
  if (!message.ok || message.value.kind !== "data_row") throw new Error("no row");
  return message.value.values.map((value) => (value === null ? null : spell(value)));
}

function shown(given: Shown | "fault"): Shown {
  if (given === "fault") throw new Error("a fault");
  return given;
}

describe("rows", () => {
  test("a masked column is masked, another is not, for both", () => {
    const masks = masksOf({ kind: "partial", first: 0, last: 2 });
    const mask = responseMask("SELECT name, ssn FROM people", masks);
    shown(maskAnswer(described(["name", 3], ["ssn", 2]), { mask }, masks));
    const { agent, record } = shown(maskAnswer(row("Ann", "123456789"), { mask }, masks));
    expect(valuesOf(agent)).toEqual(["Ann", "***89"]);
    expect(record).toEqual(agent);
    expect(mask.masked).toEqual([{ result: 0, column: 1, mask: "partial", reason: "masked" }]);
  });

  test("for the record alone", () => {
    const masks = masksOf({ kind: "redact" }, { agent: false });
    const mask = responseMask("SELECT ssn FROM people", masks);
    shown(maskAnswer(described(["ssn", 2]), { mask }, masks));
    const { agent, record } = shown(maskAnswer(row("123456789"), { mask }, masks));
    expect(valuesOf(agent)).toEqual(["123456789"]);
    expect(valuesOf(record)).toEqual(["***"]);
  });

  test("an Execute's rows wait for a description of ours, and without one are a fault", () => {
    const masks = masksOf({ kind: "redact" });
    const mask = responseMask("SELECT ssn FROM people", masks);
    expect(mask.wantsDescription).toBe(true);
    expect(maskAnswer(row("123456789"), { mask }, masks)).toBe("fault");
    const own = new OwnExchange();
    own.take(described(["ssn", 2]));
    mask.describedBy(own);
    expect(mask.wantsDescription).toBe(false);
    expect(valuesOf(shown(maskAnswer(row("123456789"), { mask }, masks)).agent)).toEqual(["***"]);
  });

  test("of a message that nobody has a mask for are a fault", () => {
    expect(maskAnswer(row("123"), null, masksOf({ kind: "redact" }))).toBe("fault");
  });

  test("what the statement does not touch needs no description", () => {
    const mask = responseMask("SELECT body FROM notes");
    expect(mask.wantsDescription).toBe(false);
    expect(valuesOf(shown(maskAnswer(row("a"), { mask }, mask.masks)).agent)).toEqual(["a"]);
  });

  test("a row that does not fit its description is a fault", () => {
    const masks = masksOf({ kind: "redact" });
    const mask = responseMask("SELECT ssn FROM people", masks);
    shown(maskAnswer(described(["ssn", 2]), { mask }, masks));
    expect(maskAnswer(row("1", "2"), { mask }, masks)).toBe("fault");
  });

  test("a plan that quotes what the record does not keep is the agent's alone", () => {
    const plan = row("Seq Scan on people  Filter: (ssn = '123-45-6789'::text)");
    const masks = masksOf({ kind: "redact" });
    const mask = responseMask("EXPLAIN SELECT 1 FROM people WHERE ssn = '123-45-6789'", masks);
    shown(maskAnswer(described(["QUERY PLAN", 0]), { mask }, masks));
    const { agent, record } = shown(maskAnswer(plan, { mask }, masks));
    expect(agent).toEqual([plan.bytes]);
    expect(valuesOf(record)).toEqual([null]);
  });

  test("a detector looks at what no rule masks", () => {
    const masks = masksOf({ kind: "redact" }, { detect: { email: "mask", us_ssn: "observe" } });
    const mask = responseMask("SELECT body FROM notes", masks);
    shown(maskAnswer(described(["body", 0]), { mask }, masks));
    const { agent } = shown(maskAnswer(row("write to ann@example.com"), { mask }, masks));
    expect(valuesOf(agent)).toEqual(["write to ***"]);
    expect([...mask.detected]).toEqual([["email", 1]]);
  });
});

describe("texts", () => {
  const leak = errorResponse({
    severity: "ERROR",
    sqlstate: "23505",
    message: 'duplicate key value violates unique constraint "people"',
    detail: "Key (ssn)=(123-45-6789) already exists.",
  });
  const notice = noticeResponse({ severity: "NOTICE", sqlstate: "00000", message: "it is 123-45-6789" });
  const text = (views: readonly Uint8Array[]): string => new TextDecoder().decode(concat(views));

  test.each([leak, notice])("of a statement that touches a masked column say no values", (bytes) => {
    const mask = responseMask("SELECT ssn FROM people");
    const { agent, record } = shown(maskAnswer({ code: bytes[0] ?? 0, bytes }, { mask }, mask.masks));
    expect(text(agent)).not.toContain("6789");
    expect(text(record)).not.toContain("6789");
  });

  test.each([leak, notice])("of a message that nobody has a mask for neither", (bytes) => {
    const { agent } = shown(maskAnswer({ code: bytes[0] ?? 0, bytes }, null, masksOf({ kind: "redact" })));
    expect(text(agent)).not.toContain("6789");
  });

  test("of another statement stay", () => {
    const mask = responseMask("SELECT body FROM notes");
    expect(shown(maskAnswer({ code: leak[0] ?? 0, bytes: leak }, { mask }, mask.masks)).agent).toEqual([
      leak,
    ]);
  });

  test("of a COMMIT, where deferred triggers run, say no values", () => {
    const mask = responseMask("COMMIT");
    const { agent } = shown(maskAnswer({ code: leak[0] ?? 0, bytes: leak }, { mask }, mask.masks));
    expect(text(agent)).not.toContain("6789");
  });

  test("a notification says that there is one", () => {
    const told = frame({ kind: "notification_response", processId: 1, channel: "c", payload: "123-45-6789" });
    const { agent } = shown(maskAnswer(told, null, masksOf({ kind: "redact" })));
    expect(text(agent)).not.toContain("6789");
  });
});
