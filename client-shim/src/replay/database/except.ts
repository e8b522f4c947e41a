// Columns that may differ: --except created_at,orders.id,public.orders.total. A column's own name is that of the result; one
// with its table is the table's column, whatever the result calls it, and so has to be looked up in the catalog.

import type { Address } from "../../postgres/address.ts";
import { Database } from "../../postgres/database.ts";
import { query } from "../../postgres/messages.ts";
import { dataRow, type Field } from "../../postgres/replies.ts";

export interface ExceptedColumn {
  /** "" where any will do. */
  readonly schema: string;
  readonly table: string;
  readonly column: string;
}

/** null where it is no such list. */
export function readExcept(text: string): readonly ExceptedColumn[] | null {
  const columns = text.split(",").map((one) => {
    const parts = one.trim().split(".").toReversed();
    const [column = "", table = "", schema = ""] = parts;
    return parts.length > 3 || parts.includes("") ? null : { schema, table, column };
  });
  const read = columns.filter((one) => one !== null);
  return read.length === columns.length ? read : null;
}

/** Looks columns of tables up, over a connection of its own, so that the replay's is not touched. */
export class Excepted {
  readonly #columns: readonly ExceptedColumn[];
  readonly #address: Address;
  readonly #known = new Map<string, ExceptedColumn>();
  #catalog: Database | null = null;

  constructor(columns: readonly ExceptedColumn[], address: Address) {
    this.#columns = columns;
    this.#address = address;
  }

  get any(): boolean {
    return this.#columns.length > 0;
  }

  /** For each column of a result whether it may differ. */
  async among(fields: readonly Field[]): Promise<readonly boolean[]> {
    const found: boolean[] = [];
    for (const field of fields) found.push(await this.#has(field));
    return found;
  }

  async end(): Promise<void> {
    await this.#catalog?.end();
  }

  async #has(field: Field): Promise<boolean> {
    if (this.#columns.some(({ table, column }) => table === "" && column === field.name)) return true;
    if (field.tableOid === 0 || !this.#columns.some(({ table }) => table !== "")) return false;
    const is = await this.#columnOf(field);
    if (is === null) return false;
    return this.#columns.some(
      ({ schema, table, column }) =>
        table === is.table && column === is.column && (schema === "" || schema === is.schema),
    );
  }

  /** null for a table that the open transaction has made: nobody else sees it. */
  async #columnOf({ tableOid, attribute }: Field): Promise<ExceptedColumn | null> {
    const key = `${tableOid} ${attribute}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#catalog ??= await Database.connect(this.#address, new Map());
    await this.#catalog.send(
      query(
        Buffer.from(`SELECT n.nspname, c.relname, a.attname FROM pg_catalog.pg_attribute a
          JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE a.attrelid = ${tableOid} AND a.attnum = ${attribute}`),
      ),
    );
    let found: ExceptedColumn | null = null;
    for (let frame = await this.#catalog.next(); frame !== null && frame.code !== "Z";) {
      if (frame.code === "D") {
        const [schema = "", table = "", column = ""] = dataRow(frame.body).map((value) =>
          String(value ?? ""),
        );
        found = { schema, table, column };
      }
      frame = await this.#catalog.next();
    }
    if (found !== null) this.#known.set(key, found);
    return found;
  }
}
