// What a row costs and what the tables must not have: read from a database with every migration applied.
import { expect, test } from "vitest";
import { openLedger } from "./database.ts";

test("no table of ours keeps its primary key in a hidden index", async () => {
  const db = await openLedger();
  const { results } = await db
    .prepare(
      "select name, sql from sqlite_master where type = 'table' and name not like '%migrations' and name not like 'sqlite%' and name not like '\\_cf%' escape '\\'",
    )
    .all<{ name: string; sql: string }>();
  expect(results.map(({ name }) => name).toSorted()).toEqual([
    "chunks",
    "events",
    "facets",
    "heads",
    "log_outbox",
    "policies",
    "sessions",
    "shards",
    "statements",
  ]);
  for (const { sql } of results) expect(sql).toMatch(/\) WITHOUT ROWID$/);
});

test("statements and chunks have no secondary index", async () => {
  const db = await openLedger();
  const { results } = await db
    .prepare("select tbl_name from sqlite_master where type = 'index' and sql is not null")
    .all();
  expect(new Set(results.map((row) => row["tbl_name"]))).toEqual(new Set(["sessions"]));
});
