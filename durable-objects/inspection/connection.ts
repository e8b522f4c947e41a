// A short connection of the gateway's own to a target, to ask its catalog: queries one after the other, rows as text. For
// questions that bring no statement of an agent's to the database. Bounded in time and size; no error of it holds values.

import { utf8Encode } from "#core/bytes";
import { decodeBackend, encodeFrontend, FrameReader, type FrontendMessage } from "#core/wire";
import { err, ok, type Result } from "../../core/result.ts";
import type { Refusal } from "../connection.ts";
import type { Dialler } from "../session/index.ts";
import type { Upstream } from "../targets/index.ts";
import type { UpstreamConnection } from "../upstream/index.ts";

/** A value as text; null is SQL NULL. */
export type Row = readonly (string | null)[];

/** Definitions of views and functions, of a few thousand names at most. */
const ANSWER_BYTES = 16 * 1024 * 1024;

/** Longer than the database's own statement_timeout (OPENING): past it the database, or the way to it, is gone. */
const ANSWER_MS = 8_000;

/**
 * The database holds it read-only and short: it only asks the catalog, and a lock that somebody holds on a table must not
 * hold up the caller. Those settings that may not stand in a start-up of some pooler are set by OPENING.
 */
const SETTINGS: ReadonlyMap<string, string> = new Map([["application_name", "sluice policy check"]]);
const OPENING =
  "SET statement_timeout = '5s'; SET lock_timeout = '2s'; SET jit = off; BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";

export class CatalogConnection {
  readonly #connection: UpstreamConnection;
  readonly #frames = new FrameReader("backend", { maxFrameBytes: ANSWER_BYTES });

  private constructor(connection: UpstreamConnection) {
    this.#connection = connection;
  }

  static async open(dialler: Dialler, address: Upstream): Promise<Result<CatalogConnection, Refusal>> {
    const connected = await dialler.connect(address, SETTINGS);
    if (!connected.ok) return connected;
    const connection = new CatalogConnection(connected.value);
    const opened = await connection.#exchange({ kind: "query", text: utf8Encode(OPENING) });
    if (opened.ok) return ok(connection);
    await connection.close();
    return opened;
  }

  /** One statement with one parameter, both as text. After an error the connection is of no more use. */
  ask(sql: string, parameter: string): Promise<Result<readonly Row[], Refusal>> {
    return this.#exchange(
      { kind: "parse", statement: "", text: utf8Encode(sql), parameterTypes: [] },
      {
        kind: "bind",
        portal: "",
        statement: "",
        parameterFormats: [],
        parameters: [utf8Encode(parameter)],
        resultFormats: [],
      },
      { kind: "execute", portal: "", maxRows: 0 },
      { kind: "sync" },
    );
  }

  /** Never rejects. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  async #exchange(...messages: readonly FrontendMessage[]): Promise<Result<readonly Row[], Refusal>> {
    // A close ends the read that waits.
    const timer = setTimeout(() => void this.#connection.close(), ANSWER_MS);
    try {
      for (const message of messages) await this.#connection.write(encodeFrontend(message));
      return await this.#answer();
    } catch {
      // The stream's own words name the address.
      return err(lost("the database closed the connection"));
    } finally {
      clearTimeout(timer);
    }
  }

  async #answer(): Promise<Result<readonly Row[], Refusal>> {
    const rows: Row[] = [];
    let failed: Refusal | null = null;
    let bytes = 0;
    for (;;) {
      const frame = this.#frames.next();
      if (!frame.ok) return err(lost("the database broke the protocol"));
      if (frame.value === null) {
        const chunk = await this.#connection.read();
        if (chunk === null) return err(failed ?? lost("the database closed the connection"));
        this.#frames.push(chunk);
        continue;
      }
      bytes += frame.value.bytes.length;
      if (bytes > ANSWER_BYTES) return err(lost("the catalog's answer is too large"));
      const message = decodeBackend(frame.value);
      if (!message.ok) return err(lost("the database broke the protocol"));
      if (message.value.kind === "data_row") rows.push(message.value.values.map(asText));
      if (message.value.kind === "error_response") failed = refused(message.value.fields.get("C"));
      if (message.value.kind === "ready_for_query") return failed === null ? ok(rows) : err(failed);
    }
  }
}

const decoder = new TextDecoder();

function asText(value: Uint8Array | null): string | null {
  return value === null ? null : decoder.decode(value);
}

/** The database's own message may quote a definition: its SQLSTATE says enough. */
function refused(sqlstate: string | undefined): Refusal {
  return {
    sqlstate: "58000",
    message: `the database did not answer a question about its catalog (SQLSTATE ${sqlstate ?? "unknown"})`,
    hint: "Try again; if it stays so, tell the gateway's admin.",
  };
}

function lost(what: string): Refusal {
  return { sqlstate: "08006", message: what, hint: "Try again; if it stays so, tell the gateway's admin." };
}
