// What the agent prepared: statements by name and portals by name, so that each Execute can be recorded with its text
// and parameters. Follows PostgreSQL's rules for when a name goes away. Pure.

import { textDecode, textEncode } from "#core/bytes";

export interface PreparedStatement {
  readonly name: string;
  readonly text: Uint8Array;
  readonly parameterTypes: readonly number[];
}

export interface Portal {
  readonly name: string;
  readonly statement: PreparedStatement | null;
  readonly parameterFormats: readonly number[];
  readonly parameters: readonly (Uint8Array | null)[];
  readonly resultFormats: readonly number[];
}

/** PostgreSQL tells names apart by their first 63 bytes alone (NAMEDATALEN; prepare.c, portalmem.c). */
const NAME_SIGNIFICANT_BYTES = 63;

/** What a name costs beside its text: a Map entry and an object. */
const NAME_BYTES = 128;

export class PreparedState {
  readonly #statements = new Map<string, PreparedStatement>();
  readonly #portals = new Map<string, Portal>();
  #bytes = 0;

  /** Bytes held on behalf of the agent; the session bounds it. */
  get bytes(): number {
    return this.#bytes;
  }

  statement(name: string): PreparedStatement | null {
    return this.#statements.get(key(name)) ?? null;
  }

  portal(name: string): Portal | null {
    return this.#portals.get(key(name)) ?? null;
  }

  /** Each change gives the function that takes it back. */
  parse(statement: PreparedStatement): () => void {
    // The unnamed statement is dropped before the new one is analysed (postgres.c, exec_parse_message): no way back.
    const before = statement.name === "" ? null : this.statement(statement.name);
    this.#setStatement(statement.name, statement);
    return () => this.#setStatement(statement.name, before);
  }

  bind(portal: Portal): () => void {
    const before = portal.name === "" ? null : this.portal(portal.name);
    this.#setPortal(portal.name, portal);
    return () => this.#setPortal(portal.name, before);
  }

  closeStatement(name: string): () => void {
    const before = this.statement(name);
    this.#setStatement(name, null);
    return () => this.#setStatement(name, before);
  }

  closePortal(name: string): () => void {
    const before = this.portal(name);
    this.#setPortal(name, null);
    return () => this.#setPortal(name, before);
  }

  /** DEALLOCATE ALL, DISCARD ALL: the named ones; the unnamed one stays (prepare.c, DropAllPreparedStatements). */
  deallocateAll(): void {
    for (const name of this.#statements.keys()) if (name !== "") this.#setStatement(name, null);
  }

  /** ReadyForQuery said idle: a transaction ended, and its portals with it (portals WITH HOLD are SQL's, not ours). */
  transactionEnded(): void {
    for (const name of this.#portals.keys()) this.#setPortal(name, null);
  }

  #setStatement(called: string, statement: PreparedStatement | null): void {
    const name = key(called);
    const before = this.#statements.get(name);
    if (before !== undefined) this.#bytes -= statementBytes(before);
    if (statement === null) this.#statements.delete(name);
    else {
      this.#statements.set(name, statement);
      this.#bytes += statementBytes(statement);
    }
  }

  #setPortal(called: string, portal: Portal | null): void {
    const name = key(called);
    const before = this.#portals.get(name);
    if (before !== undefined) this.#bytes -= portalBytes(before);
    if (portal === null) this.#portals.delete(name);
    else {
      this.#portals.set(name, portal);
      this.#bytes += portalBytes(portal);
    }
  }
}

function key(name: string): string {
  // No character takes more than four bytes.
  if (name.length * 4 <= NAME_SIGNIFICANT_BYTES) return name;
  return textDecode(textEncode(name).subarray(0, NAME_SIGNIFICANT_BYTES));
}

function statementBytes(statement: PreparedStatement): number {
  return NAME_BYTES + statement.name.length + statement.text.length + 8 * statement.parameterTypes.length;
}

function portalBytes(portal: Portal): number {
  let bytes = NAME_BYTES + portal.name.length;
  for (const value of portal.parameters) bytes += 16 + (value?.length ?? 0);
  return bytes;
}
