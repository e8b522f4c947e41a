// The judge: a connection of its own, directly to PostgreSQL, that looks at a database before and after a case. Knows nothing
// of gateways, rules or error texts: only what is there.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { CANARY, CANARY_HASH, CHANNEL } from "./world.ts";

/** What there is, part by part, so that a difference can be named. */
export type Fingerprint = ReadonlyMap<string, string>;

const TEMPORARY = "(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname ~ '^pg_(toast_)?temp')";

/** Catalogs of the database: whatever is written gets an xmin of its own, and copies of a database keep them. */
const CATALOGS: readonly (readonly [catalog: string, where?: string, also?: string])[] = [
  // VACUUM and ANALYZE write in place.
  [
    "pg_class",
    `relnamespace NOT IN ${TEMPORARY}`,
    "sum(relpages) || ' ' || sum(reltuples) || ' ' || sum(relfilenode::bigint)",
  ],
  ["pg_namespace", "nspname !~ '^pg_(toast_)?temp'"],
  ["pg_proc"],
  ["pg_type", `typnamespace NOT IN ${TEMPORARY}`],
  ["pg_attribute", "attrelid IN (SELECT oid FROM pg_catalog.pg_class WHERE relpersistence <> 't')"],
  ["pg_attrdef"],
  ["pg_constraint"],
  ["pg_trigger"],
  ["pg_rewrite"],
  ["pg_policy"],
  ["pg_operator"],
  ["pg_cast"],
  ["pg_language"],
  ["pg_extension"],
  ["pg_event_trigger"],
  ["pg_publication"],
  ["pg_foreign_data_wrapper"],
  ["pg_foreign_server"],
  ["pg_user_mapping"],
  ["pg_default_acl"],
  ["pg_description"],
  ["pg_largeobject_metadata"],
  ["pg_largeobject"],
  ["pg_statistic"],
  ["pg_statistic_ext"],
  ["pg_collation"],
  ["pg_conversion"],
  ["pg_ts_config"],
  ["pg_ts_dict"],
  ["pg_opclass"],
  ["pg_am"],
];

/** Catalogs of the cluster, by content: cleaning up writes them too. */
const SHARED: readonly string[] = [
  "pg_authid",
  "pg_auth_members",
  "pg_tablespace",
  "pg_parameter_acl",
  "pg_shdescription",
  "pg_replication_origin",
];

/** Parts of a fingerprint that a new copy of the database does not put back. */
export const BEYOND: ReadonlySet<string> = new Set([
  ...SHARED,
  "databases",
  "settings of roles",
  "settings of the server",
  "prepared transactions",
  "replication slots",
]);

const QUERY = [
  ...CATALOGS.map(
    ([catalog, where = "true", also = "''"]) =>
      `SELECT '${catalog}', count(*) || ' ' || coalesce(sum(xmin::text::bigint), 0) || ' ' || ${also} FROM pg_catalog.${catalog} WHERE ${where}`,
  ),
  ...SHARED.map(
    (catalog) =>
      `SELECT '${catalog}', md5(coalesce(string_agg(line, E'\\n' ORDER BY line), '')) FROM
       (SELECT (to_jsonb(c) - 'oid')::text AS line FROM pg_catalog.${catalog} c) l`,
  ),
  `SELECT 'database', pg_catalog.to_jsonb(d)::text FROM
     (SELECT datdba, datistemplate, datallowconn, datconnlimit, datacl FROM pg_catalog.pg_database WHERE datname = current_database()) d`,
  `SELECT 'databases', coalesce(pg_catalog.string_agg(datname, ' ' ORDER BY datname), '') FROM pg_catalog.pg_database`,
  `SELECT 'settings of roles', coalesce(pg_catalog.string_agg(setrole || setconfig::text, ' ' ORDER BY setrole, setconfig), '') FROM pg_catalog.pg_db_role_setting`,
  `SELECT 'settings of the server', coalesce(pg_catalog.string_agg(name || ' ' || setting, ';' ORDER BY name), '') FROM pg_catalog.pg_file_settings`,
  `SELECT 'prepared transactions', coalesce(pg_catalog.string_agg(gid, ' ' ORDER BY gid), '') FROM pg_catalog.pg_prepared_xacts`,
  `SELECT 'replication slots', coalesce(pg_catalog.string_agg(slot_name, ' ' ORDER BY slot_name), '') FROM pg_catalog.pg_replication_slots`,
  `SELECT n.nspname || '.' || c.relname, pg_catalog.md5(pg_catalog.query_to_xml(CASE c.relkind WHEN 'S'
       THEN pg_catalog.format('SELECT last_value, is_called FROM %I.%I', n.nspname, c.relname)
       ELSE pg_catalog.format('SELECT pg_catalog.count(*) AS n, pg_catalog.md5(pg_catalog.string_agg(t::text, E''\\n'' ORDER BY t::text COLLATE "C")) AS m FROM ONLY %I.%I AS t', n.nspname, c.relname) END,
       true, false, '')::text)
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'S', 'm') AND c.relpersistence <> 't' AND (c.relkind <> 'm' OR c.relispopulated) AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')`,
].join("\nUNION ALL\n");

/** Anything stronger than what reading takes. */
const HELD = `SELECT coalesce(pg_catalog.string_agg(DISTINCT coalesce(relation::pg_catalog.regclass::text, locktype) || ' ' || mode, ', '), '') AS held
  FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation
  WHERE pid <> pg_catalog.pg_backend_pid() AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND (locktype = 'advisory' OR locktype = 'relation' AND mode NOT IN ('AccessShareLock') AND c.relpersistence <> 't' AND relation >= 16384)`;

const RUNNING = `SELECT pg_catalog.count(*)::int AS running FROM pg_catalog.pg_stat_activity WHERE datname = pg_catalog.current_database()
  AND pid <> pg_catalog.pg_backend_pid() AND state = 'active' AND backend_type = 'client backend'`;

const CANARIES = [CANARY, Buffer.from(CANARY).toString("hex"), CANARY_HASH];

export class Judge {
  readonly #client: pg.Client;
  readonly #directory: string;
  readonly told: string[] = [];
  readonly #oids = new Map<string, number>();

  private constructor(client: pg.Client, directory: string) {
    this.#client = client;
    this.#directory = directory;
    client.on("notification", ({ channel }) => this.told.push(channel));
    client.on("error", () => undefined);
  }

  /** `directory`: where a case may try to have files written. */
  static async connect(url: string, directory: string): Promise<Judge> {
    const client = new pg.Client({ connectionString: url, options: "-c search_path=pg_catalog" });
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
    return new Judge(client, directory);
  }

  async fingerprint(): Promise<Fingerprint> {
    const { rows } = await this.#client.query<[string, string]>({ text: QUERY, rowMode: "array" });
    return new Map(rows);
  }

  /** Rows of app.ledger that are gone, new or changed. */
  async ledger(): Promise<number> {
    return this.#count(
      `SELECT pg_catalog.count(*)::int AS n FROM app.ledger l FULL JOIN pg_catalog.generate_series(1, 2000) g ON g = l.id WHERE l.amount IS DISTINCT FROM g`,
    );
  }

  async held(): Promise<string> {
    const { rows } = await this.#client.query<{ held: string }>(HELD);
    return rows[0]?.held ?? "";
  }

  async running(): Promise<number> {
    const { rows } = await this.#client.query<{ running: number }>(RUNNING);
    return rows[0]?.running ?? 0;
  }

  async functionOid(name: string): Promise<number> {
    const known = this.#oids.get(name);
    if (known !== undefined) return known;
    const { rows } = await this.#client.query<{ oid: number }>(`SELECT $1::regprocedure::oid AS oid`, [name]);
    const oid = rows[0]?.oid ?? 0;
    this.#oids.set(name, oid);
    return oid;
  }

  /** Names and contents below the directory. */
  files(): string {
    return readdirSync(this.#directory)
      .sort()
      .map((name) => `${name}: ${readFileSync(join(this.#directory, name), "latin1")}`)
      .join("\n");
  }

  /** A round trip: notifications that were sent before it have come. */
  async settle(): Promise<void> {
    await this.#client.query("SELECT 1");
  }

  async end(): Promise<void> {
    await this.#client.end();
  }

  async #count(text: string): Promise<number> {
    const { rows } = await this.#client.query<{ n: number }>(text);
    return rows[0]?.n ?? 0;
  }
}

/** Names of what differs. */
export function difference(before: Fingerprint, after: Fingerprint): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (part) => before.get(part) !== after.get(part),
  );
}

export function findCanary(bytes: Buffer): string | null {
  return CANARIES.find((canary) => bytes.includes(canary)) ?? null;
}
