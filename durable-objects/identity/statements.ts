// The statements that make a session's role and drop it, as text. Pure: values in, SQL out. Names come from the catalog and
// from tokens, so every one is quoted; it is for a session with standard_conforming_strings on and search_path fixed (OPENING).

import type { Heritage } from "../targets/index.ts";
import type { Plan, RelationGrant } from "./plan.ts";

export interface RoleSpec {
  readonly role: string;
  /** As PostgreSQL keeps it (scramVerifier); the password itself is in no statement. */
  readonly verifier: string;
  /** Milliseconds since the epoch: after it the password lets nobody in. */
  readonly validUntil: number;
  /** Defaults of the role's sessions. */
  readonly settings: ReadonlyMap<string, string>;
  /** Says whose role it is, for people and for the sweep. */
  readonly comment: string;
  readonly heir: Heritage;
}

/** PostgreSQL reads no later year in four digits, and no token is meant to last so long. */
const LAST_TIME = Date.UTC(9999, 11, 31);

/** Objects of one GRANT: a statement of a million names is one too long for the parser's patience, not for PostgreSQL. */
const OBJECTS_A_GRANT = 200;

/** "Sluice" in bytes. Roles of a database are made and dropped one after the other: two GRANTs on one table at once fail. */
const LOCK = "SELECT pg_catalog.pg_advisory_xact_lock(91630985374565)";

/** What a provisioning connection begins with. First of all names: whoever may create a function must not be called. */
export const OPENING =
  "SET search_path = pg_catalog, pg_temp; SET standard_conforming_strings = on; SET statement_timeout = '15s'; SET lock_timeout = '10s'; SET default_transaction_read_only = off";

/** One message, so one transaction: the role is there with all that it may, or not at all. */
export function createRole(spec: RoleSpec, plan: Plan): string {
  const { role, verifier, validUntil, settings, comment, heir } = spec;
  const name = identifier(role);
  const until = new Date(Math.min(validUntil, LAST_TIME)).toISOString();
  return [
    LOCK,
    `CREATE ROLE ${name} LOGIN NOINHERIT CONNECTION LIMIT 1 PASSWORD ${literal(verifier)} VALID UNTIL ${literal(until)}`,
    `COMMENT ON ROLE ${name} IS ${literal(comment)}`,
    // Who is no superuser may end the role's connections, and drop what it owns, as its member alone.
    `GRANT ${name} TO CURRENT_USER`,
    // There is nothing to hand on yet: what would fail at the end, for want of membership, fails now.
    `REASSIGN OWNED BY ${name} TO ${heir === null ? "CURRENT_USER" : identifier(heir)}`,
    ...[...settings].map(
      ([setting, value]) => `ALTER ROLE ${name} SET ${identifier(setting)} = ${literal(value)}`,
    ),
    ...grants(name, plan),
  ].join(";\n");
}

/** What a role has already is granted once more, to no effect. */
export function widenRole(role: string, plan: Plan): string {
  return [LOCK, ...grants(identifier(role), plan)].join(";\n");
}

function grants(name: string, plan: Plan): readonly string[] {
  return [
    ...(plan.database === null ? [] : [`GRANT CONNECT ON DATABASE ${identifier(plan.database)} TO ${name}`]),
    ...inParts(plan.schemas.map(identifier)).map((schemas) => `GRANT USAGE ON SCHEMA ${schemas} TO ${name}`),
    ...relationGrants(plan.relations, name),
    ...plan.routines.map(
      (routine) =>
        `GRANT EXECUTE ON ROUTINE ${identifier(routine.schema)}.${identifier(routine.name)}(${routine.arguments}) TO ${name}`,
    ),
  ];
}

/** Those that differ in the relation alone are one statement. */
function relationGrants(grants: readonly RelationGrant[], role: string): readonly string[] {
  const alike = new Map<string, string[]>();
  for (const { on, schema, name, privilege, columns } of grants) {
    const what = columns === null ? privilege : `${privilege} (${columns.map(identifier).join(", ")})`;
    const head = `GRANT ${what} ON ${on.toUpperCase()}`;
    const objects = alike.get(head) ?? [];
    objects.push(`${identifier(schema)}.${identifier(name)}`);
    alike.set(head, objects);
  }
  return [...alike].flatMap(([head, objects]) =>
    inParts(objects).map((some) => `${head} ${some} TO ${role}`),
  );
}

/** From here on nobody comes in as the role. */
export function closeRole(role: string): string {
  return `${LOCK};\nALTER ROLE ${identifier(role)} NOLOGIN`;
}

/** The connections of the role `$1` are ended, and waited for. */
export const END_CONNECTIONS =
  "SELECT pg_catalog.pg_terminate_backend(a.pid, 5000) FROM pg_catalog.pg_stat_activity a JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid WHERE r.rolname = $1";

/** The comment of the role `$1`: no row where there is no such role. */
export const FIND_ROLE =
  "SELECT pg_catalog.shobj_description(r.oid, 'pg_authid') FROM pg_catalog.pg_roles r WHERE r.rolname = $1";

/**
 * One message, so one transaction. What others have built on things of the role keeps them, and so the role, which is without
 * a way in by then: CASCADE would take other people's things along.
 */
export function dropRole(role: string, heir: Heritage): string {
  const name = identifier(role);
  return [
    LOCK,
    ...(heir === null ? [] : [`REASSIGN OWNED BY ${name} TO ${identifier(heir)}`]),
    `DROP OWNED BY ${name} RESTRICT`,
    `DROP ROLE ${name}`,
  ].join(";\n");
}

function inParts(names: readonly string[]): readonly string[] {
  const parts: string[] = [];
  for (let from = 0; from < names.length; from += OBJECTS_A_GRANT)
    parts.push(names.slice(from, from + OBJECTS_A_GRANT).join(", "));
  return parts;
}

/** A zero byte would end the statement, and stands in no name of the catalog's. */
function identifier(name: string): string {
  return `"${withoutZero(name).replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${withoutZero(text).replaceAll("'", "''")}'`;
}

function withoutZero(text: string): string {
  return text.replaceAll("\0", "");
}
