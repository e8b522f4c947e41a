// The ways in which programs ask: the same statement by each driver, its answer as the driver gives it. What the driver makes
// of a value is part of the answer: a type that is not right shows.

import { Client as NeonClient, neonConfig } from "@neondatabase/serverless";
import pg from "pg";
import postgres from "postgres";
import { type BackendMessage, decodeBackend, type Format, type Frame } from "#core/wire";
import type { Way } from "../../path/compat-governed.ts";
import { describe as shown, WireClient } from "../../support/wire-client.ts";
import type { Parameter, Step } from "./case.ts";
import { SCHEMA, SHOWS } from "./world.ts";

export interface Answer {
  /** Name and OID of each column. */
  readonly fields: readonly (readonly [name: string, type: number])[];
  readonly rows: readonly (readonly unknown[])[];
  /** Rows that it says were touched; null: it does not say. */
  readonly count: number | null;
}

export interface Session {
  ask(step: Pick<Step, "sql" | "parameters">): Promise<Answer>;
  end(): Promise<void>;
}

export interface Driver {
  readonly name: string;
  /** Without masks: where `shows` is asked. */
  direct(url: string): Promise<Session>;
  through(way: Way): Promise<Session>;
}

/** Where a direct connection finds tables and masks, and one through the gateway the tables alone. */
const SEARCH_PATH = `SET search_path = ${SCHEMA}, ${SHOWS}`;

async function ready(session: Session): Promise<Session> {
  await session.ask({ sql: SEARCH_PATH });
  return session;
}

type PgClient = Pick<pg.Client, "connect" | "query" | "end">;

async function likePg(client: PgClient): Promise<Session> {
  await client.connect();
  return ready({
    ask: async ({ sql, parameters = [] }) => {
      const { fields, rows, rowCount } = await client.query<unknown[]>({
        text: sql,
        values: [...parameters],
        rowMode: "array",
      });
      return {
        fields: fields.map(({ name, dataTypeID }) => [name, dataTypeID]),
        rows,
        count: rowCount,
      };
    },
    end: () => client.end(),
  });
}

async function likePostgresJs(url: string): Promise<Session> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  return ready({
    ask: async ({ sql: text, parameters = [] }) => {
      const result = await sql.unsafe(text, [...parameters], { prepare: true }).values();
      return {
        fields: (result.columns ?? []).map(({ name, type }) => [name, type]),
        rows: [...result],
        count: result.count,
      };
    },
    end: () => sql.end(),
  });
}

/** What pgjdbc asks in binary: QueryExecutorImpl's list of types. */
const JDBC = new Set([
  17, 20, 21, 23, 600, 603, 700, 701, 1001, 1005, 1007, 1009, 1015, 1016, 1021, 1022, 1028, 1082, 1083, 1114,
  1184, 1266, 1700, 2950,
]);
const INT4 = 23;

/** Prepares, describes, and asks each column in the format that is right for its type. */
async function byWire(url: string, formatOf: (type: number) => Format): Promise<Session> {
  const client = await WireClient.connect(url);
  let statements = 0;
  const ask: Session["ask"] = async ({ sql, parameters = [] }) => {
    const statement = `S_${++statements}`;
    client.send(
      {
        kind: "parse",
        statement,
        text: Buffer.from(sql),
        parameterTypes: parameters.map((value) => (typeof value === "number" ? INT4 : 0)),
      },
      { kind: "describe", target: "S", name: statement },
      { kind: "sync" },
    );
    const described = decoded(await client.ready());
    const fields = described.flatMap((message) => (message.kind === "row_description" ? message.fields : []));
    client.send(
      {
        kind: "bind",
        portal: "",
        statement,
        parameterFormats: parameters.map((value) => (typeof value === "number" ? 1 : 0)),
        parameters: parameters.map(encoded),
        resultFormats: fields.map(({ typeOid }) => formatOf(typeOid)),
      },
      { kind: "execute", portal: "", maxRows: 0 },
      { kind: "sync" },
    );
    const rows: unknown[][] = [];
    let count: number | null = null;
    for (const message of decoded(await client.ready())) {
      if (message.kind === "data_row")
        rows.push(
          message.values.map((value) => (value === null ? null : Buffer.from(value).toString("hex"))),
        );
      if (message.kind === "command_complete") count = Number(/\d+$/.exec(message.tag)?.[0] ?? Number.NaN);
    }
    return { fields: fields.map(({ name, typeOid }) => [name, typeOid]), rows, count };
  };
  return ready({ ask, end: () => client.end() });
}

function encoded(value: Parameter): Uint8Array | null {
  if (value === null) return null;
  if (typeof value !== "number") return Buffer.from(String(value));
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** Throws what PostgreSQL, or the gateway, says went wrong. */
function decoded(frames: readonly Frame[]): BackendMessage[] {
  return frames.map((frame) => {
    const message = decodeBackend(frame);
    if (!message.ok) throw new Error(message.error.detail);
    if (message.value.kind === "error_response") throw new Error(shown(frame));
    return message.value;
  });
}

export const DRIVERS: readonly Driver[] = [
  {
    name: "node-postgres",
    direct: (connectionString) => likePg(new pg.Client({ connectionString })),
    through: (way) => likePg(new pg.Client({ connectionString: way.postgres })),
  },
  {
    name: "Neon's driver",
    direct: (connectionString) => likePg(new pg.Client({ connectionString })),
    through: (way) => {
      neonConfig.useSecureWebSocket = false;
      neonConfig.wsProxy = (host, port) => `${host}:${port}/v2`;
      return likePg(new NeonClient({ connectionString: way.connect }) as unknown as PgClient);
    },
  },
  {
    name: "postgres.js",
    direct: likePostgresJs,
    through: (way) => likePostgresJs(way.postgres),
  },
  {
    name: "binary where JDBC asks for it",
    direct: (url) => byWire(url, (type) => (JDBC.has(type) ? 1 : 0)),
    through: (way) => byWire(way.postgres, (type) => (JDBC.has(type) ? 1 : 0)),
  },
  {
    name: "binary for all",
    direct: (url) => byWire(url, () => 1),
    through: (way) => byWire(way.postgres, () => 1),
  },
];
