// An intent that takes more chunks than a batch carries: on its way from the journal to D1 it stays searchable by its head.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { utf8Encode } from "#core/bytes";
import { intentHead } from "#core/record";
import { Journal, Outbox } from "../../../durable-objects/journal/index.ts";
import { Ledger } from "../../../durable-objects/ledger/index.ts";
import { openApiUnderTest } from "./api.ts";
import { openLedger } from "./database.ts";
import { intent, outcome, start } from "./entries.ts";

declare module "cloudflare:workers" {
  namespace Cloudflare {
    interface Env {
      readonly NOTEBOOKS: DurableObjectNamespace;
    }
  }
}

const ID = "0123456789abcdef0123456789abcdef";
const CHUNK_BYTES = 256 * 1024;

test("a statement of 3 MB is found by relation, kind and its beginning, and shown whole", async () => {
  const db = await openLedger();
  const large = intent(1, `insert into needle values ('${"x".repeat(3_000_000)}')`, {
    kinds: ["insert"],
    relations: [{ name: "public.needle", access: "write" }],
  });
  let batches = 0;
  await runInDurableObject(env.NOTEBOOKS.get(env.NOTEBOOKS.newUniqueId()), async (_, state) => {
    const journal = new Journal(state.storage.sql);
    const ledger = new Ledger(db);
    journal.start(start(ID));
    const json = utf8Encode(JSON.stringify(large));
    for (let n = 0; n * CHUNK_BYTES < json.length; n++) {
      const bytes = json.subarray(n * CHUNK_BYTES, (n + 1) * CHUNK_BYTES);
      journal.chunk({ seq: 1, stream: "intent", n, bytes });
    }
    journal.intend(1, null, JSON.stringify(intentHead(large)));
    journal.settle(1, outcome(1), new Uint8Array(60));
    const counted = {
      write: (batch: Parameters<Ledger["write"]>[0]) => {
        batches++;
        return ledger.write(batch);
      },
    };
    await new Outbox(journal, counted, () => "final").drain();
  });
  expect(batches).toBeGreaterThan(1);
  const api = openApiUnderTest(db);
  for (const filter of ["relation=public.needle", "kind=write", "text=INTO%20needle", "rule=allow-all"]) {
    const { data } = await (await api.get(`/statements?${filter}`)).json<{ data: { statement: string }[] }>();
    expect(data.map((item) => item.statement === large.statement)).toEqual([true]);
  }
});
