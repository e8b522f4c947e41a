// What the demonstration does: an agent on the unmodified Neon driver with a connection string and nothing else, then an
// ordinary PostgreSQL client through the shim, which undoes the agent's order so that every start finds the same data.

import { Client as NeonClient, neonConfig } from "@neondatabase/serverless";
import pg from "pg";

/** How many statements both sessions put on record: what the replay has to wait for. */
export interface Performed {
  readonly sessions: number;
}

export async function perform(connect: string, postgres: string): Promise<Performed> {
  // What a gateway on plain HTTP needs; one that is deployed has TLS on 443 and needs no configuration at all.
  neonConfig.useSecureWebSocket = false;
  neonConfig.wsProxy = (host, port) => `${host}:${port}/v2`;
  const order = await orderTea(connect);
  await cancelOrder(postgres, order);
  return { sessions: 2 };
}

async function orderTea(connect: string): Promise<number> {
  const agent = new NeonClient({ connectionString: connect, application_name: "shop-agent" });
  agent.on("error", () => undefined);
  await agent.connect();
  try {
    await agent.query("SELECT name, stock FROM products WHERE $1 = ANY (tags) ORDER BY price", ["tea"]);
    // A slip that agents make: the answer is PostgreSQL's own error, and the session goes on.
    await agent.query("SELECT mail FROM customers WHERE id = 3").catch(() => undefined);
    await agent.query("SELECT name, email FROM customers WHERE id = $1", [3]);
    await agent.query("BEGIN");
    const placed = await agent.query<{ id: number }>(
      "INSERT INTO orders (customer_id, status) VALUES ($1, $2) RETURNING id",
      [3, "open"],
    );
    const order = placed.rows[0]?.id ?? 0;
    await agent.query("INSERT INTO order_items SELECT $1, id, 2, price FROM products WHERE sku = ANY ($2)", [
      order,
      ["TEA-001", "CUP-001"],
    ]);
    await agent.query("COMMIT");
    return order;
  } finally {
    await agent.end();
  }
}

async function cancelOrder(postgres: string, order: number): Promise<void> {
  const client = new pg.Client({ connectionString: postgres, application_name: "psql-style" });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query("SELECT status, count(*) FROM orders GROUP BY status ORDER BY status");
    await client.query("DELETE FROM orders WHERE id = $1", [order]);
  } finally {
    await client.end();
  }
}
