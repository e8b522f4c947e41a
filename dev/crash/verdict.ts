// What has to hold after the crashes, as a function of what the clients were told, what the database has and what the record
// has. Pure: gives one sentence for each breach, none when all promises held.

import type { RecordedSession, RecordedStatement } from "./record.ts";
import type { Attempt } from "./ways.ts";

export interface Evidence {
  readonly attempts: readonly Attempt[];
  /** Rows in the database by the id of what brought them. */
  readonly rows: ReadonlyMap<string, number>;
  /** Ids of statements that somebody has approved. */
  readonly approved: ReadonlySet<string>;
  readonly sessions: readonly RecordedSession[];
  readonly statements: readonly RecordedStatement[];
}

/**
 * - `effect`: the database has what the record does not say was asked for;
 * - `lost`: a client was answered, and the record does not have that;
 * - `duplicate`: the record has something twice;
 * - `chain`: a session's chain does not verify, or the log lacks it;
 * - `other`: what else does not fit.
 */
export type BreachKind = "effect" | "lost" | "duplicate" | "chain" | "other";

export interface Breach {
  readonly kind: BreachKind;
  readonly what: string;
}

export interface Figures {
  readonly told: Readonly<Record<Attempt["told"], number>>;
  /** Attempts by their way. */
  readonly ways: Readonly<Record<string, number>>;
  readonly rows: number;
  readonly sessions: number;
  readonly statements: number;
  readonly states: Readonly<Record<string, number>>;
  /** Interrupted statements whose rows are in the database. */
  readonly effectsUnknown: number;
  /** Answers whose bytes are those of the record. */
  readonly sameAnswers: number;
}

const ID = /\bcrash-[a-z0-9]+-\d+-\d+-\d+\b/g;

export function judge(evidence: Evidence): {
  readonly breaches: readonly Breach[];
  readonly figures: Figures;
} {
  const byId = indexById(evidence.statements);
  const bySession = Map.groupBy(evidence.statements, ({ sessionId }) => sessionId);
  const attempted = new Set(evidence.attempts.map(({ id }) => id));
  const answers = judgeAnswers(evidence.attempts, byId);
  const breaches = [
    ...evidence.attempts.flatMap((attempt) => judgeAttempt(attempt, evidence, byId.get(attempt.id) ?? [])),
    ...answers.breaches,
    ...[...evidence.rows.keys()]
      .filter((id) => !attempted.has(id))
      .map((id): Breach => ({ kind: "effect", what: `row ${id} was sent by no client` })),
    ...evidence.sessions.flatMap((session) => judgeSession(session, bySession.get(session.id) ?? [])),
  ];
  return { breaches, figures: count(evidence, byId, answers.same) };
}

function judgeAttempt(
  attempt: Attempt,
  { rows, approved }: Evidence,
  found: readonly RecordedStatement[],
): Breach[] {
  const { id, way, told, inForce, governed, sent } = attempt;
  const [recorded, ...more] = found;
  const there = rows.get(id) ?? 0;
  const breaches: Breach[] = [];
  const breach = (kind: BreachKind, what: string): void => void breaches.push({ kind, what });
  if (inForce === "yes" && there !== attempt.rows)
    breach("other", `${id} was answered and ${there} of its ${attempt.rows} rows are there`);
  if (inForce === "no" && there > 0) breach("effect", `${id} was not to count, and ${there} rows are there`);
  if (inForce === "unknown" && there !== 0 && there !== attempt.rows)
    breach("other", `${id} was interrupted and ${there} of its ${attempt.rows} rows are there`);
  if (governed && way === "held" && there > 0 && !approved.has(id))
    breach("effect", `row ${id} is in the database and nobody approved it`);
  if (recorded === undefined) {
    if (there > 0) breach("effect", `row ${id} is in the database and not in the record`);
    if (told !== "sent") breach("lost", `${id} was answered and is not in the record`);
    return breaches;
  }
  const { state } = recorded;
  if (more.length > 0) breach("duplicate", `${id} is in the record ${found.length} times`);
  if (told === "ready" && state !== "completed")
    breach("lost", `${id} was answered and is recorded as ${state}`);
  if (told === "failed" && state !== "failed" && state !== "skipped")
    breach("lost", `${id} was answered by an error and is recorded as ${state}`);
  if (state === "completed" && recorded.transactionStatus === "I" && there !== attempt.rows)
    breach("other", `${id} is recorded as completed and ${there} of its ${attempt.rows} rows are there`);
  if (state === "running") breach("other", `${id} is recorded as running after its session ended`);
  if (told === "ready" && sent !== null && recorded.request !== null && recorded.request.sha256 !== sent)
    breach("lost", `${id} sent COPY data that is not what the record has`);
  return breaches;
}

/** The bytes of an answer are those of the statements that asked for it, in their order. */
function judgeAnswers(
  attempts: readonly Attempt[],
  byId: ReadonlyMap<string, readonly RecordedStatement[]>,
): { readonly breaches: Breach[]; readonly same: number } {
  const breaches: Breach[] = [];
  let same = 0;
  for (const [{ sha256 }, group] of Map.groupBy(attempts, ({ answer }) => answer)) {
    const statements = new Set(group.flatMap(({ id }) => byId.get(id)?.[0] ?? []));
    const [only, ...others] = statements;
    // A batch's answer is cut among its statements: their lengths are judged, with every statement's.
    if (sha256 === null || only === undefined || others.length > 0) continue;
    // In a bucket: its chain is verified, with its bytes.
    if (only.response === null) continue;
    if (only.response.sha256 === sha256) same++;
    else
      breaches.push({
        kind: "lost",
        what: `${group[0]?.id ?? ""} was answered with other bytes than the record has`,
      });
  }
  return { breaches, same };
}

function judgeSession(session: RecordedSession, statements: readonly RecordedStatement[]): Breach[] {
  const { name } = session;
  const breaches: Breach[] = [];
  const breach = (kind: BreachKind, what: string): void =>
    void breaches.push({ kind, what: `session ${name} ${what}` });
  if (session.endedAt === null) breach("other", "has no end");
  if (session.statements !== statements.length)
    breach("lost", `counts ${session.statements} statements and has ${statements.length}`);
  const unknown = statements.filter(({ state }) => state === "unknown").length;
  if (session.unknown !== unknown) breach("other", `counts ${session.unknown} unknown and has ${unknown}`);
  statements.forEach(({ seq, state, asked, responseBytes, response, requestBytes, request }, i) => {
    if (seq !== i + 1) breach("lost", `has ${seq} for its statement ${i + 1}`);
    if (asked === "") breach("other", `has no intent of statement ${seq}, or a torn one`);
    if (state !== "completed") return;
    if (response !== null && response.bytes !== responseBytes)
      breach("lost", `has ${response.bytes} of ${responseBytes} response bytes of statement ${seq}`);
    if (request !== null && request.bytes !== requestBytes)
      breach("lost", `has ${request.bytes} of ${requestBytes} request bytes of statement ${seq}`);
  });
  return breaches;
}

function indexById(statements: readonly RecordedStatement[]): Map<string, RecordedStatement[]> {
  const byId = new Map<string, RecordedStatement[]>();
  for (const statement of statements) {
    for (const id of new Set(statement.asked.match(ID))) {
      const found = byId.get(id);
      if (found === undefined) byId.set(id, [statement]);
      else found.push(statement);
    }
  }
  return byId;
}

function count(
  { attempts, rows, sessions, statements }: Evidence,
  byId: ReadonlyMap<string, readonly RecordedStatement[]>,
  sameAnswers: number,
): Figures {
  const told = { sent: 0, ready: 0, failed: 0 };
  const ways: Record<string, number> = {};
  for (const attempt of attempts) {
    told[attempt.told]++;
    ways[attempt.way] = (ways[attempt.way] ?? 0) + 1;
  }
  const states: Record<string, number> = {};
  for (const { state } of statements) states[state] = (states[state] ?? 0) + 1;
  const effectsUnknown = [...rows.keys()].filter((id) =>
    byId.get(id)?.some(({ state }) => state === "unknown"),
  ).length;
  return {
    told,
    ways,
    rows: [...rows.values()].reduce((sum, one) => sum + one, 0),
    sessions: sessions.length,
    statements: statements.length,
    states,
    effectsUnknown,
    sameAnswers,
  };
}
