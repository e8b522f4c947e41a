// The var SHARDS: what it may say, and where it sends a new session.
import { afterEach, describe, expect, test } from "vitest";
import { parseShards, placeSession, type ShardConfig } from "../../../durable-objects/shards/config.ts";
import { noteSize, placeInRoom } from "../../../durable-objects/shards/fullness.ts";

function read(value: unknown): readonly ShardConfig[] {
  const parsed = parseShards(JSON.stringify(value));
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** Ids as they are: 32 hexadecimal digits, evenly spread. */
function ids(count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    (((i + 1) * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, "0").padEnd(32, "0"),
  );
}

function namesFor(shards: readonly ShardConfig[], target: string): string[] {
  return [...new Set(ids(200).map((id) => placeSession(shards, target, id).name))].toSorted();
}

describe("SHARDS", () => {
  test("absent or empty: the first shard alone, open", () => {
    const first = [{ name: "LEDGER", open: true, targets: null }];
    for (const text of [undefined, "", " ", "{}"])
      expect(parseShards(text)).toEqual({ ok: true, value: first });
  });

  test("the first shard is first, and can be closed; the others follow in their order", () => {
    expect(read({ B: {}, A: { open: false }, LEDGER: { open: false } })).toEqual([
      { name: "LEDGER", open: false, targets: null },
      { name: "B", open: true, targets: null },
      { name: "A", open: false, targets: null },
    ]);
  });

  test.each([
    ["no JSON", "{", "not JSON"],
    ["a list", "[]", "not an object"],
    ["a name that is no binding's", '{"record-1": {}}', "D1 binding"],
    ["an unknown field", '{"A": {"closed": true}}', "A is not understood"],
    ["no targets at all", '{"A": {"targets": []}}', "A is not understood"],
    ["nothing open", '{"LEDGER": {"open": false}}', "has to be open"],
    [
      "nothing open for targets that none names",
      '{"LEDGER": {"open": false}, "A": {"targets": ["shop"]}}',
      'without "targets"',
    ],
    [
      "more than a request may ask",
      JSON.stringify(Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`A${i}`, {}]))),
      "32 shards at most",
    ],
  ])("%s is an error that says so", (_, text, says) => {
    const parsed = parseShards(text);
    expect(parsed.ok ? "" : parsed.error).toContain(says);
  });
});

describe("a new session", () => {
  test("goes to any open shard, evenly, and the same id to the same", () => {
    const shards = read({ A: {}, B: { open: false }, C: {} });
    const counts = new Map<string, number>();
    for (const id of ids(3_000)) {
      const { name } = placeSession(shards, "shop", id);
      expect(placeSession(shards, "shop", id).name).toBe(name);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted()).toEqual(["A", "C", "LEDGER"]);
    for (const count of counts.values()) expect(count).toBeGreaterThan(800);
  });

  test("of a target that open shards name goes to one of those, and no other target does", () => {
    const shards = read({ A: { targets: ["shop"] }, B: { targets: ["shop", "crm"] }, C: {} });
    expect(namesFor(shards, "shop")).toEqual(["A", "B"]);
    expect(namesFor(shards, "crm")).toEqual(["B"]);
    expect(namesFor(shards, "other")).toEqual(["C", "LEDGER"]);
  });

  test("of a target whose shard is closed goes where those go that none names", () => {
    expect(namesFor(read({ A: { targets: ["shop"], open: false } }), "shop")).toEqual(["LEDGER"]);
  });
});

describe("a shard that is nearly full", () => {
  const shards = read({ A: {}, B: { targets: ["shop"] }, C: { open: false } });
  const places = (target: string): string[] => [
    ...new Set(ids(200).map((id) => placeInRoom(shards, target, id).name)),
  ];
  afterEach(() => ["LEDGER", "A", "B"].forEach((name) => noteSize(name, 0)));

  test("gets no new session while another will do", () => {
    expect(places("crm").toSorted()).toEqual(["A", "LEDGER"]);
    noteSize("LEDGER", 9.2e9);
    expect(places("crm")).toEqual(["A"]);
    expect(places("shop")).toEqual(["B"]);
  });

  test("of a target's own leaves the target to the others", () => {
    noteSize("B", 9.2e9);
    expect(places("shop").toSorted()).toEqual(["A", "LEDGER"]);
  });

  test("is filled where all are: the record waits, and nothing is refused for it", () => {
    for (const name of ["LEDGER", "A"]) noteSize(name, 9.2e9);
    expect(places("crm").toSorted()).toEqual(["A", "LEDGER"]);
    expect(places("shop")).toEqual(["B"]);
  });
});
