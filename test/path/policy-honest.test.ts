// What honest programs do passes under the same documents: no refusal, no error but those that PostgreSQL itself answers with,
// and as many rows as PostgreSQL gives without a gateway.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Arena } from "../policy/arena.ts";
import { type PolicyGateway, startPolicyGateway } from "../policy/gateway.ts";
import { HONEST } from "../policy/honest/index.ts";
import { PROFILES, type ProfileName } from "../policy/profiles.ts";

let arena: Arena;
/** Rows that PostgreSQL gives without a gateway, by the conversation: many are held under several documents. */
const directly = new Map<string, number>();

beforeAll(async () => {
  arena = await Arena.start();
});

afterAll(() => arena.stop());

describe.each(Object.keys(HONEST) as ProfileName[])("under the document %s", (profile) => {
  let gateway: PolicyGateway;

  beforeAll(async () => {
    gateway = await startPolicyGateway(arena, PROFILES[profile]);
  });

  afterAll(() => gateway.stop());

  test.each(HONEST[profile].map((honest) => [honest.name, honest] as const))("%s", async (_, honest) => {
    const { played, closed } = await arena.bout(gateway.url, honest);
    const states = played.errors.map((error) => error.slice(0, 5));
    expect(states, played.errors.join("\n")).toEqual(honest.errors ?? []);
    expect(closed).toBe(false);
    const { name: _name, ...conversation } = honest;
    const key = JSON.stringify(conversation);
    const rows = directly.get(key) ?? (await arena.bout(arena.url, honest)).played.rows;
    directly.set(key, rows);
    expect(played.rows).toBe(rows);
  });
});
