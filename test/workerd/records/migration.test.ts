// Migration 0002 on a database that has sessions in it: what was recorded stays, and can be searched by what is known of it.
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { openApiUnderTest } from "./api.ts";
import { openLedger } from "./database.ts";
import { intent, outcome, T0 } from "./entries.ts";

const ID = "0123456789abcdef0123456789abcdef";

test("what was recorded before search is found by decision, rule and text, and shown without relations", async () => {
  const db = env.LEDGER;
  await applyD1Migrations(db, env.MIGRATIONS.slice(0, 2));
  const session = `insert into sessions (id, started_at, target, issuer, subject, roles, groups, token_expires_at,
    application_name, client_user, protocol_version, policy_version, last_seen, ended_at, statements)
    values (?, ?, 'shop', 'i', 's', '[]', '[]', 0, '', '', '3.0', 'allow-all', 0, ?, 2)`;
  const { kinds: _kinds, relations: _relations, decision, ...rest } = intent(1, "select 'old'");
  const { effect, rule, policyVersion } = decision;
  const earlier = { ...rest, decision: { effect, rule, policyVersion } };
  const statement = `insert into statements (session_id, seq, revision, state, started_at, operation, effect, ended_at,
    outcome, statement, intent, response_tail) values (?, ?, 2, 'completed', ?, 'query', 'allow', ?, ?, ?, ?, x'0102')`;
  await db.batch([
    db.prepare(session).bind(ID, T0, T0 + 60_000),
    ...[1, 2].map((seq) =>
      db
        .prepare(statement)
        .bind(
          ID,
          seq,
          T0 + seq,
          T0 + seq + 5,
          JSON.stringify(outcome(seq)),
          "select 'old'",
          JSON.stringify({ ...earlier, seq }),
        ),
    ),
  ]);
  const api = openApiUnderTest(await openLedger());
  for (const filter of ["decision=allow", "rule=allow-all", "text=old", "rule=allow-all&text=OLD"]) {
    const { data } = await (await api.get(`/statements?${filter}`)).json<{ data: { id: string }[] }>();
    expect(data.map((item) => item.id)).toEqual([`${ID}:2`, `${ID}:1`]);
    expect(data[0]).toMatchObject({ kinds: [], relations: [], decision: { matched: [], recorded: true } });
  }
  const { results } = await db.prepare("select hex(response_tail) as tail from statements").all();
  expect(results).toEqual([{ tail: "0102" }, { tail: "0102" }]);
  const facets = await db.prepare("select facet, value, first_seq from facets").all();
  expect(facets.results).toEqual([
    { facet: "decision", value: "allow", first_seq: 1 },
    { facet: "rule", value: "allow-all", first_seq: 1 },
  ]);
});
