// Reads the record over the HTTP API, as an auditor does: sessions by their application_name, statements, responses as they
// were on the wire. Waits for the record to be complete; knows nothing of where it is kept.

import { inject } from "vitest";
import type { DevFile } from "../../dev/state.ts";

export interface SessionItem {
  readonly id: string;
  readonly state: "live" | "ended";
  readonly application_name: string;
  readonly end_reason: string | null;
  readonly end_detail: string | null;
  readonly [field: string]: unknown;
}

export interface StatementItem {
  readonly seq: number;
  readonly operation: string;
  readonly protocol: string;
  readonly statement: string;
  readonly outcome: string;
  readonly command_tags: readonly string[];
  readonly rows: number;
  readonly error: { readonly sqlstate: string } | null;
  readonly parameters: readonly {
    readonly type_oid: number;
    readonly format: string;
    readonly value: string | null;
    readonly encoding: string;
  }[];
  readonly [field: string]: unknown;
}

const PATIENCE_MS = 15_000;
const POLL_MS = 100;

/** The gateway to ask, where it is not that of the run's own stack. */
type Gateway = Pick<DevFile, "gateway" | "tokens">;

async function get(path: string, { gateway, tokens }: Gateway = inject("stack")): Promise<Response> {
  const response = await fetch(`${gateway}${path}`, {
    headers: { authorization: `Bearer ${tokens.auditor}` },
  });
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
  return response;
}

async function findSession(applicationName: string, of?: Gateway): Promise<SessionItem | undefined> {
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const answer = await get(`/v1/sessions?limit=100${page}`, of);
    const { data, next_cursor } = (await answer.json()) as {
      data: SessionItem[];
      next_cursor: string | null;
    };
    const found = data.find((session) => session.application_name === applicationName);
    if (found !== undefined) return found;
    cursor = next_cursor;
  }
  return undefined;
}

/** The newest session of this application_name, once it has ended. */
export async function endedSession(applicationName: string, of?: Gateway): Promise<SessionItem> {
  return waitFor(`the end of session ${applicationName}`, async () => {
    const session = await findSession(applicationName, of);
    return session?.state === "ended" ? session : undefined;
  });
}

export async function liveSession(applicationName: string): Promise<SessionItem> {
  return waitFor(`session ${applicationName}`, () => findSession(applicationName));
}

export async function statementsOf(sessionId: string, of?: Gateway): Promise<StatementItem[]> {
  const items: StatementItem[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const query: string = cursor === "" ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const page = (await (await get(`/v1/sessions/${sessionId}/statements${query}`, of)).json()) as {
      data: StatementItem[];
      next_cursor: string | null;
    };
    items.push(...page.data);
    cursor = page.next_cursor;
  }
  return items;
}

/** The bytes that the agent received for a statement. */
export async function wireOf(sessionId: string, seq: number): Promise<Buffer> {
  const response = await get(`/v1/sessions/${sessionId}/statements/${seq}/result?format=wire`);
  return Buffer.from(await response.arrayBuffer());
}

/** Messages of the session that belong to no statement, as the replay tells them. */
export async function asynchronousOf(sessionId: string): Promise<Buffer[]> {
  const text = await (await get(`/v1/sessions/${sessionId}/replay?speed=max`)).text();
  return text
    .split("\n\n")
    .filter((event) => /^event: asynchronous$/m.test(event))
    .map((event) => {
      const data = /^data: (.*)$/m.exec(event)?.[1] ?? "{}";
      return JSON.parse(data) as { event: { kind: string; detail: string } };
    })
    .filter(({ event }) => event.kind === "asynchronous_message")
    .map(({ event }) => Buffer.from(event.detail, "base64"));
}

export async function waitFor<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
