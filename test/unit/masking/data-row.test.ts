// DataRow frames: what is masked is replaced, everything else is the same bytes, and a row of another plan gives nothing.

import { RowMasker, type ColumnPlan } from "#core/masking";
import { decodeBackend, encodeBackend, type Value } from "#core/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hidden, plain } from "./plans.ts";
import { keyed, utf8 } from "./values.ts";

class Parts {
  readonly parts: Uint8Array[] = [];
  add(part: Uint8Array): void {
    this.parts.push(part);
  }
  get bytes(): Uint8Array {
    return Uint8Array.from(this.parts.flatMap((part) => [...part]));
  }
}

const code = 0x44;

function frameOf(values: readonly Value[]): { readonly code: number; readonly bytes: Uint8Array } {
  return { code, bytes: encodeBackend({ kind: "data_row", values }) };
}

function rowOf(bytes: Uint8Array): readonly (string | null)[] {
  const message = decodeBackend({ code, bytes });
  if (!message.ok || !("kind" in message.value) || message.value.kind !== "data_row")
    throw new Error("no row");
  return message.value.values.map((value) => (value === null ? null : new TextDecoder().decode(value)));
}

function mask(plans: readonly ColumnPlan[], values: readonly Value[]): readonly (string | null)[] | null {
  const sink = new Parts();
  return new RowMasker(plans, keyed).mask(frameOf(values), sink) ? rowOf(sink.bytes) : null;
}

describe("a row", () => {
  test("keeps what is not masked, and NULLs", () => {
    const plans = [
      plain("int4"),
      hidden({ kind: "email" }),
      plain(),
      hidden({ kind: "redact" }),
      hidden({ kind: "null" }),
    ];
    expect(mask(plans, [utf8("1"), utf8("alice@example.com"), null, null, utf8("x")])).toEqual([
      "1",
      "a***@***.com",
      null,
      null,
      null,
    ]);
  });
  test("shows the same for NULL where a column is computed", () => {
    const plans = [hidden({ kind: "redact" }, "text", 0, true), hidden({ kind: "null" }, "text", 0, true)];
    expect(mask(plans, [null, utf8("x")])).toEqual(["***", null]);
  });
  test("of another plan gives nothing", () => {
    const plans = [hidden({ kind: "redact" })];
    expect(mask(plans, [])).toBe(null);
    expect(mask(plans, [null, null])).toBe(null);
    const whole = frameOf([utf8("secret")]).bytes;
    for (let length = 5; length < whole.length; length++) {
      const sink = new Parts();
      expect(new RowMasker(plans, keyed).mask({ code, bytes: whole.subarray(0, length) }, sink)).toBe(false);
      expect(sink.parts).toEqual([]);
    }
    const longer = Uint8Array.from([...whole, 0]);
    expect(new RowMasker(plans, keyed).mask({ code, bytes: longer }, new Parts())).toBe(false);
  });
  test("without anything masked is handed on as it is", () => {
    const frame = frameOf([utf8("1"), null]);
    const sink = new Parts();
    expect(new RowMasker([plain(), plain()], keyed).mask(frame, sink)).toBe(true);
    expect(sink.parts[0]).toBe(frame.bytes);
  });
  test("of a large size is not copied but for what is masked", () => {
    const large = new Uint8Array(1_000_000).fill(0x61);
    const frame = frameOf([large, utf8("secret"), large]);
    const sink = new Parts();
    expect(new RowMasker([plain(), hidden({ kind: "redact" }), plain()], keyed).mask(frame, sink)).toBe(true);
    const copied = sink.parts.filter((part) => part.buffer !== frame.bytes.buffer);
    expect(copied.reduce((sum, part) => sum + part.length, 0)).toBeLessThan(40);
    expect(rowOf(sink.bytes).map((value) => value?.length)).toEqual([1_000_000, 3, 1_000_000]);
  });
});

test("many small rows lie one behind the other, so that a run of views is one", () => {
  const masker = new RowMasker([plain("int4"), hidden({ kind: "redact" })], keyed);
  const sink = new Parts();
  for (let row = 0; row < 200; row++) masker.mask(frameOf([utf8(String(row)), utf8("secret")]), sink);
  const joined = sink.parts.filter((part, at) => {
    const before = sink.parts[at - 1];
    return before?.buffer === part.buffer && before.byteOffset + before.length === part.byteOffset;
  });
  expect(joined.length).toBe(199);
});

test("any rows keep what is plain and lose what is masked", () => {
  const value = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null });
  fc.assert(
    fc.property(
      fc.array(fc.array(value, { minLength: 3, maxLength: 3 }), { maxLength: 20 }),
      fc.boolean(),
      (rows, big) => {
        const masker = new RowMasker([plain(), hidden({ kind: "redact" }), plain()], keyed);
        const padding = big ? new Uint8Array(20_000) : new Uint8Array(0);
        const sink = new Parts();
        const expected: number[] = [];
        for (const [a = null, b = null, c = null] of rows) {
          const last = c === null ? null : Uint8Array.from([...c, ...padding]);
          expect(masker.mask(frameOf([a, b, last]), sink)).toBe(true);
          expected.push(...frameOf([a, b === null ? null : utf8("***"), last]).bytes);
        }
        expect(
          sink.bytes.every((byte, at) => byte === expected[at]) && sink.bytes.length === expected.length,
        ).toBe(true);
      },
    ),
  );
});
