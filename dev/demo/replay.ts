// Fetches the record of the demonstration's sessions from the gateway's reading API, as an auditor would: sessions by time,
// their statements, each statement's recorded response. Waits for what is still on its way to D1.

export interface RecordedSession {
  readonly id: string;
  readonly state: "live" | "ended";
  readonly subject: string;
  readonly roles: readonly string[];
  readonly target: string;
  readonly started_at: string;
  readonly application_name: string;
  readonly user_agent: string | null;
  readonly counts: { readonly statements: number };
}

export interface RecordedStatement {
  readonly seq: number;
  readonly operation: string;
  readonly statement: string;
  readonly parameters: readonly { readonly value: string | null; readonly encoding: "utf8" | "base64" }[];
  readonly started_at: string;
  readonly outcome: string;
  readonly command_tags: readonly string[];
  readonly error: { readonly sqlstate: string; readonly message: string } | null;
  readonly duration_ms: number | null;
}

export interface RecordedResponse {
  readonly results: readonly {
    readonly columns: readonly { readonly name: string | null }[];
    readonly rows: readonly (readonly (string | { readonly base64: string } | null)[])[];
  }[];
}

export interface ReplayedStatement extends RecordedStatement {
  readonly response: RecordedResponse;
}

export interface ReplayedSession extends RecordedSession {
  readonly replayed: readonly ReplayedStatement[];
}

/** The object sends its record to D1 in batches: a moment after the statement, not with it. */
const DRAIN_TIMEOUT_MS = 10_000;
const POLL_MS = 100;

interface Page<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
}

/** The sessions of `subject` since `from` (milliseconds), oldest first; all of `count` unless they do not arrive in time. */
export async function replay(
  gateway: string,
  token: string,
  subject: string,
  from: number,
  count: number,
): Promise<ReplayedSession[]> {
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${gateway}/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`GET /v1${path.split("?")[0]} answered ${response.status}`);
    return (await response.json()) as T;
  };
  const query = new URLSearchParams({ subject, from: new Date(from).toISOString() });
  const deadline = Date.now() + DRAIN_TIMEOUT_MS;
  let sessions: readonly RecordedSession[] = [];
  while (Date.now() < deadline) {
    sessions = (await get<Page<RecordedSession>>(`/sessions?${query}`)).data;
    if (sessions.filter((session) => session.state === "ended").length >= count) break;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const replayed: ReplayedSession[] = [];
  for (const session of sessions.toReversed()) {
    const path = `/sessions/${session.id}/statements`;
    const { data } = await get<Page<RecordedStatement>>(path);
    const statements: ReplayedStatement[] = [];
    for (const statement of data) {
      const response = await get<RecordedResponse>(`${path}/${statement.seq}/result?format=json`);
      statements.push({ ...statement, response });
    }
    replayed.push({ ...session, replayed: statements });
  }
  return replayed;
}
