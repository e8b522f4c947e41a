// The record of one session, read from the gateway as it is needed: statements a page at a time, responses and copy data as
// frames while they come.

import { GatewayFailure, listMember, member, textMember } from "../policy/gateway.ts";
import { framesOf, type Frame } from "../postgres/frames.ts";
import type { RecordGateway } from "./gateway.ts";
import { readStatement, type RecordedStatement } from "./statement.ts";

const NOT_FOUND = 404;

/** Responses that are asked for before their turn, so that a session of many small statements does not wait for each. */
const AHEAD = 8;
/** Larger ones are not held. */
const AHEAD_BYTES = 64 * 1024;
/** In a batch statements are sent long before their answers are compared. */
const MOST_AHEAD = 64;

export class SessionRecord {
  readonly #gateway: RecordGateway;
  readonly #path: string;
  readonly id: string;
  readonly applicationName: string;
  /** By `seq`; null where the record does not hold them. */
  readonly #ahead = new Map<number, Promise<readonly Uint8Array[] | null>>();

  private constructor(gateway: RecordGateway, path: string, item: unknown) {
    this.#gateway = gateway;
    this.#path = path;
    this.id = textMember(item, "id");
    this.applicationName = textMember(item, "application_name");
  }

  /** @throws {GatewayFailure} where there is no such session, or no way to it. */
  static async open(gateway: RecordGateway, id: string): Promise<SessionRecord> {
    const path = sessionPath(id);
    return new SessionRecord(gateway, path, await gateway.json(path));
  }

  /** In order, from `from` on. Of a live session, those that there are. */
  async *statements(from: number): AsyncGenerator<RecordedStatement> {
    let cursor: string | null = null;
    do {
      const query = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page: unknown = await this.#gateway.json(`${this.#path}/statements?limit=200${query}`);
      const statements = listMember(page, "data")
        .map(readStatement)
        .filter(({ seq }) => seq >= from);
      for (const [i, statement] of statements.entries()) {
        for (const next of statements.slice(i, i + AHEAD)) this.#askAhead(next);
        yield statement;
      }
      const next: unknown = member(page, "next_cursor");
      cursor = typeof next === "string" ? next : null;
    } while (cursor !== null);
  }

  /** The frames that the agent got; null where the record does not hold them. */
  async response({ seq, responseRecorded }: RecordedStatement): Promise<AsyncGenerator<Frame> | null> {
    if (!responseRecorded) return null;
    const ahead = this.#ahead.get(seq);
    this.#ahead.delete(seq);
    const pieces = await (ahead ?? this.#pieces(seq));
    return pieces === null ? null : framesOf(pieces);
  }

  #askAhead({ seq, responseRecorded, responseBytes, outcome, redacted }: RecordedStatement): void {
    // Nobody will ask for it.
    if (!responseRecorded || redacted !== null || outcome === "running" || outcome === "unknown") return;
    if (responseBytes > AHEAD_BYTES || this.#ahead.has(seq) || this.#ahead.size >= MOST_AHEAD) return;
    const asked = this.#pieces(seq).then((pieces) => (pieces === null ? null : held(pieces)));
    // Told when its turn comes.
    asked.catch(() => undefined);
    this.#ahead.set(seq, asked);
  }

  async #pieces(seq: number): Promise<AsyncIterable<Uint8Array> | null> {
    const path = `${this.#path}/statements/${seq}/result?format=wire`;
    const { status, body } = await this.#gateway.stream(path, {}, [NOT_FOUND]);
    return status === NOT_FOUND ? null : body;
  }

  /** CopyData, CopyDone and CopyFail as the agent sent them. */
  async *request({ seq, requestBytes }: RecordedStatement): AsyncGenerator<Uint8Array> {
    if (requestBytes === 0) return;
    const { status, body } = await this.#gateway.stream(`${this.#path}/statements/${seq}/request`, {}, [
      NOT_FOUND,
    ]);
    if (status === NOT_FOUND)
      throw new GatewayFailure(`The copy data of statement ${seq} is not in the record`);
    yield* body;
  }
}

async function held(pieces: AsyncIterable<Uint8Array>): Promise<readonly Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return all;
}

export function sessionPath(id: string): string {
  return `/v1/sessions/${encodeURIComponent(id)}`;
}
