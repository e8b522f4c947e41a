// All that is kept of what was said: the files of D1 and of the objects' storage as they are, and everything that the API gives
// of every session. To be searched.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { until } from "../../path/stack-process.ts";
import type { Gateway } from "../../path/hostile-gateway.ts";

export interface Kept {
  readonly from: string;
  readonly bytes: Buffer;
}

const OVER_MS = 30_000;
/** A session that has ended is in D1 a moment later; nobody tells which are still to come. */
const SETTLED_MS = 2_000;

/** Ids of all sessions, once all of them have ended and no more come. */
export async function endedSessions(gateway: Gateway): Promise<readonly string[]> {
  let ids: readonly string[] = [];
  let since = Date.now();
  await until(async () => {
    const found = new Map<string, boolean>();
    for (let cursor: string | null = ""; cursor !== null;) {
      const response = await gateway.api(
        `/v1/sessions?limit=200${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      const page = (await response.json()) as {
        data: readonly { id: string; ended_at: string | null }[];
        next_cursor: string | null;
      };
      for (const { id, ended_at } of page.data) found.set(id, ended_at !== null);
      cursor = page.next_cursor;
    }
    if (found.size !== ids.length) since = Date.now();
    ids = [...found.keys()];
    return [...found.values()].every(Boolean) && Date.now() - since > SETTLED_MS;
  }, OVER_MS);
  return ids;
}

export async function* fromApi(gateway: Gateway, sessions: readonly string[]): AsyncGenerator<Kept> {
  for (const id of sessions) {
    for (const path of [`/v1/sessions/${id}`, `/v1/sessions/${id}/replay?speed=max`]) {
      const bytes = Buffer.from(await (await gateway.api(path)).arrayBuffer());
      yield { from: path, bytes };
      yield { from: `${path}, decoded`, bytes: decoded(bytes) };
    }
    for (let cursor: string | null = ""; cursor !== null;) {
      const path: string = `/v1/sessions/${id}/statements${cursor === "" ? "" : `?cursor=${encodeURIComponent(cursor)}`}`;
      const text = await (await gateway.api(path)).text();
      yield { from: path, bytes: Buffer.from(text) };
      const page = JSON.parse(text) as {
        data: readonly { seq: number; request_bytes: number }[];
        next_cursor: string | null;
      };
      for (const { seq, request_bytes: copied } of page.data) {
        const copy = `/v1/sessions/${id}/statements/${seq}/request`;
        if (copied > 0)
          yield { from: copy, bytes: Buffer.from(await (await gateway.api(copy)).arrayBuffer()) };
      }
      cursor = page.next_cursor;
    }
  }
}

export function* fromFiles(gateway: Gateway): Generator<Kept> {
  for (const file of files(gateway.state))
    yield { from: relative(gateway.state, file), bytes: readFileSync(file) };
  yield { from: "the gateway's output", bytes: Buffer.from(gateway.output) };
}

function files(directory: string): readonly string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

/** What stands in the JSON texts of a stream in base64. */
function decoded(bytes: Buffer): Buffer {
  const texts = bytes.toString("latin1").match(/"[A-Za-z0-9+/]{16,}={0,2}"/g) ?? [];
  return Buffer.concat(texts.map((text) => Buffer.from(text.slice(1, -1), "base64")));
}
