// Retention on a real D1 and a real bucket: what is due goes, archived where a rule says so and told to the log; the rest stays.
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { canonicalJson, type ChangeLeaf, type Leaf } from "#core/record";
import { type Verdict, verifyExport } from "../../../client-shim/src/record/index.ts";
import { jsonLines } from "../../../client-shim/src/record/lines.ts";
import { link } from "../../../durable-objects/journal/chain.ts";
import { Ledger } from "../../../durable-objects/ledger/index.ts";
import { carryChanges, waitingChanges } from "../../../durable-objects/log/d1-outbox.ts";
import { seal } from "../../../durable-objects/log/seal.ts";
import { headSigner, readRecordKey, type RecordKey } from "../../../durable-objects/record-key.ts";
import type { FindInclusion } from "../../../worker/records/export/lines.ts";
import { verifySession, WEB_CRYPTO } from "../../../worker/records/export/verify.ts";
import { readRules, type Rules } from "../../../worker/retention/rules.ts";
import { type Swept, sweep } from "../../../worker/retention/sweep.ts";
import { openApiUnderTest } from "./api.ts";
import { openLedger } from "./database.ts";
import { batch, intent, outcome, start, T0 } from "./entries.ts";

declare module "cloudflare:workers" {
  namespace Cloudflare {
    interface Env {
      readonly RECORDS: R2Bucket;
    }
  }
}

const DAY_MS = 86_400_000;
const SESSION_KEY = "5e".repeat(32);
const TABLES = ["sessions", "statements", "chunks", "events", "heads", "facets"] as const;

let db: D1Database;
let key: RecordKey;
let leaves: Leaf[];
/** Sessions that the log has a hold on. */
let held: Set<string>;

beforeAll(async () => {
  const read = await readRecordKey("2a".repeat(32));
  if (!read.ok) throw new Error(read.error);
  key = read.value;
});

beforeEach(async () => {
  db = await openLedger();
  await db.batch([...TABLES, "log_outbox"].map((table) => db.prepare(`DELETE FROM ${table}`)));
  leaves = [];
  held = new Set();
});

/** One that has ended, chained and signed, with a result that is partly in the bucket. */
async function recorded(target: string): Promise<string> {
  const id = crypto.randomUUID().replaceAll("-", "");
  const from = start(id, { target });
  const bytes = new TextEncoder().encode("a line like any other, ".repeat(200));
  const chunks = Array.from({ length: 6 }, (_, n) => {
    const chunk = { id: n + 2, seq: 1, stream: "response" as const, n, bytes };
    return { kind: "chunk" as const, place: n + 2, chunk };
  });
  const asked = intent(1, "SELECT 1", {
    kinds: ["select"],
    relations: [{ name: "public.a", access: "read" }],
  });
  const answered = outcome(1, { responseBytes: 6 * bytes.length + 3 });
  const end = { endedAt: T0 + 60_000, reason: "agent_terminated" as const, detail: null };
  const statement = {
    seq: 1,
    revision: 8,
    asked: 1,
    intent: asked,
    outcome: answered,
    responseTail: Uint8Array.of(1, 2, 3),
  };
  const finals = [...chunks, { kind: "statement" as const, place: 8, statement }];
  const linked = await link({ entries: 0, hash: "0".repeat(64) }, from, finals, end, () => null);
  const head = await headSigner(key)({
    ...(linked.whole ?? linked.chain),
    session: id,
    at: end.endedAt,
    final: true,
  });
  await new Ledger(db, env.RECORDS).write(
    batch(id, { ...linked, start: from, end, chainEnd: linked.whole, head }),
  );
  return id;
}

function round(
  rules: Rules,
  days: number,
  bucket: R2Bucket | null = env.RECORDS,
  findInclusion: FindInclusion = () => Promise.resolve(null),
): Promise<Swept> {
  const keys = new Map([[key.public.kid, key.public.x]]);
  return sweep(rules, {
    db,
    bucket,
    append: (leaf) => Promise.resolve(leaves.push(leaf) - 1),
    findInclusion,
    isHeld: (session) => Promise.resolve(held.has(session)),
    verify: (source, session) => verifySession(source, session, keys, findInclusion),
    now: () => T0 + days * DAY_MS,
    most: 50,
  });
}

async function rows(id: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of TABLES) {
    const column = table === "sessions" ? "id" : "session_id";
    const row = await db
      .prepare(`SELECT count(*) AS n FROM ${table} WHERE ${column} = ?`)
      .bind(id)
      .first<{ n: number }>();
    counts[table] = row?.n ?? 0;
  }
  return counts;
}

const GONE = Object.fromEntries(TABLES.map((table) => [table, 0]));

describe("a session past its days", () => {
  test("is deleted to the last row and object, and the log says so", async () => {
    const [old, other] = [await recorded("shop"), await recorded("bank")];
    expect(await round({ shop: { days: 90, afterwards: "delete" } }, 89)).toEqual({ deleted: [], left: [] });
    expect(await round({ shop: { days: 90, afterwards: "delete" } }, 91)).toEqual({
      deleted: [old],
      left: [],
    });
    expect(await rows(old)).toEqual(GONE);
    expect((await env.RECORDS.list({ prefix: `sessions/${old}/` })).objects).toEqual([]);
    expect(await rows(other)).toMatchObject({ sessions: 1, statements: 1, chunks: 6, heads: 1 });
    expect(leaves).toMatchObject([
      { type: "sluice.deletion/1", session: old, by: "retention", reason: "deleted 90 days after its end" },
    ]);
  });

  test("is archived first where the rule says so, as an export that is whole", async () => {
    const id = await recorded("shop");
    expect((await round({ "*": { days: 1, afterwards: "archive" } }, 2)).deleted).toEqual([id]);
    expect(await rows(id)).toEqual(GONE);
    const object = await env.RECORDS.get(`archive/shop/2026-11-20/${id}.ndjson`);
    const keys = new Map([[key.public.kid, key.public.x]]);
    const bytes = new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer(0));
    async function* once(): AsyncGenerator<Uint8Array> {
      yield bytes;
    }
    const verdict: Verdict = await verifyExport(jsonLines(once()), keys, WEB_CRYPTO);
    expect(verdict).toMatchObject({ verdict: "whole", session: id, entries: 10 });
  });

  test("stays where it cannot be archived, and where it was tampered with", async () => {
    const [first, second] = [await recorded("shop"), await recorded("bank")];
    const swept = await round({ shop: { days: 1, afterwards: "archive" } }, 2, null);
    // Without the bucket a part of it is missing as well, and that is told first.
    expect(swept).toEqual({
      deleted: [],
      left: [{ session: first, why: "its record is broken: see verify" }],
    });
    await db.prepare("UPDATE statements SET outcome = '{}' WHERE session_id = ?").bind(second).run();
    expect((await round({ bank: { days: 1, afterwards: "delete" } }, 2)).left).toEqual([
      { session: second, why: "its record is broken: see verify" },
    ]);
    expect(leaves).toEqual([]);
  });

  test("is not called broken where the bucket does not answer; what is swollen in D1 or there is", async () => {
    const id = await recorded("shop");
    const down = { get: () => Promise.reject(new Error("canary")) } as unknown as R2Bucket;
    const rules: Rules = { shop: { days: 1, afterwards: "delete" } };
    await expect(round(rules, 2, down)).rejects.toThrow("does not answer");
    const broken = { deleted: [], left: [{ session: id, why: "its record is broken: see verify" }] };
    const [object] = (await env.RECORDS.list({ prefix: `sessions/${id}/` })).objects;
    const whole = await (await env.RECORDS.get(object?.key ?? ""))?.arrayBuffer();
    await env.RECORDS.put(object?.key ?? "", new Uint8Array(9 * 1024 * 1024));
    expect(await round(rules, 2)).toEqual(broken);
    await env.RECORDS.put(object?.key ?? "", whole ?? "");
    // Two megabytes that would be two gigabytes.
    const zeros = new Blob([new Uint8Array(64 * 1024 * 1024)]).stream();
    const bomb = await new Response(zeros.pipeThrough(new CompressionStream("deflate-raw"))).arrayBuffer();
    const swell = "UPDATE chunks SET bytes = ?, encoding = 'deflate' WHERE session_id = ? AND n = 0";
    await db.prepare(swell).bind(bomb, id).run();
    expect(await round(rules, 2)).toEqual(broken);
  });

  test("stays where its chain was taken away, and the log has it", async () => {
    const id = await recorded("shop");
    await db.batch([
      db.prepare("UPDATE sessions SET chain_start = NULL, chain_end = NULL WHERE id = ?").bind(id),
      db.prepare("DELETE FROM heads WHERE session_id = ?").bind(id),
    ]);
    const rules: Rules = { shop: { days: 1, afterwards: "delete" } };
    const inclusion = { index: 0, proof: [], checkpoint: "" };
    expect(await round(rules, 2, env.RECORDS, () => Promise.resolve(inclusion))).toEqual({
      deleted: [],
      left: [{ session: id, why: "its record is broken: see verify" }],
    });
    // Of a session of before there were chains nothing is in the log.
    expect((await round(rules, 2)).deleted).toEqual([id]);
  });

  test("stays under a hold, which an admin sets and ends", async () => {
    const id = await recorded("shop");
    const api = openApiUnderTest(db);
    const ask = (method: string, body: unknown, role = "admin"): Promise<Response> =>
      Promise.resolve(
        api.app.request(
          `/v1/sessions/${id}/hold`,
          { method, headers: { "x-role": role }, ...(body === null ? {} : { body: JSON.stringify(body) }) },
          { LEDGER: db, SESSION_KEY },
        ),
      );
    expect((await ask("PUT", { reason: "case 12" }, "auditor")).status).toBe(403);
    expect((await ask("PUT", {})).status).toBe(400);
    expect((await ask("PUT", { reason: "case 12" })).status).toBe(204);
    expect(await (await api.get(`/sessions/${id}`)).json()).toMatchObject({
      hold: { subject: "admin-1", at: "1970-01-01T00:00:01.000Z", reason: "case 12" },
    });
    const rules: Rules = { shop: { days: 1, afterwards: "delete" } };
    expect(await round(rules, 400)).toEqual({ deleted: [], left: [] });
    expect((await ask("DELETE", null)).status).toBe(204);
    expect((await round(rules, 400)).deleted).toEqual([id]);
    expect((await ask("DELETE", null)).status).toBe(404);
  });

  test("has its holds told to the log, each once, and what nobody held is not told of", async () => {
    const id = await recorded("shop");
    const { app } = openApiUnderTest(db);
    const ask = async (method: string, body?: string): Promise<number> => {
      const headers = { "x-role": "admin" };
      const init = { method, headers, ...(body === undefined ? {} : { body }) };
      return (await app.request(`/v1/sessions/${id}/hold`, init, { LEDGER: db, SESSION_KEY })).status;
    };
    expect(await ask("DELETE")).toBe(204);
    expect(await ask("PUT", '{"reason": "case 12"}')).toBe(204);
    const appended: ChangeLeaf[] = [];
    let answers = false;
    const append = (leaf: ChangeLeaf): Promise<void> => {
      if (!answers) return Promise.reject(new Error("the log does not answer"));
      appended.push(leaf);
      return Promise.resolve();
    };
    await expect(carryChanges(db, SESSION_KEY, append)).rejects.toThrow("does not answer");
    expect(await ask("DELETE")).toBe(204);
    answers = true;
    await carryChanges(db, SESSION_KEY, append);
    expect(await carryChanges(db, SESSION_KEY, append)).toBe(0);
    const by = { issuer: "https://issuer.test", subject: "admin-1" };
    expect(appended).toEqual([
      { type: "sluice.hold/1", session: id, state: "set", at: 1_000, by, reason: "case 12" },
      { type: "sluice.hold/1", session: id, state: "lifted", at: 1_000, by, reason: null },
    ]);
  });

  test("gives the log nothing that others have written into D1, and all that is behind it", async () => {
    const id = await recorded("shop");
    const { app } = openApiUnderTest(db);
    const forge = async (leaf: string, times = 1): Promise<void> => {
      const sql = "INSERT INTO log_outbox (n, leaf) SELECT coalesce(min(n), 0) - 1, ? FROM log_outbox";
      await db.batch(Array.from({ length: times }, () => db.prepare(sql).bind(leaf)));
    };
    const lifted = { type: "sluice.hold/1", session: id, state: "lifted", at: 2, by: {}, reason: null };
    const deletion = { type: "sluice.deletion/1", session: id, at: 2, by: "retention", reason: "" };
    await forge("no JSON");
    await forge(canonicalJson(deletion));
    await forge(`${"0".repeat(64)} ${canonicalJson(lifted)}`);
    await forge(await seal("a0".repeat(32), lifted as never), 200);
    const init = { method: "PUT", headers: { "x-role": "admin" }, body: '{"reason": "case 12"}' };
    const asked = await app.request(`/v1/sessions/${id}/hold`, init, { LEDGER: db, SESSION_KEY });
    expect(asked.status).toBe(204);
    // One that was sealed, and changed since.
    await db
      .prepare(
        "INSERT INTO log_outbox SELECT 1000, replace(leaf, '\"set\"', '\"lifted\"') FROM log_outbox WHERE leaf LIKE '%case 12%'",
      )
      .run();
    const appended: ChangeLeaf[] = [];
    const append = (leaf: ChangeLeaf): Promise<unknown> => Promise.resolve(appended.push(leaf));
    expect(await waitingChanges(db, SESSION_KEY)).toMatchObject([{ session: id, state: "set" }]);
    expect(await carryChanges(db, SESSION_KEY, append)).toBe(204);
    expect(appended).toMatchObject([{ session: id, state: "set" }]);
  });

  test("stays where the log has a hold that was taken out of D1", async () => {
    const id = await recorded("shop");
    held.add(id);
    expect(await round({ shop: { days: 1, afterwards: "delete" } }, 400)).toEqual({
      deleted: [],
      left: [{ session: id, why: "the log has a legal hold on it, and D1 has none: see verify" }],
    });
  });
});

test("rules that cannot be taken are told, and none are no rules", () => {
  expect(readRules(undefined)).toEqual({ ok: true, value: {} });
  expect(readRules('{"shop": {"days": 90, "afterwards": "archive"}}')).toMatchObject({ ok: true });
  for (const wrong of ["{", "[]", '{"shop": {"days": 0, "afterwards": "delete"}}', '{"shop": {"days": 1}}'])
    expect(readRules(wrong)).toMatchObject({ ok: false, error: expect.stringContaining("RETENTION") });
});
