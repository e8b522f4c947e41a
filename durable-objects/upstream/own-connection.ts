// A short connection of the gateway's own to a database: statements one after the other, rows as text. For what no agent
// asked for: questions about the catalog, roles to make and to drop. Bounded in time and size; no error of it holds values.

import { utf8Encode } from "#core/bytes";
import { decodeBackend, encodeFrontend, FrameReader, type FrontendMessage } from "#core/wire";
import { err, ok, type Result } from "../../core/result.ts";
import type { Refusal } from "../connection.ts";
import type { UpstreamConnection } from "./types.ts";

/** A value as text; null is SQL NULL. */
export type Row = readonly (string | null)[];

/** What the database said no with. Its own message may quote names and values: its SQLSTATE says enough. */
export interface OwnFailure {
  /** null: the connection was lost, or is of no more use. */
  readonly sqlstate: string | null;
  readonly refusal: Refusal;
}

/** Definitions of views and functions, of a few thousand names at most. */
const ANSWER_BYTES = 16 * 1024 * 1024;

export class OwnConnection {
  readonly #connection: UpstreamConnection;
  readonly #answerMs: number;
  readonly #frames = new FrameReader("backend", { maxFrameBytes: ANSWER_BYTES });

  /** `answerMs`: longer than the database's own statement_timeout. Past it the database, or the way to it, is gone. */
  constructor(connection: UpstreamConnection, answerMs: number) {
    this.#connection = connection;
    this.#answerMs = answerMs;
  }

  /** Statements without parameters, in one message: one transaction unless they say otherwise. Rows of all of them. */
  run(sql: string): Promise<Result<readonly Row[], OwnFailure>> {
    return this.#exchange({ kind: "query", text: utf8Encode(sql) });
  }

  /** One statement with parameters as text. */
  ask(sql: string, ...parameters: readonly string[]): Promise<Result<readonly Row[], OwnFailure>> {
    return this.#exchange(
      { kind: "parse", statement: "", text: utf8Encode(sql), parameterTypes: [] },
      {
        kind: "bind",
        portal: "",
        statement: "",
        parameterFormats: [],
        parameters: parameters.map((parameter) => utf8Encode(parameter)),
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

  async #exchange(...messages: readonly FrontendMessage[]): Promise<Result<readonly Row[], OwnFailure>> {
    // A close ends the read that waits.
    const timer = setTimeout(() => void this.#connection.close(), this.#answerMs);
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

  async #answer(): Promise<Result<readonly Row[], OwnFailure>> {
    const rows: Row[] = [];
    let failed: OwnFailure | null = null;
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
      if (bytes > ANSWER_BYTES) return err(lost("the database's answer is too large"));
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

function refused(sqlstate: string | undefined): OwnFailure {
  return {
    sqlstate: sqlstate ?? null,
    refusal: {
      sqlstate: "58000",
      message: `the database did not do what the gateway itself asked of it (SQLSTATE ${sqlstate ?? "unknown"})`,
      hint: "Try again; if it stays so, tell the gateway's admin.",
    },
  };
}

function lost(what: string): OwnFailure {
  return {
    sqlstate: null,
    refusal: {
      sqlstate: "08006",
      message: what,
      hint: "Try again; if it stays so, tell the gateway's admin.",
    },
  };
}
