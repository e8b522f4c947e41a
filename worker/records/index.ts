// The reading API: sessions, their statements, results, events and replay, for auditors. Routes only: queries are store.ts,
// what is shown is present.ts. Mounted at /v1 (worker/index.ts); what is there to call is in worker/openapi.ts too.

import { Hono, type Context, type MiddlewareHandler } from "hono";
import type { ExportLine } from "#core/record";
import type { AuthVariables } from "../auth/index.ts";
import type { Env } from "../env.ts";
import {
  notFoundProblem,
  parameterProblem,
  type Problem,
  problemResponse,
  type ShardVariables,
} from "../problem.ts";
import type { Result } from "../../core/result.ts";
import type { Verdict } from "../../client-shim/src/record/index.ts";
import { writeCursor } from "./cursor.ts";
import type { Drain } from "./drain.ts";
import { withCopies } from "./export/copies.ts";
import { heldByLog } from "./export/held.ts";
import { exportLines, type FindInclusion, serialize } from "./export/lines.ts";
import { ExportSource, type SessionColumns } from "./export/source.ts";
import { presentVerdict, verifySession } from "./export/verify.ts";
import { recordKeys } from "./keys.ts";
import { logRoutes, type RecordLog } from "./log.ts";
import { listSessions, searchStatements, shardsAsked } from "./listing.ts";
import { shardOf } from "./locate.ts";
import { type Located, locateSession, recordStore, SESSION_ID, upToDate } from "./located.ts";
import { DEFAULT_LIMIT, PARAMETERS } from "./parameters.ts";
import { presentEvent, presentSession, presentStatement } from "./present.ts";
import { readQuery } from "./query.ts";
import { replayResponse } from "./replay.ts";
import { requestResponse, resultResponse, toStream } from "./result.ts";
import { statementsCsv } from "./statements-csv.ts";
import type { Shard } from "./shards.ts";
import type { RecordStore, StatementPage, StatementRecord } from "./store.ts";
import { timelineParts } from "./timeline.ts";

export interface RecordsEnv {
  Bindings: Env;
  Variables: AuthVariables & ShardVariables;
}

export interface RecordsDeps {
  /** `requireRole("auditor")`. */
  readonly requireAuditor: MiddlewareHandler<RecordsEnv>;
  /** Asks the session's object to carry what it holds to D1. */
  readonly drain: Drain<Env>;
  readonly log: (env: Env) => RecordLog;
  /** Somebody had a session's record verified; goes on after the answer. */
  readonly verified?: (c: RecordsContext, session: SessionColumns, verdict: Verdict) => void;
}

type RecordsContext = Context<RecordsEnv>;

const SEQ = /^[1-9]\d{0,8}$/;

export function recordsApi(deps: RecordsDeps): Hono<RecordsEnv> {
  const app = new Hono<RecordsEnv>();
  app.use("/sessions", deps.requireAuditor, noStore);
  app.use("/sessions/*", deps.requireAuditor, noStore);
  app.use("/statements", deps.requireAuditor, noStore);
  app.use("/log/*", deps.requireAuditor, noStore);

  app.get("/sessions", async (c) => {
    const query = readQuery(c.req.url, PARAMETERS.listSessions);
    if (!query.ok) return problemResponse(query.error);
    const all = await shardsAsked(c.env, query.value.shard);
    if (!all.ok) return problemResponse(all.error);
    const found = await listSessions(all.value, query.value);
    return found.ok ? c.json(found.value) : problemResponse(found.error);
  });

  app.get("/statements", async (c) => {
    const query = readQuery(c.req.url, PARAMETERS.searchStatements);
    if (!query.ok) return problemResponse(query.error);
    const { session_id: id } = query.value;
    const only = id === null ? null : await locateSession(c.env, id, deps.drain);
    const all = await shardsAsked(c.env, query.value.shard);
    if (!all.ok) return problemResponse(all.error);
    const having = all.value.filter(({ name }) => only === null || name === only.shard.name);
    const found = await searchStatements(having, query.value);
    return found.ok ? c.json(found.value) : problemResponse(found.error);
  });

  app.get("/sessions/:id", async (c) => {
    const query = readQuery(c.req.url, PARAMETERS.getSession);
    if (!query.ok) return problemResponse(query.error);
    const session = await findSession(c, deps);
    return session.ok ? c.json(presentSession(session.value.session)) : problemResponse(session.error);
  });

  app.get("/sessions/:id/statements", async (c) => {
    const query = readQuery(c.req.url, PARAMETERS.listStatements);
    if (!query.ok) return problemResponse(query.error);
    const { format, cursor, limit } = query.value;
    if (format === "csv") {
      const session = await findSession(c, deps);
      if (!session.ok) return problemResponse(session.error);
      if (cursor !== null || limit !== null)
        return problemResponse(
          parameterProblem(cursor === null ? "limit" : "cursor", "goes with json: csv has no pages"),
        );
      return statementsCsv(session.value.store, session.value.session.id);
    }
    const id = c.req.param("id");
    const read = (from: RecordStore): Promise<StatementPage> =>
      from.statements(id, cursor ?? 0, limit ?? DEFAULT_LIMIT);
    const from = SESSION_ID.test(id) ? await storeOf(c, id) : null;
    let found = from === null ? null : await read(from);
    if (found?.ended !== true) {
      // One that is live has to bring D1 up to date first.
      const session = await findSession(c, deps);
      if (!session.ok) return problemResponse(session.error);
      found = await read(session.value.store);
    }
    const { rows, more } = found;
    const last = rows.at(-1);
    const next = more && last !== undefined ? writeCursor([last.seq]) : null;
    return c.json({ data: rows.map(presentStatement), next_cursor: next });
  });

  app.get("/sessions/:id/statements/:seq", async (c) => {
    const query = readQuery(c.req.url, PARAMETERS.getStatement);
    if (!query.ok) return problemResponse(query.error);
    const statement = await findStatement(c, deps);
    return statement.ok ? c.json(presentStatement(statement.value.row)) : problemResponse(statement.error);
  });

  app.get("/sessions/:id/statements/:seq/result", async (c) => {
    const query = readQuery(c.req.url, PARAMETERS.getResult);
    if (!query.ok) return problemResponse(query.error);
    const statement = await findStatement(c, deps);
    if (!statement.ok) return problemResponse(statement.error);
    const { store, row } = statement.value;
    return resultResponse(store, row, query.value.format ?? "json", query.value.result ?? 1);
  });

  app.get("/sessions/:id/statements/:seq/request", async (c) => {
    const query = readQuery(c.req.url, PARAMETERS.getRequest);
    if (!query.ok) return problemResponse(query.error);
    const statement = await findStatement(c, deps);
    if (!statement.ok) return problemResponse(statement.error);
    return requestResponse(statement.value.store, statement.value.row);
  });

  app.get("/sessions/:id/events", async (c) => {
    const query = readQuery(c.req.url, PARAMETERS.listEvents);
    if (!query.ok) return problemResponse(query.error);
    const found = await findSession(c, deps);
    if (!found.ok) return problemResponse(found.error);
    const { store, session } = found.value;
    const limit = query.value.limit ?? DEFAULT_LIMIT;
    const rows = await store.events(session.id, query.value.cursor ?? 0, limit + 1);
    return c.json(page(rows, limit, presentEvent, (row) => [row.n]));
  });

  app.get("/sessions/:id/replay", async (c) => {
    const query = readQuery(c.req.url, PARAMETERS.replaySession);
    if (!query.ok) return problemResponse(query.error);
    const found = await findSession(c, deps);
    if (!found.ok) return problemResponse(found.error);
    const { store, session } = found.value;
    return replayResponse(timelineParts(store, deps.drain, c.env), session, {
      speed: query.value.speed ?? 1,
      fromSeq: query.value.from ?? 1,
      lastEventId: c.req.header("last-event-id") ?? null,
      until: c.get("tokenExpiresAt"),
    });
  });

  app.get("/sessions/:id/export", async (c) => {
    const query = readQuery(c.req.url, PARAMETERS.exportSession);
    if (!query.ok) return problemResponse(query.error);
    const found = await findForExport(c, deps);
    if (!found.ok) return problemResponse(found.error);
    const { source, session } = found.value;
    return ndjson(`${session.id}.ndjson`, exportLines(source, session, inclusionIn(deps.log(c.env))));
  });

  app.get("/sessions/:id/verify", async (c) => {
    const query = readQuery(c.req.url, PARAMETERS.verifySession);
    if (!query.ok) return problemResponse(query.error);
    const found = await findForExport(c, deps);
    if (!found.ok) return problemResponse(found.error);
    const keys = await recordKeys(c.env);
    if (!keys.ok) return problemResponse({ status: 500, title: "Internal Server Error", detail: keys.error });
    const { source, session } = found.value;
    const byId = new Map(keys.value.map(({ kid, x }) => [kid, x]));
    const log = deps.log(c.env);
    const isHeld = heldByLog(log, source, c.env.SESSION_KEY);
    const alone = await verifySession(source, session, byId, inclusionIn(log), isHeld);
    const verdict = await withCopies(c.env, session.id, alone);
    deps.verified?.(c, session, verdict);
    return c.json(presentVerdict(session.id, verdict));
  });

  logRoutes(app, deps);
  return app;
}

/** An export does without the log where that does not answer: the session's own chain stands by itself. */
function inclusionIn(log: RecordLog): FindInclusion {
  return (session) => log.inclusion(session).catch(() => null);
}

function ndjson(filename: string, lines: AsyncGenerator<ExportLine>): Response {
  return new Response(toStream(encoded(lines)), {
    headers: {
      "content-type": "application/x-ndjson",
      "content-disposition": `attachment; filename="${filename}"`,
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    },
  });
}

async function* encoded(lines: AsyncGenerator<ExportLine>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const line of lines) yield encoder.encode(serialize(line));
}

/** As {@link findSession}, and nothing of the row is taken for granted: it may have been tampered with. */
async function findForExport(
  c: RecordsContext,
  deps: RecordsDeps,
): Promise<Result<{ readonly source: ExportSource; readonly session: SessionColumns }, Problem>> {
  const id = c.req.param("id") ?? "";
  const found = await upToDate(c.env, id, deps.drain, async () => {
    const shard = await shardIn(c, id);
    if (shard === null) return null;
    const source = new ExportSource(shard.db, id, c.env.RECORDS ?? null);
    const session = await source.session();
    return session === null ? null : { source, session, ended: session.ended_at !== null };
  });
  return found === null ? { ok: false, error: UNKNOWN } : { ok: true, value: found };
}

/** What an auditor reads is not for a cache. */
const noStore: MiddlewareHandler<RecordsEnv> = async (c, next) => {
  await next();
  c.header("cache-control", "no-store");
};

const UNKNOWN = notFoundProblem("there is no session of this id");

/** null where no shard has it. */
async function shardIn(c: RecordsContext, id: string): Promise<Shard | null> {
  const shard = await shardOf(c.env, id);
  if (shard !== null) c.set("shard", shard.name);
  return shard;
}

async function storeOf(c: RecordsContext, id: string): Promise<RecordStore | null> {
  const shard = await shardIn(c, id);
  return shard === null ? null : recordStore(c.env, shard);
}

async function findSession(c: RecordsContext, deps: RecordsDeps): Promise<Result<Located, Problem>> {
  const located = await locateSession(c.env, c.req.param("id") ?? "", deps.drain);
  if (located === null) return { ok: false, error: UNKNOWN };
  c.set("shard", located.shard.name);
  return { ok: true, value: located };
}

async function findStatement(
  c: RecordsContext,
  deps: RecordsDeps,
): Promise<Result<{ readonly store: RecordStore; readonly row: StatementRecord }, Problem>> {
  const found = await findSession(c, deps);
  if (!found.ok) return found;
  const { store, session } = found.value;
  const seq = c.req.param("seq") ?? "";
  const row = SEQ.test(seq) ? await store.statement(session.id, Number(seq)) : null;
  if (row !== null) return { ok: true, value: { store, row } };
  return { ok: false, error: notFoundProblem("the session has no statement of this seq") };
}

/** `rows` holds one more than the page where there is a next one. */
function page<Row, Item>(
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => Item,
  key: (row: Row) => readonly (string | number)[],
): { data: Item[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? writeCursor(key(last)) : null;
  return { data: shown.map(present), next_cursor: next };
}
