// The shop of the honest statements: tables as people make them, a document that masks columns in every way, and the same masks
// once more in SQL, written apart from the gateway's, so that PostgreSQL itself says what has to be seen.

export const SCHEMA = "honest";
/** What the masks show, as functions; for the direct connection alone. */
export const SHOWS = "honest_shows";

const TABLES = [
  `CREATE DOMAIN address_of_mail AS text CHECK (VALUE LIKE '%@%')`,
  `CREATE TYPE place AS (street text, city text, zip text)`,
  `CREATE TYPE state AS ENUM ('open', 'paid', 'shipped', 'cancelled')`,
  `CREATE TABLE customers (
     id integer PRIMARY KEY, name text NOT NULL, email text NOT NULL UNIQUE, login address_of_mail, phone varchar(24), ssn char(11),
     birth_date date, card_number text, iban text, salary numeric(12,2), score integer, device uuid, last_ip inet, secret bytea,
     vip boolean NOT NULL DEFAULT false, segment text, country text, profile jsonb, tags text[], contacts text[], home place,
     seen_at timestamptz, created_at timestamptz NOT NULL DEFAULT '2026-01-01Z', referred_by integer REFERENCES customers)`,
  `CREATE TABLE products (id integer PRIMARY KEY, sku text NOT NULL UNIQUE, name text NOT NULL, price numeric(10,2) NOT NULL,
     stock integer NOT NULL CHECK (stock >= 0), tags text[] NOT NULL DEFAULT '{}', weight float8, added date)`,
  `CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers, status state NOT NULL DEFAULT 'open',
     total numeric(10,2) NOT NULL, placed_at timestamptz NOT NULL, note text, ship_to text)`,
  `CREATE TABLE order_items (order_id integer REFERENCES orders ON DELETE CASCADE, product_id integer REFERENCES products,
     quantity integer NOT NULL, unit_price numeric(10,2) NOT NULL, PRIMARY KEY (order_id, product_id))`,
  `CREATE TABLE payments (id integer, order_id integer, method text NOT NULL, amount numeric(10,2), card text, paid_on date,
     PRIMARY KEY (id, method)) PARTITION BY LIST (method)`,
  `CREATE TABLE payments_card PARTITION OF payments FOR VALUES IN ('card')`,
  `CREATE TABLE payments_other PARTITION OF payments DEFAULT`,
  `CREATE TABLE people (id integer PRIMARY KEY, name text, born date)`,
  `CREATE TABLE staff (badge text, desk integer) INHERITS (people)`,
  `CREATE TABLE settings (name text PRIMARY KEY, value text, changed integer NOT NULL DEFAULT 0)`,
  `CREATE TABLE changes (at integer GENERATED ALWAYS AS IDENTITY, what text)`,
];

const PERSON = (n: string): string => `
     ${n}, (ARRAY['Ada','Grace','Alan','Edsger','Barbara','Donald','Tony','Frances'])[1 + ${n} % 8] || ' No' || ${n},
     (ARRAY['ann','bob','cat','dan','eve'])[1 + ${n} % 5] || ${n} || '.mail@host' || ${n} % 4 || '.example.org', left(md5(${n}::text), 4) || '@corp.example.com', '+49 30 555 ' || lpad((${n} * 37)::text, 4, '0'),
     lpad((100 + ${n})::text, 3, '0') || '-' || lpad((${n} % 90 + 10)::text, 2, '0') || '-' || (4000 + ${n} * 7),
     date '1960-02-03' + ${n} * 401, '4' || lpad((${n} * 7919)::text, 15, '0'), CASE WHEN ${n} % 5 > 0 THEN 'DE' || lpad((${n} * 104729)::text, 20, '0') END,
     30000 + ${n} * 1234.56, ${n} * 13 % 100, md5('device' || ${n})::uuid, ('10.1.' || ${n} % 200 || '.' || ${n} % 100)::inet, decode(md5('s' || ${n}), 'hex'),
     ${n} % 4 = 0, (ARRAY['new','regular','gold'])[1 + ${n} % 3], (ARRAY['DE','FR','US','JP'])[1 + ${n} % 4],
     jsonb_build_object('address', jsonb_build_object('street', 'Road ' || ${n}, 'city', 'City ' || ${n} % 3), 'contacts', jsonb_build_array(jsonb_build_object('kind', 'home', 'phone', '0301' || ${n} * 1111)), 'theme', 'dark', 'visits', ${n}),
     ARRAY['t' || ${n} % 3, 'common'], ARRAY['a' || ${n} || 'x@one.example.com', NULL, 'b' || ${n} || 'y@two.example.net'], ROW('Lane ' || ${n}, 'City ' || ${n} % 3, lpad(${n}::text, 5, '0'))::place,
     timestamptz '2026-03-04 05:06:07.89Z' + ${n} * interval '9 days 3 hours', timestamptz '2025-01-01Z' + ${n} * interval '1 day', CASE WHEN ${n} > 5 THEN ${n} % 5 + 1 END`;

const ROWS = [
  `INSERT INTO customers SELECT ${PERSON("n")} FROM generate_series(1, 40) n`,
  `INSERT INTO customers (id, name, email) VALUES (41, 'Nobody', 'no.body@host.example.org')`,
  `INSERT INTO products SELECT n, 'SKU-' || n, 'Thing ' || n, n * 3.5, n * 10, ARRAY['p' || n % 2], n * 0.25, date '2026-01-01' + n FROM generate_series(1, 12) n`,
  `INSERT INTO orders SELECT n, 1 + n % 40, (ARRAY['open','paid','shipped','cancelled'])[1 + n % 4]::state, n * 10.5, timestamptz '2026-05-01Z' + n * interval '7 hours', CASE WHEN n % 3 = 0 THEN 'note ' || n END, 'Lane ' || n FROM generate_series(1, 90) n`,
  `INSERT INTO order_items SELECT o, 1 + (o + p * 5) % 12, 1 + o % 3, (1 + (o + p * 5) % 12) * 3.5 FROM generate_series(1, 90) o, generate_series(0, 1) p`,
  `INSERT INTO payments SELECT n, n, (ARRAY['card','cash','bank'])[1 + n % 3], n * 10.5, CASE WHEN n % 3 = 0 THEN '5' || lpad((n * 6143)::text, 15, '0') END, date '2026-05-01' + n FROM generate_series(1, 60) n`,
  `INSERT INTO people SELECT n, 'Person ' || n, date '1970-01-01' + n * 100 FROM generate_series(1, 5) n`,
  `INSERT INTO staff SELECT 100 + n, 'Clerk ' || n, date '1980-06-07' + n * 100, 'B-' || n * 4711, n FROM generate_series(1, 4) n`,
  `INSERT INTO settings VALUES ('currency', 'EUR'), ('vat', '19'), ('opens', '09:00')`,
];

const THINGS = [
  `CREATE VIEW contacts AS SELECT id, name, email, phone, country FROM customers`,
  `CREATE VIEW german AS SELECT id, name, email AS mail FROM contacts WHERE country = 'DE'`,
  `CREATE VIEW order_totals AS SELECT customer_id, count(*) AS orders, sum(total) AS total FROM orders GROUP BY customer_id`,
  `CREATE VIEW open_orders AS SELECT id, customer_id, total, placed_at, ship_to FROM orders WHERE status = 'open'`,
  `CREATE VIEW directory AS SELECT id, upper(name) AS name, email || ' <' || name || '>' AS line FROM customers`,
  `CREATE MATERIALIZED VIEW revenue AS SELECT date_trunc('month', placed_at, 'UTC') AS month, sum(total) AS amount, count(*) AS orders FROM orders GROUP BY 1`,
  `CREATE MATERIALIZED VIEW addresses AS SELECT id, email, segment FROM customers`,
  `CREATE INDEX ON orders (customer_id)`,
  `CREATE FUNCTION order_total(integer) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT total FROM honest.orders WHERE id = $1'`,
  `CREATE FUNCTION label(integer, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $2 || '' #'' || $1'`,
  `CREATE FUNCTION items_of(integer) RETURNS TABLE (product integer, quantity integer) LANGUAGE sql STABLE AS 'SELECT product_id, quantity FROM honest.order_items WHERE order_id = $1'`,
  `CREATE FUNCTION vat(numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN round($1 * 0.19, 2); END'`,
  `CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO honest.changes (what) VALUES (TG_OP || '' '' || NEW.name); RETURN NEW; END'`,
  `CREATE TRIGGER noted AFTER INSERT OR UPDATE ON settings FOR EACH ROW EXECUTE FUNCTION note_change()`,
];

/** Strict: a NULL stays one, as it does behind masks of stored columns. */
const MASKS = [
  `CREATE FUNCTION email(text) RETURNS text LANGUAGE sql STRICT AS $$ SELECT left($1, 1) || '***@***.' || substring($1 FROM '[a-z]+$') $$`,
  `CREATE FUNCTION ends(text, integer, integer) RETURNS text LANGUAGE sql STRICT AS $$ SELECT left($1, $2) || '***' || CASE WHEN $3 > 0 THEN right($1, $3) ELSE '' END $$`,
  `CREATE FUNCTION year(date) RETURNS date LANGUAGE sql STRICT AS $$ SELECT make_date(extract(year FROM $1)::int, 1, 1) $$`,
  `CREATE FUNCTION month(timestamptz) RETURNS timestamptz LANGUAGE sql STRICT AS $$ SELECT date_trunc('month', $1, 'UTC') $$`,
  `CREATE FUNCTION bucket(numeric, numeric) RETURNS numeric LANGUAGE sql STRICT AS $$ SELECT (floor($1 / $2) * $2)::numeric(12,2) $$`,
  `CREATE FUNCTION profile(jsonb) RETURNS jsonb LANGUAGE sql STRICT AS $$
     SELECT jsonb_set(jsonb_set($1, '{address,street}', '"***"'), '{contacts,0,phone}', to_jsonb('***' || right($1 #>> '{contacts,0,phone}', 2))) $$`,
  `CREATE FUNCTION contacts(text[]) RETURNS text[] LANGUAGE sql STRICT AS $$ SELECT array_agg(${SHOWS}.email(e) ORDER BY n) FROM unnest($1) WITH ORDINALITY u(e, n) $$`,
  `CREATE FUNCTION home(${SCHEMA}.place) RETURNS ${SCHEMA}.place LANGUAGE sql AS $$ SELECT CASE WHEN $1 IS NOT NULL THEN ROW('***', $1.city, $1.zip)::${SCHEMA}.place END $$`,
  `CREATE FUNCTION stars(text) RETURNS text LANGUAGE sql STRICT AS $$ SELECT '***' $$`,
  `CREATE FUNCTION zero(integer) RETURNS integer LANGUAGE sql STRICT AS $$ SELECT 0 $$`,
  `CREATE FUNCTION nowhere(inet) RETURNS inet LANGUAGE sql STRICT AS $$ SELECT inet '192.0.2.1' $$`,
  `CREATE FUNCTION nothing(bytea) RETURNS bytea LANGUAGE sql STRICT AS $$ SELECT ''::bytea $$`,
];

export const SETUP: readonly string[] = [
  ...[SCHEMA, SHOWS].map((schema) => `DROP SCHEMA IF EXISTS ${schema} CASCADE`),
  `CREATE SCHEMA ${SCHEMA}`,
  `SET search_path = ${SCHEMA}`,
  ...TABLES,
  ...ROWS,
  ...THINGS,
  `CREATE SCHEMA ${SHOWS}`,
  `SET search_path = ${SHOWS}`,
  ...MASKS,
  "RESET search_path",
];

/** What a case may change, what is referred to first. */
const CHANGEABLE = [
  "customers",
  "products",
  "orders",
  "order_items",
  "payments",
  "ONLY people",
  "staff",
  "settings",
] as const;
const kept = (table: string): string => `${SHOWS}.${table.replace("ONLY ", "")}`;
const own = (table: string): string => `${SCHEMA}.${table.replace("ONLY ", "")}`;

export const KEEP: readonly string[] = CHANGEABLE.map(
  (table) => `CREATE TABLE ${kept(table)} AS SELECT * FROM ${table.replace(/\w+$/, `${SCHEMA}.$&`)}`,
);
/** Rows as they were, and counters; a trigger notes what comes back. */
export const RESTORE: readonly string[] = [
  `TRUNCATE ${[...CHANGEABLE, "changes"].map(own).join(", ")} RESTART IDENTITY`,
  ...CHANGEABLE.map((table) => `INSERT INTO ${own(table)} SELECT * FROM ${kept(table)}`),
  `TRUNCATE ${own("changes")} RESTART IDENTITY`,
];
/** All rows. */
export const STORED = [...CHANGEABLE, "changes"]
  .map((table) => `SELECT '${table}' AS of, t::text AS row FROM ${own(table)} t`)
  .join(" UNION ALL ")
  .concat(" ORDER BY 1, 2");

export const DOCUMENT = `extends: agent
relations: { read: ["*"], write: ["${SCHEMA}.*"] }
limits: { rows_changed: { statement: none, session: none } }
mask:
  ${SCHEMA}.customers.email: email
  ${SCHEMA}.customers.login: { mask: partial, first: 2 }
  ${SCHEMA}.customers.phone: { mask: partial, last: 2 }
  ${SCHEMA}.customers.ssn: { mask: partial, last: 4 }
  ${SCHEMA}.customers.birth_date: year
  ${SCHEMA}.customers.card_number: { mask: redact, inference: deny }
  "${SCHEMA}.*.iban": hash
  ${SCHEMA}.customers.salary: { mask: bucket, width: 1000 }
  ${SCHEMA}.customers.score: redact
  ${SCHEMA}.customers.device: "null"
  ${SCHEMA}.customers.last_ip: { mask: constant, value: 192.0.2.1 }
  ${SCHEMA}.customers.secret: redact
  ${SCHEMA}.customers.profile: { mask: json, paths: { "address.street": redact, "contacts.*.phone": { mask: partial, last: 2 } } }
  ${SCHEMA}.customers.contacts: { mask: elements, with: email }
  ${SCHEMA}.customers.home: { mask: fields, fields: { street: redact } }
  ${SCHEMA}.customers.seen_at: month
  ${SCHEMA}.payments.card: { mask: partial, last: 4 }
  ${SCHEMA}.people.born: year
  ${SCHEMA}.staff.badge: redact
`;
