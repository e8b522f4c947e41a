// No secret of the corpus gets out: not to the agent, in any form, and not into the record. Every case is played in two worlds
// whose secrets differ and nothing else: what comes back must hold no secret, and under `strict` it must be the same in both.
// A case counts for something only if it leaks where nobody masks: a tenth is shown in each run, all with ATTACKS=all.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LeakArena } from "../masking/leaks/arena.ts";
import type { Leak } from "../masking/leaks/case.ts";
import { LEAKS } from "../masking/leaks/cases/index.ts";
import { DOCUMENTS, type DocumentName, OPEN } from "../masking/leaks/documents.ts";
import { type MaskingGateway, startMaskingGateway } from "../masking/leaks/gateway.ts";
import { endedSessions, fromApi, fromFiles, type Kept } from "../masking/leaks/record.ts";

const ALL = process.env["ATTACKS"] === "all";
const EVERY = ALL ? 1 : 10;
/** Each case is played under one document in each run, half of them under the one that allows most; under all with ATTACKS=all. */
const PART = { owner: [2, 0], strict: [4, 1], standard: [4, 3] } as const satisfies Record<
  DocumentName,
  readonly [number, number]
>;
/** For work on a part of the corpus. */
const ONLY = process.env["LEAKS"] ?? "";

const chosen = LEAKS.filter(({ name }) => name.includes(ONLY));
const named = (leaks: readonly Leak[]): readonly (readonly [string, Leak])[] =>
  leaks.map((leak) => [leak.name, leak] as const);
const shown = chosen.filter((_, at) => at % EVERY === 0);

let arena: LeakArena;

beforeAll(async () => {
  arena = await LeakArena.start();
});

afterAll(() => arena.stop());

test("the corpus has at least 400 cases, each with a name of its own", () => {
  expect(LEAKS.length).toBeGreaterThanOrEqual(400);
  expect(new Set(LEAKS.map(({ name }) => name)).size).toBe(LEAKS.length);
});

describe("without a gateway", () => {
  test.each(named(shown.filter(({ kind }) => kind !== "records")))("%s: leaks", async (_, leak) => {
    const { found, difference, errors } = await arena.play(arena.direct, leak);
    const leaks = leak.kind === "shows" ? found.size > 0 : difference !== null;
    expect(leaks, errors.join("\n")).toBe(true);
  });
});

describe("under a document without masks", () => {
  let open: MaskingGateway<"open">;

  beforeAll(async () => {
    open = await startMaskingGateway(arena, { open: OPEN });
  });

  afterAll(() => open.stop());

  const recorded = shown.filter(({ kind }) => kind === "records");

  test("what the agent writes is in the record", async () => {
    for (const leak of recorded) await arena.play(open.ways("open"), leak);
    await arena.leave();
    const found = new Set<string>();
    for await (const kept of fromApi(open.gateway, await endedSessions(open.gateway)))
      for (const name of arena.search.find(kept.bytes).keys()) found.add(name.split(":{{")[0] ?? "");
    expect(
      recorded.length === 0
        ? []
        : recorded.filter(({ name }) => !found.has(`typed:${name}`)).map(({ name }) => name),
    ).toEqual([]);
  }, 300_000);
});

describe("under a document with masks", () => {
  let masking: MaskingGateway<DocumentName>;

  beforeAll(async () => {
    masking = await startMaskingGateway(arena, DOCUMENTS);
  });

  afterAll(() => masking.stop());

  describe.each(Object.keys(DOCUMENTS) as DocumentName[])("%s", (document) => {
    const [parts, part] = ALL ? [1, 0] : PART[document];
    test.each(named(chosen.filter((_, at) => at % parts === part)))("%s: in vain", async (_, leak) => {
      const { found, difference, errors } = await arena.play(masking.ways(document), leak);
      // The agent may be shown what it has written itself, in a plan or as a statement's text; the record may not.
      const leaks = [...found].filter(([name]) => leak.kind !== "records" || !name.startsWith("typed:"));
      expect(leaks, errors.join("\n")).toEqual([]);
      // Where equality is answered, and where a hash is shown, the worlds may differ.
      const same = document !== "standard" || (leak.kind === "tells" && leak.equality !== true);
      if (same) expect(difference, errors.join("\n")).toBe(null);
      expect(masking.gateway.alive).toBe(true);
    });
  });

  describe("in the end no secret is", () => {
    const leaksOf = (kept: Kept, search = arena.search): readonly string[] =>
      [...search.find(kept.bytes)].map(([name, where]) => `${name} in ${kept.from}: ${where}`);

    test("in what the API gives of the record", async () => {
      await arena.leave();
      const leaks: string[] = [];
      for await (const kept of fromApi(masking.gateway, await endedSessions(masking.gateway)))
        leaks.push(...leaksOf(kept));
      expect(leaks).toEqual([]);
    }, 300_000);

    test("in D1, in the objects' storage, and in what the gateway wrote to its terminal", () => {
      const kept = [...fromFiles(masking.gateway)];
      expect(kept.flatMap((one) => leaksOf(one, arena.searchAmongHashes))).toEqual([]);
    }, 300_000);
  });
});
