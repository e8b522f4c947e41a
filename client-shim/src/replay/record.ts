// The record of one session, read from the gateway as it is needed: statements a page at a time, responses and copy data as
// frames while they come.

import { GatewayFailure, listMember, member, textMember } from "../policy/gateway.ts";
import { framesOf, type Frame } from "../postgres/frames.ts";
import type { RecordGateway } from "./gateway.ts";
import { readStatement, type RecordedStatement } from "./statement.ts";

const NOT_FOUND = 404;

export class SessionRecord {
  readonly #gateway: RecordGateway;
  readonly #path: string;
  readonly id: string;
  readonly applicationName: string;

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
      for (const item of listMember(page, "data")) {
        const statement = readStatement(item);
        if (statement.seq >= from) yield statement;
      }
      const next: unknown = member(page, "next_cursor");
      cursor = typeof next === "string" ? next : null;
    } while (cursor !== null);
  }

  /** The frames that the agent got; null where the record does not hold them. */
  async response({ seq, responseRecorded }: RecordedStatement): Promise<AsyncGenerator<Frame> | null> {
    if (!responseRecorded) return null;
    const path = `${this.#path}/statements/${seq}/result?format=wire`;
    const { status, body } = await this.#gateway.stream(path, {}, [NOT_FOUND]);
    return status === NOT_FOUND ? null : framesOf(body);
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

export function sessionPath(id: string): string {
  return `/v1/sessions/${encodeURIComponent(id)}`;
}
