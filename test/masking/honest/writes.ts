// Writes: real values into masked columns, open ones beside them, and what RETURNING shows. What is stored is what was sent.

import { type Honest, writes } from "./case.ts";

export const WRITES: readonly Honest[] = [
  writes("inserts a row with masked columns", {
    sql: "INSERT INTO customers (id, name, email, phone, ssn, birth_date, iban) VALUES ($1, $2, $3, $4, $5, $6::date, $7)",
    parameters: [
      100,
      "New One",
      "new.one@host.example.org",
      "+1 555 0100",
      "123-45-6789",
      "1990-05-17",
      "DE02120300000000202051",
    ],
  }),
  writes(
    "inserts literals",
    "INSERT INTO customers (id, name, email, salary, contacts) VALUES (101, 'Lit Eral', 'lit@host.example.org', 51234.5, ARRAY['l@one.example.com'])",
  ),
  writes(
    "inserts several rows",
    "INSERT INTO customers (id, name, email) VALUES (102, 'A', 'a.a@host.example.org'), (103, 'B', 'b.b@host.example.org'), (104, 'C', 'c.c@host.example.org')",
  ),
  writes("inserts and shows", {
    sql: "INSERT INTO customers (id, name, email, birth_date) VALUES (105, 'Shown', 'shown@host.example.org', '1999-09-09') RETURNING id, name, email, birth_date, created_at",
    shows:
      "INSERT INTO customers (id, name, email, birth_date) VALUES (105, 'Shown', 'shown@host.example.org', '1999-09-09') RETURNING id, name, email(email), year(birth_date), created_at",
  }),
  writes(
    "inserts defaults",
    "INSERT INTO customers (id, name, email, vip, phone) VALUES (106, 'D', 'dd@host.example.org', DEFAULT, DEFAULT) RETURNING id, vip, created_at",
  ),
  writes(
    "inserts JSON and composites",
    "INSERT INTO customers (id, name, email, profile, home) VALUES (107, 'J', 'jj@host.example.org', '{\"address\": {\"street\": \"Real Road 1\"}}', ROW('Real Lane', 'Town', '12345'))",
  ),
  writes(
    "inserts from open columns",
    "INSERT INTO settings (name, value) SELECT 'country of ' || id, country FROM customers WHERE id < 4",
  ),
  writes(
    "upserts, to nothing",
    "INSERT INTO products (id, sku, name, price, stock) VALUES (1, 'SKU-1', 'Again', 1, 1) ON CONFLICT DO NOTHING RETURNING id",
  ),
  writes("upserts by key", {
    sql: "INSERT INTO customers (id, name, email) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING id, name",
    parameters: [5, "Renamed", "other@host.example.org"],
  }),
  writes("upserts a masked column", {
    sql: "INSERT INTO customers (id, name, email) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET email = excluded.email RETURNING id, email",
    shows:
      "INSERT INTO customers (id, name, email) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET email = excluded.email RETURNING id, email(email)",
    parameters: [5, "Kept", "changed@host.example.org"],
  }),
  writes(
    "upserts with a condition",
    "INSERT INTO settings (name, value) VALUES ('vat', '20') ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed = settings.changed + 1 WHERE settings.value <> excluded.value RETURNING *",
  ),
  writes("updates an open column", {
    sql: "UPDATE customers SET segment = $1 WHERE id = $2",
    parameters: ["vip", 3],
  }),
  writes("updates a masked column", {
    sql: "UPDATE customers SET email = $1, phone = $2 WHERE id = $3",
    parameters: ["moved@host.example.org", "+1 555 0199", 4],
  }),
  writes("updates and shows", {
    sql: "UPDATE customers SET email = 'seen@host.example.org' WHERE id = 4 RETURNING *",
    shows:
      "UPDATE customers SET email = 'seen@host.example.org' WHERE id = 4 RETURNING id, name, email(email), ends(login, 2, 0), ends(phone, 0, 2), ends(ssn, 0, 4), year(birth_date), stars(card_number), iban, bucket(salary, 1000), zero(score), NULL::uuid, nowhere(last_ip), nothing(secret), vip, segment, country, profile(profile), tags, contacts(contacts), home(home), month(seen_at), created_at, referred_by",
    tokens: [8],
  }),
  writes("updates by a masked column", {
    sql: "UPDATE customers SET segment = 'found' WHERE email = $1 RETURNING id",
    parameters: ["eve9.mail@host1.example.org"],
  }),
  writes(
    "updates to NULL and DEFAULT",
    "UPDATE customers SET phone = NULL, vip = DEFAULT WHERE id = 8 RETURNING id, vip",
  ),
  writes(
    "updates from another table",
    "UPDATE orders o SET ship_to = c.country FROM customers c WHERE c.id = o.customer_id AND o.id < 5 RETURNING o.id, o.ship_to",
  ),
  writes(
    "updates by a CTE",
    "WITH late AS (SELECT id FROM orders WHERE status = 'open' ORDER BY placed_at LIMIT 3) UPDATE orders SET status = 'cancelled' WHERE id IN (SELECT id FROM late) RETURNING id, status",
  ),
  writes(
    "updates several columns at once",
    "UPDATE customers SET (name, segment) = (SELECT 'Row ' || id, country FROM customers WHERE id = 2) WHERE id = 6 RETURNING name, segment",
  ),
  writes("updates a partition by its parent", {
    sql: "UPDATE payments SET card = '5555444433332222' WHERE id = 3 RETURNING id, card",
    shows: "UPDATE payments SET card = '5555444433332222' WHERE id = 3 RETURNING id, ends(card, 0, 4)",
  }),
  writes("shows the old and the new row", {
    sql: "UPDATE customers SET phone = '+1 555 0142' WHERE id = 12 RETURNING old.phone, new.phone, old.segment",
    shows:
      "UPDATE customers SET phone = '+1 555 0142' WHERE id = 12 RETURNING ends(old.phone, 0, 2), ends(new.phone, 0, 2), old.segment",
  }),
  writes("deletes a row", "DELETE FROM customers WHERE id = 41"),
  writes("deletes and shows", {
    sql: "DELETE FROM customers WHERE id = 41 RETURNING id, name, email",
    shows: "DELETE FROM customers WHERE id = 41 RETURNING id, name, email(email)",
  }),
  writes(
    "deletes with another table",
    "DELETE FROM order_items i USING orders o WHERE o.id = i.order_id AND o.status = 'cancelled' AND o.id < 20 RETURNING i.order_id, i.product_id",
  ),
  writes(
    "moves rows",
    "WITH gone AS (DELETE FROM order_items WHERE order_id = 5 RETURNING *) INSERT INTO order_items SELECT 6, product_id - 3, quantity, unit_price FROM gone RETURNING *",
  ),
  writes(
    "merges",
    "MERGE INTO products p USING (VALUES (3, 7), (400, 18)) AS v(id, stock) ON p.id = v.id WHEN MATCHED THEN UPDATE SET stock = v.stock WHEN NOT MATCHED THEN INSERT (id, sku, name, price, stock) VALUES (v.id, 'SKU-400', 'New', 1, v.stock) RETURNING merge_action(), p.id, p.stock",
  ),
  writes(
    "merges into masked columns",
    "MERGE INTO customers c USING (VALUES (7, 'merged@host.example.org'), (200, 'fresh@host.example.org')) AS v(id, email) ON c.id = v.id WHEN MATCHED THEN UPDATE SET email = v.email WHEN NOT MATCHED THEN INSERT (id, name, email) VALUES (v.id, 'Merged', v.email)",
  ),
  writes("writes through a view", "UPDATE contacts SET country = 'XX' WHERE id = 9 RETURNING id, country"),
  writes("sets off a trigger", "UPDATE settings SET value = 'USD' WHERE name = 'currency' RETURNING *"),
  writes(
    "copies a masked value within its column",
    "UPDATE customers SET email = email WHERE id = 3 RETURNING id",
  ),
  writes(
    "goes on after a savepoint",
    "SAVEPOINT s",
    "UPDATE orders SET note = 'x' WHERE id = 1",
    "ROLLBACK TO s",
    "SELECT note FROM orders WHERE id = 1",
    "RELEASE s",
  ),
];
