// Policy documents over HTTP on a real D1: versions, who and when, optimistic concurrency, and what is refused.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openLedger } from "../records/database.ts";
import { start } from "../records/entries.ts";
import { Ledger } from "../../../durable-objects/ledger/index.ts";
import { carryChanges, waitingChanges } from "../../../durable-objects/log/d1-outbox.ts";
import { canonicalJson, type ChangeLeaf, leafSubject } from "#core/record";
import type { LogReader } from "../../../worker/log/history.ts";
import { policyDifferences } from "../../../worker/verification/policies.ts";
import { PolicyStore } from "../../../durable-objects/policies/index.ts";
import { openApi, SESSION_KEY, type Api } from "./api.ts";

const FIRST = "extends: read-only # as it was sent\n";
const SECOND = "extends: agent\n";
const POLICY = "/targets/shop/policy";

let db: D1Database;
let api: Api;

beforeAll(async () => {
  db = await openLedger();
});

beforeEach(async () => {
  await db.exec("delete from policies");
  await db.exec("delete from log_outbox");
  api = openApi(db);
});

async function put(body: string, headers: Record<string, string>): Promise<Response> {
  return api.call(`PUT ${POLICY}`, { body, headers });
}

async function putFirst(): Promise<void> {
  expect((await put(FIRST, { "if-none-match": "*" })).status).toBe(201);
}

test("the first version is put where there is none, and read as it was sent, with who and when", async () => {
  const created = await api.call(`PUT ${POLICY}?comment=why`, {
    body: FIRST,
    headers: { "if-none-match": "*", "x-subject": "ann" },
  });
  expect(created.status).toBe(201);
  expect(created.headers.get("etag")).toBe('"1"');
  const version = {
    id: "shop:1",
    target: "shop",
    version: 1,
    created_at: "2026-11-20T12:00:00.000Z",
    created_by: { issuer: "https://issuer.test", subject: "ann" },
    comment: "why",
  };
  expect(await created.json()).toEqual(version);

  const read = await api.call(`GET ${POLICY}`);
  expect(read.headers.get("etag")).toBe('"1"');
  expect(read.headers.get("cache-control")).toBe("no-store");
  expect(await read.json()).toEqual({ ...version, document: FIRST });

  const yaml = await api.call(`GET ${POLICY}`, { headers: { accept: "application/yaml" } });
  expect(yaml.headers.get("content-type")).toMatch(/^application\/yaml/);
  expect(yaml.headers.get("etag")).toBe('"1"');
  expect(await yaml.text()).toBe(FIRST);
});

test("what is stored is told to the log in the same step, and what is not stored is not", async () => {
  await putFirst();
  expect((await put(SECOND, { "if-match": '"7"' })).status).toBe(412);
  expect((await put(SECOND, { "if-match": '"1"' })).status).toBe(200);
  const store = new PolicyStore(db);
  const second = await store.version("shop", 2);
  // Somebody else was faster.
  expect(second !== null && (await store.add({ ...second, comment: "late" }, SESSION_KEY))).toBe(false);
  expect(
    (await waitingChanges(db, SESSION_KEY)).map((leaf) => "version" in leaf && [leaf.version, leaf.comment]),
  ).toEqual([
    [1, ""],
    [2, ""],
  ]);
});

test("a policy that was not stored here, was edited or taken away in D1 is told from what the log has", async () => {
  const env = { LEDGER: db, SESSION_KEY };
  const leaves: ChangeLeaf[] = [];
  const log: LogReader = {
    about: async (target, types, after) =>
      leaves
        .map((leaf, index) => ({ leaf, index }))
        .filter(
          ({ leaf, index }) => index > after && types.includes(leaf.type) && leafSubject(leaf) === target,
        )
        .map(({ leaf, index }) => ({ index, leaf: canonicalJson(leaf) })),
  };
  const differences = (): Promise<readonly string[]> => policyDifferences(env, log, "shop");
  const of = (version: number, what: string): string => `version ${version} of the policy of shop ${what}`;
  await putFirst();
  // Of what was stored before the log had policies nothing is known.
  expect(await differences()).toEqual([]);
  await carryChanges(db, SESSION_KEY, (leaf) => Promise.resolve(leaves.push(leaf)));
  expect((await put(SECOND, { "if-match": '"1"' })).status).toBe(200);
  // It is on its way.
  expect(await differences()).toEqual([]);
  await carryChanges(db, SESSION_KEY, (leaf) => Promise.resolve(leaves.push(leaf)));
  expect(await differences()).toEqual([]);

  await db.exec("update policies set document = 'extends: owner' where version = 2");
  expect(await differences()).toEqual([of(2, "is not what the log says that was stored")]);
  await db.exec("delete from policies where version = 2");
  expect(await differences()).toEqual([of(2, "is in the log, and gone from D1")]);
  await db.exec(
    "insert into policies select target, 9, created_at, issuer, subject, comment, document from policies",
  );
  await db.exec(
    'insert into log_outbox select 1, \'{"type": "sluice.policy/1", "target": "shop", "version": 9}\'',
  );
  expect(await differences()).toEqual([of(9, "is in D1, and the log has nothing of it")]);
});

describe("a version on top of another", () => {
  beforeEach(putFirst);

  test("is taken where the writer read the one in force, and answers the new one", async () => {
    const updated = await put(SECOND, { "if-match": '"1"', "sluice-comment": "by header" });
    expect(updated.status).toBe(200);
    expect(updated.headers.get("etag")).toBe('"2"');
    expect(await updated.json()).toMatchObject({ version: 2, comment: "by header" });
    expect(await (await api.call(`GET ${POLICY}`)).json()).toMatchObject({ version: 2, document: SECOND });
    expect(await (await api.call(`GET ${POLICY}/versions/1`)).json()).toMatchObject({ document: FIRST });
  });

  test.each([
    ["another version", { "if-match": '"2"' }, 412],
    ["none", { "if-none-match": "*" }, 412],
    ["the default", { "if-match": '"default"' }, 412],
    ["nothing at all", {}, 428],
    ["any", { "if-match": "*" }, 400],
    ["a weak tag", { "if-match": 'W/"1"' }, 400],
    ["a number without quotes", { "if-match": "1" }, 400],
    ["two things at once", { "if-match": '"1"', "if-none-match": '"1"' }, 400],
  ] as const)("is refused where the writer read %s", async (_, headers, status) => {
    const answer = await put(SECOND, headers);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    if (status === 412) expect(await answer.json()).toMatchObject({ current_version: 1 });
    expect(await (await api.call(`GET ${POLICY}`)).json()).toMatchObject({ version: 1 });
  });

  test("is one of those that come at the same time: the others are told", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => put(`${SECOND}# ${i}\n`, { "if-match": '"1"' })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array<number>(7).fill(412),
    ]);
    const listed = await (await api.call(`GET ${POLICY}/versions`)).json<{ data: unknown[] }>();
    expect(listed.data).toHaveLength(2);
  });
});

test("a document with faults is refused with the line and column of each, and nothing is stored", async () => {
  const answer = await put("extends: agnt\nrules:\n  - { id: a, then: maybe }\n", { "if-none-match": "*" });
  expect(answer.status).toBe(422);
  const problem = await answer.json<{ detail: string; diagnostics: { line: number; column: number }[] }>();
  expect(problem.detail).toMatch(/line 1, column 10: /);
  expect(problem.diagnostics).toContainEqual(
    expect.objectContaining({ severity: "error", line: 1, column: 10, path: "extends" }),
  );
  expect(problem.diagnostics.map(({ line }) => line)).toContain(3);
  expect((await api.call(`GET ${POLICY}`)).status).toBe(404);
});

test("a body that is no UTF-8, or too large, is refused before anything else is done with it", async () => {
  const bytes = await api.app.request(
    `/v1${POLICY}`,
    { method: "PUT", headers: { "x-role": "admin", "if-none-match": "*" }, body: Uint8Array.of(0xff, 0xfe) },
    { LEDGER: db, TARGETS: '{"shop": {}}' },
  );
  expect(bytes.status).toBe(400);
  expect((await put("#".repeat(1024 * 1024), { "if-none-match": "*" })).status).toBe(413);
});

test("versions are listed newest first, a page at a time, without their documents", async () => {
  await putFirst();
  for (let version = 1; version < 5; version++) await put(SECOND, { "if-match": `"${version}"` });
  const seen: number[] = [];
  let path = `${POLICY}/versions?limit=2`;
  for (;;) {
    const page = await (
      await api.call(`GET ${path}`)
    ).json<{ data: { version: number; document?: string }[]; next_cursor: string | null }>();
    expect(page.data.every((item) => !("document" in item))).toBe(true);
    seen.push(...page.data.map(({ version }) => version));
    if (page.next_cursor === null) break;
    path = `${POLICY}/versions?limit=2&cursor=${page.next_cursor}`;
  }
  expect(seen).toEqual([5, 4, 3, 2, 1]);
});

test("without a policy of its own a target has the default, and a first version goes on top of it", async () => {
  api = openApi(db, { defaultPolicy: FIRST });
  const read = await api.call(`GET ${POLICY}`);
  expect(read.headers.get("etag")).toBe('"default"');
  expect(await read.json()).toMatchObject({ version: null, created_by: null, document: FIRST });
  expect((await put(SECOND, { "if-match": '"default"' })).status).toBe(201);
  expect(await (await api.call(`GET ${POLICY}`)).json()).toMatchObject({ version: 1, document: SECOND });
});

test("auditors read, admins write, others do neither", async () => {
  await putFirst();
  for (const path of [POLICY, `${POLICY}/versions`, `${POLICY}/versions/1`]) {
    expect((await api.call(`GET ${path}`, { role: "auditor" })).status).toBe(200);
    for (const role of ["agent", "approver", "nobody"] as const)
      expect((await api.call(`GET ${path}`, { role })).status).toBe(403);
  }
  for (const role of ["agent", "approver", "auditor", "nobody"] as const) {
    const answer = await api.call(`PUT ${POLICY}`, { role, body: SECOND, headers: { "if-match": '"1"' } });
    expect(answer.status).toBe(403);
  }
});

test("what is not there is a 404, what is not understood a 400 that names it", async () => {
  expect((await api.call("GET /targets/elsewhere/policy")).status).toBe(404);
  expect((await api.call(`PUT /targets/elsewhere/policy`, { body: FIRST })).status).toBe(404);
  for (const version of ["9", "0", "x", "1.5"])
    expect((await api.call(`GET ${POLICY}/versions/${version}`)).status).toBe(404);
  const stray = await api.call(`GET ${POLICY}?version=1`);
  expect(stray.status).toBe(400);
  expect(await stray.json()).toMatchObject({ parameter: "version" });
});

test("a change is told to the live sessions of its target, and one that does not hear it holds up nobody", async () => {
  const ledger = new Ledger(db);
  const id = (digit: number): string => String(digit).repeat(32);
  const batch = { end: null, statements: [], chunks: [], events: [] };
  await ledger.write({ ...batch, sessionId: id(1), start: start(id(1)) });
  await ledger.write({ ...batch, sessionId: id(2), start: start(id(2)) });
  await ledger.write({ ...batch, sessionId: id(3), start: start(id(3), { target: "other" }) });
  await ledger.write({
    ...batch,
    sessionId: id(4),
    start: start(id(4)),
    end: { endedAt: Date.now(), reason: "agent_terminated", detail: null },
  });
  api = openApi(db, {
    policyChanged: (session) => (session === id(2) ? Promise.reject(new Error("gone")) : Promise.resolve()),
  });
  await putFirst();
  await api.settled();
  expect(api.told.toSorted()).toEqual([id(1), id(2)]);
});
