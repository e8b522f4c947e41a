// Reads that show masked columns: what is masked is what the mask says and of the column's type, and all beside it as it is.

import { type Honest, masked, plain } from "./case.ts";

/** All columns of customers, as they are seen. */
const SEEN = `id, name, email(email), ends(login, 2, 0), ends(phone, 0, 2), ends(ssn, 0, 4), year(birth_date), stars(card_number), iban, bucket(salary, 1000),
  zero(score), NULL::uuid, nowhere(last_ip), nothing(secret), vip, segment, country, profile(profile), tags, contacts(contacts), home(home), month(seen_at), created_at, referred_by`;
const IBAN = [8];

export const MASKED: readonly Honest[] = [
  {
    name: "all columns of a table with every mask",
    steps: [
      {
        sql: "SELECT * FROM customers ORDER BY id",
        shows: `SELECT ${SEEN} FROM customers ORDER BY id`,
        tokens: IBAN,
      },
    ],
  },
  {
    name: "all columns beside another",
    steps: [
      {
        sql: "SELECT c.*, o.total FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.id = $1",
        shows: `SELECT ${SEEN.replace("id,", "c.id,")}, o.total FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.id = $1`,
        parameters: [17],
        tokens: IBAN,
      },
    ],
  },
  {
    name: "a token for each value",
    steps: [
      { sql: "SELECT id, iban FROM customers WHERE id < 20 ORDER BY id", tokens: [1] },
      { sql: "SELECT iban, id FROM customers WHERE id > 10 ORDER BY id", tokens: [0] },
    ],
  },
  masked(
    "one column",
    "SELECT id, email FROM customers ORDER BY id",
    "SELECT id, email(email) FROM customers ORDER BY id",
  ),
  masked(
    "a column twice",
    "SELECT phone, phone AS again FROM customers ORDER BY id",
    "SELECT ends(phone, 0, 2), ends(phone, 0, 2) FROM customers ORDER BY id",
  ),
  masked(
    "under another name",
    "SELECT email AS name, name AS email FROM customers ORDER BY id",
    "SELECT email(email), name FROM customers ORDER BY id",
  ),
  masked(
    "in brackets of a derived table",
    "SELECT x.mail, x.id FROM (SELECT id, email AS mail FROM customers WHERE id < 5) x ORDER BY x.id",
    "SELECT email(email), id FROM customers WHERE id < 5 ORDER BY id",
  ),
  masked(
    "out of a CTE",
    "WITH c AS (SELECT id, email, birth_date FROM customers) SELECT email, birth_date FROM c WHERE id < 5 ORDER BY id",
    "SELECT email(email), year(birth_date) FROM customers WHERE id < 5 ORDER BY id",
  ),
  masked(
    "out of a materialized CTE",
    "WITH c AS MATERIALIZED (SELECT id, phone FROM customers) SELECT phone FROM c ORDER BY id",
    "SELECT ends(phone, 0, 2) FROM customers ORDER BY id",
  ),
  masked(
    "through a view",
    "SELECT * FROM contacts ORDER BY id",
    "SELECT id, name, email(email), ends(phone, 0, 2), country FROM contacts ORDER BY id",
  ),
  masked(
    "through a view of a view",
    "SELECT id, mail FROM german ORDER BY id",
    "SELECT id, email(mail) FROM german ORDER BY id",
  ),
  masked(
    "beside a join",
    "SELECT o.id, c.email, o.total FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY o.id LIMIT 10",
    "SELECT o.id, email(c.email), o.total FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY o.id LIMIT 10",
  ),
  masked(
    "where an outer join has none",
    "SELECT c.id, r.email FROM customers c LEFT JOIN customers r ON r.id = c.referred_by ORDER BY c.id",
    "SELECT c.id, email(r.email) FROM customers c LEFT JOIN customers r ON r.id = c.referred_by ORDER BY c.id",
  ),
  masked(
    "out of a lateral join",
    "SELECT o.id, l.email FROM orders o, LATERAL (SELECT email FROM customers c WHERE c.id = o.customer_id) l ORDER BY o.id LIMIT 5",
    "SELECT o.id, email(l.email) FROM orders o, LATERAL (SELECT email FROM customers c WHERE c.id = o.customer_id) l ORDER BY o.id LIMIT 5",
  ),
  masked(
    "of a partitioned table",
    "SELECT id, card, amount FROM payments ORDER BY id",
    "SELECT id, ends(card, 0, 4), amount FROM payments ORDER BY id",
  ),
  masked(
    "of one partition",
    "SELECT id, card FROM payments_card ORDER BY id",
    "SELECT id, ends(card, 0, 4) FROM payments_card ORDER BY id",
  ),
  masked(
    "of a table and its heirs",
    "SELECT id, born FROM people ORDER BY id",
    "SELECT id, year(born) FROM people ORDER BY id",
  ),
  masked(
    "of an heir",
    "SELECT * FROM staff ORDER BY id",
    "SELECT id, name, year(born), stars(badge), desk FROM staff ORDER BY id",
  ),
  masked(
    "by equality with a masked column",
    "SELECT id, name, email FROM customers WHERE email = $1",
    "SELECT id, name, email(email) FROM customers WHERE email = $1",
    "cat7.mail@host3.example.org",
  ),
  masked(
    "by equality with a literal",
    "SELECT id, phone FROM customers WHERE phone = '+49 30 555 0111'",
    "SELECT id, ends(phone, 0, 2) FROM customers WHERE phone = '+49 30 555 0111'",
  ),
  masked(
    "by a list of masked values",
    "SELECT id, email FROM customers WHERE email IN ('bob1.mail@host1.example.org', 'cat2.mail@host2.example.org') ORDER BY id",
    "SELECT id, email(email) FROM customers WHERE email IN ('bob1.mail@host1.example.org', 'cat2.mail@host2.example.org') ORDER BY id",
  ),
  masked(
    "by any of an array",
    "SELECT id, email FROM customers WHERE email = ANY ($1::text[]) ORDER BY id",
    "SELECT id, email(email) FROM customers WHERE email = ANY ($1::text[]) ORDER BY id",
    "{dan3.mail@host3.example.org,nobody@example.org}",
  ),
  masked(
    "where a masked column is NULL",
    "SELECT id, phone FROM customers WHERE phone IS NULL",
    "SELECT id, NULL::varchar FROM customers WHERE phone IS NULL",
  ),
  masked(
    "dates by equality",
    "SELECT id, birth_date FROM customers WHERE birth_date = $1::date",
    "SELECT id, year(birth_date) FROM customers WHERE birth_date = $1::date",
    "1963-05-21",
  ),
  masked(
    "for update",
    "SELECT id, email, phone FROM customers WHERE id = 5 FOR UPDATE",
    "SELECT id, email(email), ends(phone, 0, 2) FROM customers WHERE id = 5",
  ),
  masked(
    "numbers in buckets",
    "SELECT id, salary FROM customers ORDER BY id",
    "SELECT id, bucket(salary, 1000) FROM customers ORDER BY id",
  ),
  masked(
    "dates and times",
    "SELECT birth_date, seen_at FROM customers ORDER BY id",
    "SELECT year(birth_date), month(seen_at) FROM customers ORDER BY id",
  ),
  masked(
    "JSON, whose other members stay",
    "SELECT id, profile FROM customers ORDER BY id",
    "SELECT id, profile(profile) FROM customers ORDER BY id",
  ),
  masked(
    "elements of arrays",
    "SELECT contacts FROM customers ORDER BY id",
    "SELECT contacts(contacts) FROM customers ORDER BY id",
  ),
  masked(
    "fields of composites",
    "SELECT home FROM customers ORDER BY id",
    "SELECT home(home) FROM customers ORDER BY id",
  ),
  masked(
    "uuid, inet, bytea, integer and char",
    "SELECT device, last_ip, secret, score, ssn FROM customers ORDER BY id",
    "SELECT NULL::uuid, nowhere(last_ip), nothing(secret), zero(score), ends(ssn, 0, 4) FROM customers ORDER BY id",
  ),
  masked(
    "a domain",
    "SELECT login FROM customers ORDER BY id",
    "SELECT ends(login, 2, 0) FROM customers ORDER BY id",
  ),
  masked(
    "open columns beside what is computed from masked ones",
    "SELECT id, upper(email) AS mail, name FROM customers ORDER BY id",
    "SELECT id, NULL::text, name FROM customers ORDER BY id",
  ),
  masked(
    "a computed column of a view",
    "SELECT id, line FROM directory ORDER BY id",
    "SELECT id, NULL::text FROM directory ORDER BY id",
  ),
  masked(
    "a materialized view that holds a masked column",
    "SELECT * FROM addresses ORDER BY id",
    "SELECT id, email(email), segment FROM addresses ORDER BY id",
  ),
  masked(
    "an aggregate of a masked column",
    "SELECT country, count(*), max(salary) FROM customers GROUP BY country ORDER BY country",
    "SELECT country, count(*), NULL::numeric FROM customers GROUP BY country ORDER BY country",
  ),
  masked(
    "a cast of a masked column",
    "SELECT id, birth_date::text, phone::text FROM customers WHERE id < 3 ORDER BY id",
    "SELECT id, NULL::text, NULL::text FROM customers WHERE id < 3 ORDER BY id",
  ),
  masked(
    "a whole row with masks",
    "SELECT id, c AS whole FROM customers c WHERE id < 3 ORDER BY id",
    "SELECT id, NULL::customers FROM customers WHERE id < 3 ORDER BY id",
  ),
  masked(
    "JSON of a row with masks",
    "SELECT id, to_jsonb(c) AS whole FROM customers c WHERE id < 3 ORDER BY id",
    "SELECT id, NULL::jsonb FROM customers WHERE id < 3 ORDER BY id",
  ),
  masked(
    "UNION ALL with a masked column",
    "SELECT id, email FROM customers WHERE id < 3 UNION ALL SELECT id, name FROM products WHERE id < 3 ORDER BY 1",
    "SELECT id, NULL::text FROM customers WHERE id < 3 UNION ALL SELECT id, NULL FROM products WHERE id < 3 ORDER BY 1",
  ),
  masked(
    "a window over open columns",
    "SELECT id, email, row_number() OVER (PARTITION BY country ORDER BY id) FROM customers ORDER BY id",
    "SELECT id, email(email), row_number() OVER (PARTITION BY country ORDER BY id) FROM customers ORDER BY id",
  ),
  masked(
    "a masked value of a scalar query",
    "SELECT o.id, (SELECT c.name FROM customers c WHERE c.id = o.customer_id), (SELECT c.email FROM customers c WHERE c.id = o.customer_id) FROM orders o WHERE o.id < 4 ORDER BY 1",
    "SELECT o.id, (SELECT c.name FROM customers c WHERE c.id = o.customer_id), NULL::text FROM orders o WHERE o.id < 4 ORDER BY 1",
  ),
  plain("nothing of a masked table but a constant", "SELECT 'x' AS x FROM customers WHERE id < 4"),
];
