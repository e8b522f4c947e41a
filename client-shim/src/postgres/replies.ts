// The messages that PostgreSQL sends, as far as a replay looks into them. Pure. What is malformed throws a ProtocolError.

import { ProtocolError } from "./frames.ts";

export interface Field {
  readonly name: string;
  /** Of the table that the value comes from; 0 where it is computed. */
  readonly tableOid: number;
  readonly attribute: number;
  readonly typeOid: number;
  readonly typeModifier: number;
  readonly format: number;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) throw new ProtocolError("a message ends inside of a field");
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  int16(): number {
    return this.take(2).readInt16BE();
  }

  int32(): number {
    return this.take(4).readInt32BE();
  }

  uint32(): number {
    return this.take(4).readUInt32BE();
  }

  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) throw new ProtocolError("a text without its end");
    const text = this.#bytes.toString("utf8", this.#at, end);
    this.#at = end + 1;
    return text;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }
}

export function rowDescription(body: Buffer): Field[] {
  const reader = new Reader(body);
  return Array.from({ length: reader.int16() }, () => {
    const name = reader.text();
    const tableOid = reader.uint32();
    const attribute = reader.int16();
    const typeOid = reader.uint32();
    reader.int16();
    return { name, tableOid, attribute, typeOid, typeModifier: reader.int32(), format: reader.int16() };
  });
}

export function dataRow(body: Buffer): (Buffer | null)[] {
  const reader = new Reader(body);
  return Array.from({ length: reader.int16() }, () => {
    const length = reader.int32();
    return length === -1 ? null : reader.take(length);
  });
}

export function parameterTypes(body: Buffer): number[] {
  const reader = new Reader(body);
  return Array.from({ length: reader.int16() }, () => reader.uint32());
}

/** CommandComplete's tag, and whatever else is one text. */
export function textOf(body: Buffer): string {
  return new Reader(body).text();
}

/** The fields of an error or a notice, by their letters. */
export function reportFields(body: Buffer): ReadonlyMap<string, string> {
  const reader = new Reader(body);
  const fields = new Map<string, string>();
  while (reader.left > 1) fields.set(reader.take(1).toString("latin1"), reader.text());
  return fields;
}
