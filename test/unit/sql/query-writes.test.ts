// INSERT, UPDATE, DELETE and MERGE: what they write, what they read, and how far they reach.

import { describe } from "vitest";
import { holds } from "./query-facts.ts";

describe("INSERT", () => {
  holds("INSERT INTO orders VALUES (1, 2, 3.5, 'x')", {
    accesses: ["insert orders(id, note, person, total)"],
    output: null,
    literals: ["1 -> orders.id", "2 -> orders.person", "3.5 -> orders.total", "'x' -> orders.note"],
    kinds: ["insert"],
  });
  holds("INSERT INTO orders DEFAULT VALUES", {
    accesses: ["insert orders()"],
    output: null,
    kinds: ["insert"],
  });
  holds("INSERT INTO orders SELECT id, boss FROM people", {
    accesses: ["select people(boss, id)", "insert orders(id, person)"],
    output: null,
    kinds: ["insert"],
  });
  holds("INSERT INTO audit.log (what) VALUES ('a'), ('b') RETURNING *", {
    accesses: ["select audit.log(at, id, what)", "insert audit.log(what)"],
    output: ["id = audit.log.id", "at = audit.log.at", "what = audit.log.what"],
    literals: ["'a' -> audit.log.what", "'b' -> audit.log.what"],
    kinds: ["insert"],
  });
  holds("INSERT INTO docs (tags[1], owner.name) VALUES ('a', 'b')", {
    accesses: ["insert docs(owner, tags)"],
    output: null,
    literals: ["'a' -> docs.tags", "'b' -> docs.owner", "1"],
    kinds: ["insert"],
  });
  holds("INSERT INTO orders (id) VALUES ((SELECT max(order_id) FROM items))", {
    accesses: ["select items(order_id)", "insert orders(id)"],
    output: null,
    calls: ["max(?)"],
    kinds: ["insert"],
  });
  holds("INSERT INTO orders (id) VALUES ((SELECT max(id) FROM items))", {
    accesses: ["select items()", "insert orders(id)"],
    output: null,
    calls: ["max(?)"],
    unknown: ['42703 column "id" does not exist @45'],
    kinds: ["insert"],
  });
  holds("WITH s AS (SELECT ssn FROM people) INSERT INTO orders (note) SELECT ssn FROM s", {
    accesses: ["select people(ssn)", "insert orders(note)"],
    output: null,
    kinds: ["insert"],
  });
  holds("INSERT INTO orders (id, nope) VALUES (1, 2)", {
    accesses: ["insert orders(id, nope)"],
    output: null,
    unknown: ['42703 column "nope" of relation "orders" does not exist @25'],
    literals: ["1 -> orders.id", "2"],
    kinds: ["insert"],
  });
  holds("INSERT INTO nowhere VALUES (1)", {
    output: null,
    unknown: ['42P01 relation "nowhere" does not exist @13'],
    literals: ["1"],
    kinds: ["insert"],
  });
  holds("INSERT INTO adults (id) VALUES (1)", {
    accesses: [
      "insert adults(id)",
      "view adults > select people(boss, email, id, name, ssn)",
      "view adults > insert people(id)",
    ],
    output: null,
    literals: ["1 -> adults.id + people.id"],
    kinds: ["insert"],
  });
  holds("INSERT INTO priced (cost) VALUES ('5')", {
    accesses: ["insert priced(cost)"],
    output: null,
    calls: ["checked()"],
    literals: ["'5' -> priced.cost"],
    kinds: ["insert"],
  });
});

describe("ON CONFLICT", () => {
  holds(
    "INSERT INTO orders (id, note) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET note = excluded.note RETURNING id",
    {
      accesses: ["select orders(id)", "insert orders(id, note)", "update orders(note)"],
      output: ["id = orders.id"],
      modifications: ["update orders bounded"],
      literals: ["1 -> orders.id", "'x' -> orders.note"],
      kinds: ["insert", "update"],
    },
  );
  holds(
    "INSERT INTO orders AS o (id, note) SELECT id, ssn FROM people ON CONFLICT DO NOTHING RETURNING o.note, old.id, new.total",
    {
      accesses: ["select orders(id, note, total)", "select people(id, ssn)", "insert orders(id, note)"],
      output: ["note = orders.note + people.ssn", "id = orders.id + people.id", "total = orders.total"],
      kinds: ["insert"],
    },
  );
  holds(
    "INSERT INTO orders (id) VALUES (1) ON CONFLICT ON CONSTRAINT orders_pkey DO UPDATE SET total = orders.total + excluded.total WHERE orders.note <> 'locked'",
    {
      accesses: ["select orders(id, note, total)", "insert orders(id)", "update orders(total)"],
      output: null,
      modifications: ["update orders bounded"],
      literals: ["1 -> orders.id", "'locked' -> orders.note"],
      kinds: ["insert", "update"],
    },
  );
  holds("INSERT INTO orders (id) SELECT id FROM orders ON CONFLICT (id) DO UPDATE SET total = 0", {
    accesses: ["select orders(id)", "select orders(id)", "insert orders(id)", "update orders(total)"],
    output: null,
    modifications: ["update orders by_effect"],
    literals: ["0 -> orders.total"],
    kinds: ["insert", "update"],
  });
  holds("INSERT INTO orders (id) VALUES (1) ON CONFLICT (lower(note)) WHERE total > 0 DO NOTHING", {
    accesses: ["select orders(note, total)", "insert orders(id)"],
    output: null,
    calls: ["lower(?)"],
    literals: ["1 -> orders.id", "0 -> orders.total"],
    kinds: ["insert"],
  });
  holds(
    "INSERT INTO people (id, ssn) VALUES (1, '5') ON CONFLICT (id) DO UPDATE SET ssn = '6' WHERE people.ssn = '7' AND excluded.ssn = '8'",
    {
      accesses: ["select people(id, ssn)", "insert people(id, ssn)", "update people(ssn)"],
      output: null,
      modifications: ["update people bounded"],
      literals: [
        "1 -> people.id",
        "'5' -> people.ssn",
        "'6' -> people.ssn",
        "'7' -> people.ssn",
        "'8' -> people.ssn",
      ],
      kinds: ["insert", "update"],
    },
  );
});

describe("UPDATE", () => {
  holds("UPDATE orders SET note = 'x'", {
    accesses: ["update orders(note)"],
    output: null,
    modifications: ["update orders unbounded"],
    literals: ["'x' -> orders.note"],
    kinds: ["update"],
  });
  holds("UPDATE orders SET total = total + 1 WHERE id = 3 RETURNING *", {
    accesses: ["select orders(id, note, person, total)", "update orders(total)"],
    output: ["id = orders.id", "person = orders.person", "total = orders.total", "note = orders.note"],
    modifications: ["update orders bounded"],
    literals: ["1 -> orders.total", "3 -> orders.id"],
    kinds: ["update"],
  });
  holds("UPDATE orders o SET note = p.name FROM people p WHERE p.id = o.person AND p.ssn = '5'", {
    accesses: ["select orders(person)", "select people(id, name, ssn)", "update orders(note)"],
    output: null,
    modifications: ["update orders by_effect"],
    literals: ["'5' -> people.ssn"],
    kinds: ["update"],
  });
  holds("UPDATE orders SET (note, total) = (SELECT name, id FROM people WHERE ssn = '1') WHERE id = 1", {
    accesses: ["select orders(id)", "select people(id, name, ssn)", "update orders(note, total)"],
    output: null,
    modifications: ["update orders bounded"],
    literals: ["'1' -> people.ssn", "1 -> orders.id"],
    kinds: ["update"],
  });
  holds("UPDATE orders SET (note, total) = ROW('a', 5) WHERE id = 1", {
    accesses: ["select orders(id)", "update orders(note, total)"],
    output: null,
    modifications: ["update orders bounded"],
    literals: ["'a' -> orders.note", "5 -> orders.total", "1 -> orders.id"],
    kinds: ["update"],
  });
  holds("UPDATE orders SET (note, total) = (DEFAULT, 3) WHERE id = 1", {
    accesses: ["select orders(id)", "update orders(note, total)"],
    output: null,
    modifications: ["update orders bounded"],
    literals: ["3 -> orders.total", "1 -> orders.id"],
    kinds: ["update"],
  });
  holds("UPDATE orders SET note = DEFAULT WHERE id = 1 RETURNING old.note, new.note, note", {
    accesses: ["select orders(id, note)", "update orders(note)"],
    output: ["note = orders.note", "note = orders.note", "note = orders.note"],
    modifications: ["update orders bounded"],
    literals: ["1 -> orders.id"],
    kinds: ["update"],
  });
  holds("UPDATE orders SET note = 'a' WHERE id = 1 RETURNING WITH (OLD AS o, NEW AS n) o.note, n.*, old.id", {
    accesses: ["select orders(id, note, person, total)", "update orders(note)"],
    output: [
      "note = orders.note",
      "id = orders.id",
      "person = orders.person",
      "total = orders.total",
      "note = orders.note",
      "id",
    ],
    unknown: ['42P01 missing FROM-clause entry for table "old" @92'],
    modifications: ["update orders bounded"],
    literals: ["'a' -> orders.note", "1 -> orders.id"],
    kinds: ["update"],
  });
  holds("UPDATE orders SET nope = 1", {
    accesses: ["update orders(nope)"],
    output: null,
    unknown: ['42703 column "nope" of relation "orders" does not exist @19'],
    modifications: ["update orders unbounded"],
    literals: ["1"],
    kinds: ["update"],
  });
  holds("UPDATE people SET name = ssn WHERE CURRENT OF c", {
    accesses: ["select people(ssn)", "update people(name)"],
    output: null,
    modifications: ["update people bounded"],
    kinds: ["update"],
  });
  holds("UPDATE ONLY orders SET note = '1' FROM (SELECT orders.id) x", {
    accesses: ["update orders(note)"],
    output: null,
    unknown: ['42P01 invalid reference to FROM-clause entry for table "orders" @48'],
    modifications: ["update orders unbounded"],
    literals: ["'1' -> orders.note"],
    kinds: ["update"],
  });
  holds("UPDATE orders SET note = x.note FROM orders x WHERE x.id = orders.id", {
    accesses: ["select orders(id)", "select orders(id, note)", "update orders(note)"],
    output: null,
    modifications: ["update orders by_effect"],
    kinds: ["update"],
  });
  holds("UPDATE adults SET ssn = '2' WHERE id = 1 RETURNING label", {
    accesses: [
      "select adults(id, label)",
      "view adults > select people(boss, email, id, name, ssn)",
      "update adults(ssn)",
      "view adults > update people(ssn)",
    ],
    output: ["label ~ adults.label + people.email + people.name"],
    modifications: ["update adults by_effect"],
    literals: ["'2' -> adults.ssn + people.ssn", "1 -> adults.id + people.id"],
    kinds: ["update"],
  });
  holds("UPDATE priced SET cost = '6' WHERE id = 1", {
    accesses: ["select priced(id)", "update priced(cost)"],
    output: null,
    calls: ["checked()"],
    modifications: ["update priced bounded"],
    literals: ["'6' -> priced.cost", "1 -> priced.id"],
    kinds: ["update"],
  });
  holds("UPDATE docs SET tags[wipe()] = 'x' WHERE id = 1", {
    accesses: ["select docs(id)", "update docs(tags)"],
    output: null,
    calls: ["wipe()"],
    modifications: ["update docs bounded"],
    literals: ["'x' -> docs.tags", "1 -> docs.id"],
    kinds: ["update"],
    tagCounts: false,
  });
});

describe("DELETE", () => {
  holds("DELETE FROM orders", {
    accesses: ["delete orders()"],
    output: null,
    modifications: ["delete orders unbounded"],
    kinds: ["delete"],
  });
  holds("DELETE FROM orders o WHERE o.id = 1 RETURNING *", {
    accesses: ["select orders(id, note, person, total)", "delete orders()"],
    output: ["id = orders.id", "person = orders.person", "total = orders.total", "note = orders.note"],
    modifications: ["delete orders bounded"],
    literals: ["1 -> orders.id"],
    kinds: ["delete"],
  });
  holds("DELETE FROM orders WHERE id IN (SELECT order_id FROM items)", {
    accesses: ["select orders(id)", "select items(order_id)", "delete orders()"],
    output: null,
    modifications: ["delete orders by_effect"],
    kinds: ["delete"],
  });
  holds("DELETE FROM orders USING people WHERE people.id = orders.person AND people.ssn = '123'", {
    accesses: ["select orders(person)", "select people(id, ssn)", "delete orders()"],
    output: null,
    modifications: ["delete orders by_effect"],
    literals: ["'123' -> people.ssn"],
    kinds: ["delete"],
  });
  holds("DELETE FROM orders RETURNING old, new.total", {
    accesses: ["select orders(*)", "delete orders()"],
    output: ["old ~ orders.id + orders.note + orders.person + orders.total", "total = orders.total"],
    modifications: ["delete orders unbounded"],
    kinds: ["delete"],
  });
  holds("DELETE FROM adults WHERE ssn = '1'", {
    accesses: [
      "select adults(ssn)",
      "view adults > select people(boss, email, id, name, ssn)",
      "delete adults()",
      "view adults > delete people()",
    ],
    output: null,
    modifications: ["delete adults by_effect"],
    literals: ["'1' -> adults.ssn + people.ssn"],
    kinds: ["delete"],
  });
});

describe("MERGE", () => {
  holds(
    "MERGE INTO orders o USING items i ON o.id = i.order_id WHEN MATCHED THEN UPDATE SET total = i.price WHEN NOT MATCHED THEN INSERT (id, note) VALUES (order_id, 'new')",
    {
      accesses: [
        "select orders(id)",
        "select items(order_id, price)",
        "update orders(total)",
        "insert orders(id, note)",
      ],
      output: null,
      modifications: ["update orders by_effect"],
      literals: ["'new' -> orders.note"],
      kinds: ["insert", "merge", "update"],
    },
  );
  holds(
    "MERGE INTO orders o USING items i ON o.id = i.order_id WHEN MATCHED AND o.total > 10 THEN DELETE WHEN NOT MATCHED BY SOURCE THEN DELETE RETURNING merge_action(), o.id, i.sku, *",
    {
      accesses: [
        "select orders(id, note, person, total)",
        "select items(order_id, person, price, sku)",
        "delete orders()",
        "delete orders()",
      ],
      output: [
        "merge_action",
        "id = orders.id",
        "sku = items.sku",
        "order_id = items.order_id",
        "person = items.person",
        "sku = items.sku",
        "price = items.price",
        "id = orders.id",
        "person = orders.person",
        "total = orders.total",
        "note = orders.note",
      ],
      modifications: ["delete orders by_effect", "delete orders unbounded"],
      literals: ["10 -> orders.total"],
      kinds: ["delete", "merge"],
    },
  );
  holds(
    "MERGE INTO orders o USING (SELECT 1 AS k) s ON o.id = s.k WHEN NOT MATCHED BY SOURCE AND o.id = 4 THEN UPDATE SET note = 'gone' WHEN MATCHED THEN DO NOTHING",
    {
      accesses: ["select orders(id)", "update orders(note)"],
      output: null,
      modifications: ["update orders bounded"],
      literals: ["1 -> orders.id", "4 -> orders.id", "'gone' -> orders.note"],
      kinds: ["merge", "update"],
    },
  );
  holds(
    "MERGE INTO orders o USING (VALUES (1, 'a')) v(id, t) ON o.id = v.id WHEN MATCHED THEN UPDATE SET note = v.t WHEN NOT MATCHED THEN INSERT VALUES (id, 1, 2, t)",
    {
      accesses: ["select orders(id)", "update orders(note)", "insert orders(id, note, person, total)"],
      output: null,
      modifications: ["update orders by_effect"],
      literals: ["1 -> orders.id", "'a' -> orders.note", "1 -> orders.person", "2 -> orders.total"],
      kinds: ["insert", "merge", "update"],
    },
  );
  holds(
    "MERGE INTO people p USING orders o ON p.id = o.person WHEN MATCHED AND ssn = 'm' THEN UPDATE SET (name, email) = (o.note, 'e') WHEN NOT MATCHED AND note = 'n' THEN INSERT (id) VALUES (p.id)",
    {
      accesses: [
        "select people(id, ssn)",
        "select orders(note, person)",
        "update people(email, name)",
        "insert people(id)",
      ],
      output: null,
      unknown: ['42P01 invalid reference to FROM-clause entry for table "p" @185'],
      modifications: ["update people by_effect"],
      literals: ["'m' -> people.ssn", "'e' -> people.email", "'n' -> orders.note"],
      kinds: ["insert", "merge", "update"],
    },
  );
  holds("MERGE INTO ONLY people USING (SELECT ssn FROM people) s ON true WHEN MATCHED THEN DELETE", {
    accesses: ["select people(ssn)", "delete people()"],
    output: null,
    modifications: ["delete people unbounded"],
    literals: ["true"],
    kinds: ["delete", "merge"],
  });
  holds("MERGE INTO nowhere USING people ON true WHEN NOT MATCHED THEN DO NOTHING", {
    accesses: ["select people()"],
    output: null,
    unknown: ['42P01 relation "nowhere" does not exist @12'],
    literals: ["true"],
    kinds: ["merge"],
  });
  holds(
    "WITH s AS (SELECT 1 AS id) MERGE INTO orders o USING s ON o.id = s.id WHEN MATCHED THEN UPDATE SET note = 'x'",
    {
      accesses: ["select orders(id)", "update orders(note)"],
      output: null,
      modifications: ["update orders by_effect"],
      literals: ["1 -> orders.id", "'x' -> orders.note"],
      kinds: ["merge", "update"],
    },
  );
});
