// A policy's versions in D1 against what the log has of them: one that was changed, taken away or put in there shows.
import { beforeAll, beforeEach, expect, test } from "vitest";
import type { ChangeLeaf } from "#core/record";
import { policyLeaf } from "../../../durable-objects/log/changes.ts";
import { PolicyStore, type StoredPolicy } from "../../../durable-objects/policies/index.ts";
import { historyOf, type LogPage } from "../../../worker/log/history.ts";
import { heldAgainst } from "../../../worker/log/policies.ts";
import { openLedger } from "../records/database.ts";

let db: D1Database;
let leaves: ChangeLeaf[];

function version(n: number): StoredPolicy {
  const by = { issuer: "https://issuer.test", subject: "ann" };
  return { target: "shop", version: n, createdAt: n, ...by, comment: "", document: `extends: agent # ${n}` };
}

beforeAll(async () => {
  db = await openLedger();
});

beforeEach(async () => {
  await db.exec("delete from policies");
  leaves = [];
  for (const n of [1, 2, 3]) {
    await new PolicyStore(db).add(version(n), "00".repeat(32));
    leaves.push(await policyLeaf(version(n)));
  }
});

async function page(limit = 50): Promise<LogPage> {
  const log = {
    about: (_: string, __: unknown, after: number, most: number) =>
      Promise.resolve(
        leaves
          .flatMap((leaf, index) => (index > after ? [{ index, leaf: JSON.stringify(leaf) }] : []))
          .slice(0, most),
      ),
  };
  const of = { subject: "shop", types: ["sluice.policy/1"] as const, waiting: () => Promise.resolve([]) };
  return heldAgainst(db, "shop", await historyOf(log, of, { cursor: null, limit }));
}

async function stored(limit?: number): Promise<(string | undefined)[]> {
  return (await page(limit)).data.map((item) => item.stored);
}

test("versions are as they were logged, a page at a time", async () => {
  expect(await stored()).toEqual(["as_logged", "as_logged", "as_logged"]);
  expect(await stored(2)).toEqual(["as_logged", "as_logged"]);
});

test("one that was changed, taken away or put in behind the log's back shows", async () => {
  await db.exec("update policies set document = 'extends: owner' where version = 1");
  await db.exec("update policies set subject = 'bob' where version = 2");
  await db.exec("delete from policies where version = 3");
  await db.exec(
    "insert into policies (target, version, created_at, issuer, subject, comment, document) values ('shop', 4, 4, 'i', 's', '', 'extends: owner')",
  );
  expect(await stored()).toEqual(["changed", "changed", "missing", "not_logged"]);
  expect((await page()).data.at(-1)).toMatchObject({
    log_index: null,
    leaf: { version: 4, by: { subject: "s" } },
  });
});
