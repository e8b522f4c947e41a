// Every attack of the corpus is one: played against PostgreSQL itself, with nobody between, it does the harm that it says. A
// case that does none would hold nothing.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Arena } from "../policy/arena.ts";
import { ATTACKS } from "../policy/attacks/index.ts";

/** What PostgreSQL is told where a case is about leaving what it holds. */
const READ_ONLY = "-c default_transaction_read_only=on";

/** All of them take four minutes: each run plays a part, `ATTACKS=all` the whole. */
const EVERY = process.env["ATTACKS"] === "all" ? 1 : 10;

let arena: Arena;

beforeAll(async () => {
  arena = await Arena.start();
});

afterAll(() => arena.stop());

describe.each(Object.entries(ATTACKS))("%s", (_, all) => {
  const attacks = all.filter(({ gatewayOnly }, i) => gatewayOnly !== true && i % EVERY === 0);
  test.each(attacks.map((attack) => [attack.name, attack] as const))("%s", async (_, attack) => {
    const { startup = {}, escapes } = attack;
    const options = escapes === true ? [READ_ONLY, startup["options"] ?? ""].join(" ") : startup["options"];
    const { harms, played } = await arena.bout(arena.url, {
      ...attack,
      startup: options === undefined ? startup : { ...startup, options },
    });
    expect([...harms.keys()], played.errors.join("\n")).toContain(attack.harm);
  });
});
