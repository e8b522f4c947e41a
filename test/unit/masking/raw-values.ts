// Values of a real PostgreSQL as bytes of either format, and back: what the gateway sees, and what a driver would send.

import pg from "pg";
import postgres from "postgres";
import type { Format } from "#core/wire";

const RAW = { getTypeParser: () => (value: unknown) => value };

export class RawValues {
  readonly #client: pg.Client;
  readonly #copier: postgres.Sql;

  constructor(url: string) {
    this.#client = new pg.Client({ connectionString: url });
    this.#copier = postgres(url, { max: 1, onnotice: () => undefined });
  }

  async connect(): Promise<void> {
    await this.#client.connect();
  }

  async end(): Promise<void> {
    await this.#client.end();
    await this.#copier.end();
  }

  async run(sql: string): Promise<void> {
    await this.#client.query(sql);
  }

  async rows(sql: string): Promise<readonly Readonly<Record<string, string | null>>[]> {
    const { rows } = await this.#client.query({ text: sql, types: RAW });
    return rows as Record<string, string | null>[];
  }

  /** The value of an expression as it is sent. */
  async send(expression: string, format: Format): Promise<Uint8Array | null> {
    if (format === 0) {
      const [row] = await this.rows(`SELECT ${expression} AS value`);
      const text = row?.["value"] ?? null;
      return text === null ? null : new TextEncoder().encode(text);
    }
    // pg reads binary values as if they were text; COPY gives them as they are: behind 19 bytes of header, the count of the
    // fields and the length.
    const copied = await this.copy(`COPY (SELECT ${expression}) TO STDOUT (FORMAT binary)`);
    const all = Buffer.concat(copied);
    const length = all.readInt32BE(21);
    return length < 0 ? null : Uint8Array.from(all.subarray(25, 25 + length));
  }

  /** COPY with settings of the session. */
  async copyUnder(settings: string, run: () => Promise<void>): Promise<void> {
    await this.#copier.unsafe(settings).simple();
    await run();
  }

  /** The payloads of CopyData. */
  async copy(sql: string): Promise<readonly Uint8Array[]> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await this.#copier.unsafe(sql).readable())
      chunks.push(Uint8Array.from(chunk as Buffer));
    return chunks;
  }

  async copyIn(sql: string, data: Uint8Array): Promise<void> {
    const to = await this.#copier.unsafe(sql).writable();
    await new Promise<void>((resolve, reject) => {
      to.once("finish", resolve);
      to.once("error", reject);
      to.end(Buffer.from(data));
    });
  }

  /** What the type's input or receive function makes of the bytes, as text. Throws where it does not take them. */
  async accept(type: string, bytes: Uint8Array | null, format: Format): Promise<string | null> {
    const value = bytes === null ? null : format === 1 ? Buffer.from(bytes) : new TextDecoder().decode(bytes);
    const { rows } = await this.#client.query({
      // record_out's text for what has no cast of its own to text.
      text: `SELECT format('%s', v.x) AS value, v.x IS NULL AS gone FROM (SELECT $1::${type} AS x) v`,
      values: [value],
      types: RAW,
    });
    const row = rows[0] as { value: string; gone: string };
    return row.gone === "t" ? null : row.value;
  }
}
