// What has to hold after the crashes, as a function of what the clients were told, what the database has and what the record
// has. Pure: gives one sentence for each breach, none when all promises held.

import type { RecordedSession, RecordedStatement } from "./record.ts";
import type { Attempt } from "./writer.ts";

export interface Evidence {
  readonly attempts: readonly Attempt[];
  /** Ids found in the database. */
  readonly rows: ReadonlySet<string>;
  readonly sessions: readonly RecordedSession[];
  readonly statements: readonly RecordedStatement[];
}

export interface Figures {
  readonly told: Readonly<Record<Attempt["told"], number>>;
  readonly rows: number;
  readonly sessions: number;
  readonly statements: number;
  readonly states: Readonly<Record<string, number>>;
  /** Interrupted statements whose row is in the database. */
  readonly effectsUnknown: number;
}

const ID = /\bcrash-[a-z0-9]+-\d+-\d+-\d+\b/g;

export function judge(evidence: Evidence): {
  readonly breaches: readonly string[];
  readonly figures: Figures;
} {
  const breaches: string[] = [];
  const byId = indexById(evidence.statements);
  for (const attempt of evidence.attempts)
    breaches.push(...judgeAttempt(attempt, evidence.rows, byId.get(attempt.id) ?? []));
  const attempted = new Set(evidence.attempts.map(({ id }) => id));
  for (const id of evidence.rows) if (!attempted.has(id)) breaches.push(`row ${id} was sent by no client`);
  for (const session of evidence.sessions) {
    breaches.push(
      ...judgeSession(
        session,
        evidence.statements.filter(({ sessionId }) => sessionId === session.id),
      ),
    );
  }
  return { breaches, figures: count(evidence, byId) };
}

function judgeAttempt(
  { id, told }: Attempt,
  rows: ReadonlySet<string>,
  found: readonly RecordedStatement[],
): string[] {
  const [recorded, ...more] = found;
  const there = rows.has(id);
  if (recorded === undefined) {
    if (there) return [`row ${id} is in the database and not in the record`];
    return told === "ready" ? [`${id} was answered and is not in the record`] : [];
  }
  const breaches: string[] = [];
  if (more.length > 0) breaches.push(`${id} is in the record ${found.length} times`);
  if (told === "ready" && recorded.state !== "completed")
    breaches.push(`${id} was answered and is recorded as ${recorded.state}`);
  if (told === "ready" && !there) breaches.push(`${id} was answered and its row is not there`);
  if (recorded.state === "completed" && recorded.transactionStatus === "I" && !there) {
    breaches.push(`${id} is recorded as completed and its row is not there`);
  }
  if (recorded.state === "running") breaches.push(`${id} is recorded as running after its session ended`);
  return breaches;
}

function judgeSession(session: RecordedSession, statements: readonly RecordedStatement[]): string[] {
  const breaches: string[] = [];
  if (session.endedAt === null) breaches.push(`session ${session.name} has no end`);
  if (session.statements !== statements.length) {
    breaches.push(
      `session ${session.name} counts ${session.statements} statements and has ${statements.length}`,
    );
  }
  const unknown = statements.filter(({ state }) => state === "unknown").length;
  if (session.unknown !== unknown)
    breaches.push(`session ${session.name} counts ${session.unknown} unknown and has ${unknown}`);
  statements.forEach(({ seq, state, asked, responseBytes, storedBytes }, i) => {
    if (seq !== i + 1) breaches.push(`session ${session.name}: statement ${i + 1} is ${seq}`);
    if (asked === "")
      breaches.push(`session ${session.name}: the intent of statement ${seq} is missing or torn`);
    if (state === "completed" && storedBytes !== responseBytes) {
      breaches.push(
        `session ${session.name}: statement ${seq} has ${storedBytes} of ${responseBytes} response bytes`,
      );
    }
  });
  return breaches;
}

function indexById(statements: readonly RecordedStatement[]): Map<string, RecordedStatement[]> {
  const byId = new Map<string, RecordedStatement[]>();
  for (const statement of statements) {
    for (const [id] of statement.asked.matchAll(ID)) byId.set(id, [...(byId.get(id) ?? []), statement]);
  }
  return byId;
}

function count(
  { attempts, rows, sessions, statements }: Evidence,
  byId: Map<string, RecordedStatement[]>,
): Figures {
  const told = { sent: 0, ready: 0, failed: 0 };
  for (const attempt of attempts) told[attempt.told]++;
  const states: Record<string, number> = {};
  for (const { state } of statements) states[state] = (states[state] ?? 0) + 1;
  const effectsUnknown = [...rows].filter((id) =>
    byId.get(id)?.some(({ state }) => state === "unknown"),
  ).length;
  return {
    told,
    rows: rows.size,
    sessions: sessions.length,
    statements: statements.length,
    states,
    effectsUnknown,
  };
}
