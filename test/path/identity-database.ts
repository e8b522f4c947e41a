// A database for the tests of identities: tables, a view over what is not for agents, hostile names, a role that may make
// roles, and a superuser's look at what roles there are and what they may.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";

const SETUP = [
  "CREATE ROLE app LOGIN NOINHERIT PASSWORD 'app'",
  "CREATE ROLE powerless LOGIN PASSWORD 'powerless-canary-0123456789'",
  "CREATE ROLE attic NOLOGIN",
  "CREATE ROLE stranger NOLOGIN",
  "CREATE ROLE support NOLOGIN",
  "CREATE ROLE agents NOLOGIN",
  "GRANT support, agents TO app",
  "CREATE TABLE customers (id int PRIMARY KEY, name text, email text, ssn text)",
  "CREATE TABLE orders (id serial PRIMARY KEY, customer_id int, status text)",
  "CREATE TABLE events (id int)",
  "CREATE TABLE orders_by_year (id int, year int) PARTITION BY RANGE (year)",
  "CREATE TABLE orders_2026 PARTITION OF orders_by_year FOR VALUES FROM (2026) TO (2027)",
  "CREATE SCHEMA hr",
  "CREATE TABLE hr.salaries (id int, employee text, amount int)",
  "CREATE VIEW pay_bands AS SELECT amount / 1000 AS band FROM hr.salaries",
  "CREATE VIEW passwords AS SELECT (SELECT string_agg(rolpassword, ',') FROM pg_authid) AS all_of_them",
  "CREATE VIEW structure AS SELECT relname FROM pg_class",
  "CREATE VIEW whole_customers AS SELECT id, to_json(c) FROM customers c",
  "CREATE VIEW whole_orders AS SELECT id, to_json(o) FROM orders o",
  "CREATE VIEW names AS SELECT name FROM customers",
  `CREATE SCHEMA "Sch""e.ma; --"`,
  `CREATE TABLE "Sch""e.ma; --"."t'a""b\\le" ("c""ol, x" int, "Ünï" int, secret int)`,
  "CREATE TABLE public.not_given (id int)",
  "INSERT INTO orders_by_year VALUES (7, 2026)",
  "INSERT INTO customers VALUES (1, 'ann', 'ann@example.com', '1')",
  "INSERT INTO orders (customer_id, status) VALUES (1, 'open')",
  "INSERT INTO hr.salaries VALUES (1, 'ann', 90000)",
  "CREATE SCHEMA scratch",
  "GRANT CREATE, USAGE ON SCHEMA scratch TO PUBLIC",
  "GRANT SELECT ON customers TO support",
  "GRANT SELECT ON orders TO agents",
  `CREATE FUNCTION closed(a int, "b ""c" text DEFAULT 'x', VARIADIC d "Sch""e.ma; --"."t'a""b\\le"[] DEFAULT '{}') RETURNS int LANGUAGE sql AS 'SELECT a + 1'`,
  "CREATE FUNCTION shut() RETURNS int LANGUAGE sql AS 'SELECT 1'",
  "CREATE FUNCTION withheld() RETURNS int LANGUAGE sql AS 'SELECT 1'",
  "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC",
  readFileSync(join(import.meta.dirname, "../../examples/provisioning.sql"), "utf8"),
  "ALTER ROLE gateway_provisioner PASSWORD 'provisioner-canary-0123456789'",
  "GRANT EXECUTE ON FUNCTION closed, shut TO gateway_provisioner WITH GRANT OPTION",
  "GRANT attic TO gateway_provisioner",
  "CREATE TABLE made_later (id int)",
  `GRANT ALL ON ALL TABLES IN SCHEMA hr, "Sch""e.ma; --" TO gateway_provisioner WITH GRANT OPTION`,
  `GRANT USAGE ON SCHEMA hr, "Sch""e.ma; --" TO gateway_provisioner WITH GRANT OPTION`,
  "REVOKE ALL ON not_given FROM gateway_provisioner",
];

export class IdentityDatabase {
  readonly #server: TestPostgres;
  readonly #admin: pg.Client;

  private constructor(server: TestPostgres, admin: pg.Client) {
    this.#server = server;
    this.#admin = admin;
  }

  static async start(): Promise<IdentityDatabase> {
    const server = await startPostgres({ sql: SETUP, settings: { max_connections: "100" } });
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    return new IdentityDatabase(server, admin);
  }

  url(user: string, password: string): string {
    return `postgres://${user}:${password}@127.0.0.1:${this.#server.port}/postgres?sslmode=disable`;
  }

  /** As a superuser. */
  async query(text: string): Promise<readonly Record<string, unknown>[]> {
    return (await this.#admin.query<Record<string, unknown>>(text)).rows;
  }

  /** Names of the roles that gateways made. */
  async roles(): Promise<readonly string[]> {
    const rows = await this.query("SELECT rolname FROM pg_roles WHERE rolname LIKE 'sluice\\_%' ORDER BY 1");
    return rows.map((row) => String(row["rolname"]));
  }

  /** Everything that stands in an ACL for the role, anywhere in the database: `SELECT public.orders`, `SELECT hr.t.column`. */
  async privileges(role: string): Promise<readonly string[]> {
    const rows = await this.query(`
      SELECT what || ' ' || string_agg(privilege_type || CASE WHEN is_grantable THEN '*' ELSE '' END, ',' ORDER BY privilege_type) AS held
      FROM (
        SELECT 'relation ' || c.oid::regclass AS what, a.* FROM pg_class c, aclexplode(c.relacl) a
        UNION ALL SELECT 'column ' || c.attrelid::regclass || '.' || c.attname, a.* FROM pg_attribute c, aclexplode(c.attacl) a
        UNION ALL SELECT 'schema ' || n.nspname, a.* FROM pg_namespace n, aclexplode(n.nspacl) a
        UNION ALL SELECT 'database ' || d.datname, a.* FROM pg_database d, aclexplode(d.datacl) a
        UNION ALL SELECT 'function ' || p.proname, a.* FROM pg_proc p, aclexplode(p.proacl) a
        UNION ALL SELECT 'type ' || t.typname, a.* FROM pg_type t, aclexplode(t.typacl) a
        UNION ALL SELECT 'language ' || l.lanname, a.* FROM pg_language l, aclexplode(l.lanacl) a
        UNION ALL SELECT 'parameter ' || p.parname, a.* FROM pg_parameter_acl p, aclexplode(p.paracl) a
        UNION ALL SELECT 'tablespace ' || t.spcname, a.* FROM pg_tablespace t, aclexplode(t.spcacl) a
      ) held WHERE grantee = '${role}'::regrole GROUP BY what ORDER BY 1`);
    return rows.map((row) => String(row["held"]));
  }

  async stop(): Promise<void> {
    await this.#admin.end();
    await this.#server.stop();
  }
}
