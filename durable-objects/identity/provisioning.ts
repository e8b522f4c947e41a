// A provisioning connection and what is done on it: a role is made, a role is dropped. One connection for each piece of work,
// closed with it. What the database says of a failure is not repeated: it quotes names.

import { err, ok, type Result } from "../../core/result.ts";
import type { Refusal } from "../connection.ts";
import type { Dialler } from "../session/index.ts";
import type { Heritage, Upstream } from "../targets/index.ts";
import { OwnConnection, type OwnFailure, type Row } from "../upstream/index.ts";
import { CATALOG_QUESTION, type DatabaseCatalog } from "./catalog.ts";
import { type Grantor, planGrants } from "./plan.ts";
import { shareCatalog } from "./shared-catalogs.ts";
import {
  closeRole,
  createRole,
  dropRole,
  END_CONNECTIONS,
  FIND_ROLE,
  OPENING,
  type RoleSpec,
  widenRole,
} from "./statements.ts";

/** Longer than the statement_timeout of OPENING. */
const ANSWER_MS = 20_000;
const TRIES = 3;

/** Somebody changed the same catalog rows at the same time, or a relation went between the question and the GRANT. */
const PASSING: ReadonlySet<string> = new Set([
  "XX000", // tuple concurrently updated (heapam.c, simple_heap_update)
  "40P01", // deadlock_detected
  "40001", // serialization_failure
  "55P03", // lock_not_available: many sessions begin at once
  "42P01", // undefined_table
  "42703", // undefined_column
  "3F000", // invalid_schema_name
]);

const SETTINGS: ReadonlyMap<string, string> = new Map([["application_name", "sluice provisioning"]]);

export interface Made {
  readonly catalog: DatabaseCatalog;
  /** Plan.leftOut */
  readonly leftOut: number;
}

export class Provisioning {
  readonly #own: OwnConnection;

  private constructor(own: OwnConnection) {
    this.#own = own;
  }

  /** Lends `use` a connection with the provisioning credential; closes it whatever comes of it. */
  static async on<T>(
    dialler: Dialler,
    address: Upstream,
    use: (provisioning: Provisioning) => Promise<Result<T, Refusal>>,
  ): Promise<Result<T, Refusal>> {
    const connected = await dialler.connect(address, SETTINGS);
    if (!connected.ok) return connected;
    const own = new OwnConnection(connected.value, ANSWER_MS);
    try {
      const opened = await own.run(OPENING);
      return opened.ok ? await use(new Provisioning(own)) : err(failed("be opened", opened.error));
    } finally {
      await own.close();
    }
  }

  /** The role with the privileges that the policy comes to, all in one transaction. */
  async make(spec: RoleSpec, policy: Grantor): Promise<Result<Made, Refusal>> {
    for (let left = TRIES; ; left--) {
      const rows = await this.#own.run(CATALOG_QUESTION);
      if (!rows.ok) return err(failed("read the catalog", rows.error));
      const catalog = await shareCatalog(rows.value);
      if (!catalog.ok) return err(unsuited(catalog.error));
      if (catalog.value.connect === "none")
        return err(unsuited("the provisioning role may not grant CONNECT on the database"));
      const plan = planGrants(catalog.value, policy);
      const made = await this.#own.run(createRole(spec, plan));
      if (made.ok) return ok({ catalog: catalog.value, leftOut: plan.leftOut });
      if (left === 1 || !PASSING.has(made.error.sqlstate ?? ""))
        return err(failed("make a role for this session", made.error));
    }
  }

  /** The role has what the policy comes to as well. */
  async widen(role: string, policy: Grantor): Promise<Result<null, Refusal>> {
    for (let left = TRIES; ; left--) {
      const rows = await this.#own.run(CATALOG_QUESTION);
      if (!rows.ok) return err(failed("read the catalog", rows.error));
      const catalog = await shareCatalog(rows.value);
      if (!catalog.ok) return err(unsuited(catalog.error));
      const widened = await this.#own.run(widenRole(role, planGrants(catalog.value, policy)));
      if (widened.ok) return ok(null);
      if (left === 1 || !PASSING.has(widened.error.sqlstate ?? ""))
        return err(failed("widen a role", widened.error));
    }
  }

  /**
   * `gone`: it is dropped. `missing`: there is no such role. `foreign`: there is, and its comment does not begin with the
   * mark, so it is somebody else's.
   */
  async drop(
    role: string,
    mark: string,
    heir: Heritage,
  ): Promise<Result<"gone" | "missing" | "foreign", Refusal>> {
    const found = await this.#own.ask(FIND_ROLE, role);
    if (!found.ok) return err(failed("look for a role", found.error));
    const [comment] = found.value;
    if (comment === undefined) return ok("missing");
    if (comment[0]?.startsWith(`${mark} `) !== true) return ok("foreign");
    for (let left = TRIES; ; left--) {
      const dropped = await this.#drop(role, heir);
      if (dropped.ok) return ok("gone");
      if (left === 1 || !PASSING.has(dropped.error.sqlstate ?? ""))
        return err(failed("drop a role", dropped.error));
    }
  }

  async #drop(role: string, heir: Heritage): Promise<Result<readonly Row[], OwnFailure>> {
    const closed = await this.#own.run(closeRole(role));
    if (!closed.ok) return closed;
    const ended = await this.#own.ask(END_CONNECTIONS, role);
    return ended.ok ? this.#own.run(dropRole(role, heir)) : ended;
  }
}

function failed(what: string, { sqlstate, refusal }: OwnFailure): Refusal {
  if (sqlstate === null) return refusal;
  return {
    sqlstate: "58000",
    message: `the gateway's provisioning role could not ${what} (SQLSTATE ${sqlstate})`,
    hint: "Nothing is wrong with your request: tell the gateway's admin. docs/identity.md says what the provisioning role needs.",
  };
}

function unsuited(why: string): Refusal {
  return { sqlstate: "58000", message: why, hint: "Tell the gateway's admin: see docs/identity.md." };
}
