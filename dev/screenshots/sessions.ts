// What the agents of the screenshots do: sessions as they happen in a shop, with what a gateway is for in them: refusals, errors,
// masked columns, something that waits for a person. Nothing is made up behind the gateway's back.

import { setTimeout as sleep } from "node:timers/promises";
import { Client as NeonClient, neonConfig } from "@neondatabase/serverless";

export interface Agent {
  readonly client: NeonClient;
  /** Answers and refusals alike are what the record is about. */
  run(text: string, values?: readonly unknown[]): Promise<void>;
}

/** `gateway` as in dev.json. */
export async function connectAgent(
  gateway: string,
  target: string,
  token: string,
  application: string,
  /** What its work is for. */
  reason?: string,
): Promise<Agent> {
  const { host } = new URL(gateway);
  neonConfig.useSecureWebSocket = false;
  neonConfig.wsProxy = () => `${host}/v2`;
  const client = new NeonClient({
    connectionString: `postgres://agent:${token}@${host}/${target}?sslmode=disable`,
    application_name: application,
    ...(reason === undefined ? {} : { options: `-c sluice.reason=${reason.replaceAll(" ", "\\ ")}` }),
  });
  client.on("error", () => undefined);
  await client.connect();
  return {
    client,
    run: async (text, values = []) => {
      await client.query(text, [...values]).catch(() => undefined);
    },
  };
}

const PAUSE_MS = 90;

/** Somebody asks support about an order. */
export async function support(agent: Agent): Promise<void> {
  const pause = (times: number): Promise<void> => sleep(times * PAUSE_MS);
  await agent.run("SELECT id, name, email, phone, birth_date FROM customers WHERE name ILIKE $1", [
    "%durand%",
  ]);
  await pause(3);
  await agent.run("SELECT * FROM customers WHERE id <= $1 ORDER BY id", [9]);
  await pause(1);
  await agent.run(
    "SELECT o.id, o.status, o.placed_at FROM orders o WHERE o.customer_id = $1 ORDER BY placed_at DESC",
    [3],
  );
  await pause(2);
  await agent.run("SELECT total FROM orders WHERE id = 5");
  await pause(4);
  await agent.run(
    `-- what the order came to
SELECT o.id, o.status, sum(i.quantity * i.unit_price) AS total, count(*) AS items
FROM orders o JOIN order_items i ON i.order_id = o.id
WHERE o.customer_id = $1 AND o.status <> 'cancelled'
GROUP BY o.id ORDER BY o.id`,
    [3],
  );
  await pause(2);
  await agent.run("BEGIN");
  await agent.run("UPDATE orders SET status = $2 WHERE id = $1 AND status = 'open'", [12, "paid"]);
  await agent.run("SELECT status FROM orders WHERE id = $1 FOR UPDATE", [12]);
  await agent.run("COMMIT");
  await pause(5);
  await agent.run("UPDATE orders SET status = 'cancelled'");
  await pause(2);
  await agent.run("SELECT name FROM customers WHERE email = $1", ["chloe.durand@example.net"]);
  await pause(1);
  await agent.run("DROP TABLE orders");
  await pause(2);
  await agent.run("DELETE FROM orders WHERE id = $1", [24]);
  await pause(1);
  await agent.run(
    "INSERT INTO orders (customer_id, status) VALUES ($1, 'open') RETURNING id, status, placed_at",
    [3],
  );
}

/** A report: much reading, little else. */
export async function report(agent: Agent, days: number): Promise<void> {
  await agent.run(
    "SELECT status, count(*), min(placed_at), max(placed_at) FROM orders GROUP BY status ORDER BY status",
  );
  for (let day = 0; day < days; day++) {
    await agent.run(
      "SELECT count(*) AS placed FROM orders WHERE placed_at::date = date '2026-05-01' + $1::int",
      [day],
    );
    if (day % 9 === 5) await sleep(4 * PAUSE_MS);
    if (day % 14 === 7) await agent.run("SELECT pg_sleep(1000), rolname FROM pg_authid");
  }
  await agent.run(
    "SELECT p.name, sum(i.quantity) AS sold FROM products p JOIN order_items i ON i.product_id = p.id GROUP BY 1 ORDER BY 2 DESC",
  );
}

/** Takes stock, and wants to change a price: which waits for a person. */
export async function restock(agent: Agent): Promise<void> {
  await agent.run("SELECT sku, name, price, stock FROM products ORDER BY stock");
  await agent.run("UPDATE products SET price = price * 1.08 WHERE sku = $1", ["TEA-002"]);
}

/** More than it has, for a while. */
export async function askForGrant(gateway: string, target: string, token: string): Promise<void> {
  const answer = await fetch(`${gateway}/v1/grants`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({
      target,
      relations: ["public.orders", "public.order_items"],
      kinds: ["delete"],
      duration: "2h",
      limits: { rows_changed: { statement: 20, grant: 200 }, statement_time: "5s", statements: 50 },
      reason: "clear the test orders of ticket 4711",
    }),
  });
  if (!answer.ok) throw new Error(`no grant could be asked for: ${String(answer.status)}`);
}
