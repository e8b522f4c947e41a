// The connection that questions about a target's catalog are asked on, for what brings no statement of an agent's to the
// database: read-only, short, and without a lock that could hold up the caller.

import { err, ok, type Result } from "../../core/result.ts";
import type { Refusal } from "../connection.ts";
import type { Dialler } from "../session/index.ts";
import type { Upstream } from "../targets/index.ts";
import { type OwnFailure, OwnConnection, type Row } from "../upstream/index.ts";

/** Longer than the database's own statement_timeout (OPENING). */
const ANSWER_MS = 8_000;

/**
 * The database holds it read-only and short: it only asks the catalog, and a lock that somebody holds on a table must not
 * hold up the caller. Those settings that may not stand in a start-up of some pooler are set by OPENING.
 */
const SETTINGS: ReadonlyMap<string, string> = new Map([["application_name", "sluice policy check"]]);
const OPENING =
  "SET statement_timeout = '5s'; SET lock_timeout = '2s'; SET jit = off; BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";

export class CatalogConnection {
  readonly #own: OwnConnection;

  private constructor(own: OwnConnection) {
    this.#own = own;
  }

  static async open(dialler: Dialler, address: Upstream): Promise<Result<CatalogConnection, Refusal>> {
    const connected = await dialler.connect(address, SETTINGS);
    if (!connected.ok) return connected;
    const own = new OwnConnection(connected.value, ANSWER_MS);
    const opened = await own.run(OPENING);
    if (opened.ok) return ok(new CatalogConnection(own));
    await own.close();
    return err(said(opened.error));
  }

  /** One statement with one parameter, both as text. After an error the connection is of no more use. */
  async ask(sql: string, parameter: string): Promise<Result<readonly Row[], Refusal>> {
    const rows = await this.#own.ask(sql, parameter);
    return rows.ok ? rows : err(said(rows.error));
  }

  /** Never rejects. */
  close(): Promise<void> {
    return this.#own.close();
  }
}

function said({ sqlstate, refusal }: OwnFailure): Refusal {
  if (sqlstate === null) return refusal;
  const message = `the database did not answer a question about its catalog (SQLSTATE ${sqlstate})`;
  return { ...refusal, message };
}
