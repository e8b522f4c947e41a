// No attack of the corpus gets through the gateway: whatever is sent and whatever is answered, afterwards the database is what
// it was, nobody saw a canary, nothing came past a limit. Judged by a connection of its own to PostgreSQL.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Arena } from "../policy/arena.ts";
import { ATTACKS } from "../policy/attacks/index.ts";
import { HARMS } from "../policy/case.ts";
import { type PolicyGateway, startPolicyGateway } from "../policy/gateway.ts";
import { PROFILES, type ProfileName } from "../policy/profiles.ts";

/** Rows, bytes and time are judged where the document limits them, or the attack is about them. */
const BY_LIMITS: ReadonlySet<string> = new Set(["flooded", "slow"]);

let arena: Arena;

beforeAll(async () => {
  arena = await Arena.start();
});

afterAll(() => arena.stop());

describe.each(Object.keys(ATTACKS) as ProfileName[])("under the document %s an agent", (profile) => {
  let gateway: PolicyGateway;

  beforeAll(async () => {
    gateway = await startPolicyGateway(arena, PROFILES[profile]);
  });

  afterAll(() => gateway.stop());

  test.each(ATTACKS[profile].map((attack) => [attack.name, attack] as const))(
    "%s: in vain",
    async (_, attack) => {
      const { harms, played } = await arena.bout(gateway.url, attack);
      const judged = HARMS.filter(
        (harm) => profile === "limits" || harm === attack.harm || !BY_LIMITS.has(harm),
      );
      const done = judged.filter((harm) => harms.has(harm)).map((harm) => `${harm}: ${harms.get(harm)}`);
      expect(done, played.errors.join("\n")).toEqual([]);
      expect(gateway.alive).toBe(true);
    },
  );
});
