// One statement in one world: played in a transaction that is rolled back, with what the tables hold before that.

import { decodeBackend, type Format, type Frame, type FrontendMessage } from "#core/wire";
import { describe, query, WireClient } from "../../support/wire-client.ts";

export type Cell = Buffer | null;

export interface Result {
  /** SQLSTATE and rule of the error that it ended in; null: none. */
  readonly error: { readonly sqlstate: string; readonly detail: string } | null;
  readonly types: readonly number[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface Outcome {
  readonly result: Result;
  /** Of the tables that it may have written to. */
  readonly after: readonly Result[];
  /** All that came, but for OIDs and names that are a world's own. */
  readonly told: readonly string[];
}

export async function connect(url: string, schema: string): Promise<WireClient> {
  const client = await WireClient.connect(url);
  await client.query(`SET search_path = ${schema}`);
  await client.query("SET statement_timeout = '3s'");
  return client;
}

export async function converse(client: WireClient, sql: string, format: Format): Promise<Outcome> {
  const tables = written(sql);
  const frames: Frame[] = [];
  const say = async (...messages: readonly FrontendMessage[]): Promise<readonly Frame[]> => {
    client.send(...messages);
    const answer = await client.ready();
    frames.push(...answer);
    return answer;
  };
  if (tables.length > 0) await say(query("BEGIN"));
  const answer = await say(
    { kind: "parse", statement: "", text: Buffer.from(sql), parameterTypes: [] },
    {
      kind: "bind",
      portal: "",
      statement: "",
      parameterFormats: [],
      parameters: [],
      resultFormats: [format],
    },
    { kind: "describe", target: "P", name: "" },
    { kind: "execute", portal: "", maxRows: 0 },
    { kind: "sync" },
  );
  const result = resultOf(answer);
  const after: Result[] = [];
  if (result.error === null)
    for (const table of tables) after.push(resultOf(await say(query(`SELECT * FROM ${table}`))));
  if (tables.length > 0) await say(query("ROLLBACK"));
  return { result, after, told: frames.map(worldless) };
}

/** FirstNormalObjectId (transam.h): what comes after is not PostgreSQL's own. */
const FIRST_OWN_OID = 16_384;

function worldless(frame: Frame): string {
  const message = decodeBackend(frame);
  if (message.ok && message.value.kind === "data_row") return Buffer.from(frame.bytes).toString("latin1");
  if (!message.ok || message.value.kind !== "row_description")
    return describe(frame).replaceAll(/\b(one|two)\b/g, "world");
  return JSON.stringify(message.value.fields, (key, value: unknown) =>
    (key === "tableOid" || key === "typeOid") && Number(value) >= FIRST_OWN_OID ? "own" : value,
  );
}

/** What a statement of lineage-queries.ts may have written to. */
function written(sql: string): readonly string[] {
  if (/\bmade\b/.test(sql)) return ["made"];
  return /\b(INSERT|UPDATE|DELETE|MERGE)\b|\bkept\(/.test(sql) ? ["sink", "people", "log"] : [];
}

function resultOf(frames: readonly Frame[]): Result {
  let error: Result["error"] = null;
  let types: readonly number[] = [];
  const rows: Cell[][] = [];
  for (const frame of frames) {
    const message = decodeBackend(frame);
    if (!message.ok) throw new Error(message.error.detail);
    const { value } = message;
    if (value.kind === "error_response")
      error = { sqlstate: value.fields.get("C") ?? "", detail: value.fields.get("D") ?? "" };
    if (value.kind === "row_description") types = value.fields.map(({ typeOid }) => typeOid);
    if (value.kind === "data_row")
      rows.push(value.values.map((cell) => (cell === null ? null : Buffer.from(cell))));
  }
  return { error, types, rows };
}
