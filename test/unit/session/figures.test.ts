// Which statements are planned and run on trial before anybody has approved them.

import { expect, test } from "vitest";
import { unplannable, untriable } from "../../../durable-objects/session/approval/figures.ts";
import { factsOf } from "../policy/world.ts";

test.each([
  ["DELETE FROM orders WHERE id = 1", null, null],
  ["INSERT INTO orders (id, status) VALUES (1, gen_random_uuid()::text)", null, null],
  ["DELETE FROM orders WHERE id = archive_orders()", null, null],
  ["SELECT ssn FROM customers", null, /only changes are counted/],
  ["DELETE FROM orders WHERE id = native()", null, /no rollback takes back/],
  ["DELETE FROM orders WHERE lo_import('x') = 1", null, /no rollback takes back/],
  ["DELETE FROM orders WHERE setval('s', 7) = 7", null, /no rollback takes back/],
  ["DELETE FROM orders WHERE set_config('a.b', 'c', false) = 'c'", null, /no rollback takes back/],
  ["UPDATE orders SET id = order_count()", /run functions of users/, null],
  ["TRUNCATE orders", /not a plain/, /not a plain/],
  ["COPY orders TO PROGRAM 'true'", /not a plain/, /not a plain/],
])("%s", (statement, plan, trial) => {
  const facts = factsOf(statement);
  for (const [why, expected] of [[unplannable(facts), plan] as const, [untriable(facts), trial] as const]) {
    if (expected === null) expect(why).toBeNull();
    else expect(why).toMatch(expected);
  }
});
