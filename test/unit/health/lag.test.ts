// When a session says that D1 does not take its record.

import { expect, test } from "vitest";
import { Lag } from "../../../durable-objects/journal/lag.ts";

test("a hiccup is no news, and what lasts is said each minute", () => {
  const lag = new Lag();
  lag.journalled(1_000);
  lag.journalled(5_000);
  expect(lag.say(2_000)).toBeNull();
  expect(lag.say(11_000)).toBe(1_000);
  expect(lag.say(30_000)).toBeNull();
  expect(lag.say(71_000)).toBe(1_000);
});

test("what came during a drain counts from when it came, and the rest is done with", () => {
  const lag = new Lag();
  lag.journalled(1_000);
  lag.begins();
  lag.journalled(9_000);
  expect(lag.ends()).toBe(false);
  expect(lag.say(12_000)).toBeNull();
  expect(lag.say(19_000)).toBe(9_000);
});

test("whoever was told that it is behind is told that it is not any more, once", () => {
  const lag = new Lag();
  lag.journalled(1_000);
  lag.begins();
  expect(lag.say(20_000)).toBe(1_000);
  lag.begins();
  expect(lag.ends()).toBe(true);
  lag.begins();
  expect(lag.ends()).toBe(false);
  expect(lag.say(99_000)).toBeNull();
});
