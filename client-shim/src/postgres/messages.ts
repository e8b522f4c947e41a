// The messages that a client of PostgreSQL sends, as bytes ("Message Formats"). Pure. Names are UTF-8; texts and values are
// bytes, since a recorded statement may be in any encoding.

const END = Buffer.of(0);

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
}

function message(code: string, ...parts: readonly (string | Buffer)[]): Buffer {
  const buffers = parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part));
  const bytes = buffers.reduce((sum, part) => sum + part.length, 4);
  return Buffer.concat([Buffer.from(code), int32(bytes), ...buffers]);
}

function values(all: readonly (Buffer | null)[]): Buffer[] {
  return [
    int16(all.length),
    ...all.flatMap((value) => (value === null ? [int32(-1)] : [int32(value.length), value])),
  ];
}

function codes(all: readonly number[]): Buffer[] {
  return [int16(all.length), ...all.map(int16)];
}

export function startup(parameters: ReadonlyMap<string, string>): Buffer {
  const pairs = [...parameters].flatMap(([name, value]) => [name, "\0", value, "\0"]).join("");
  // Protocol 3.0.
  return message("", int32(196_608), pairs, END);
}

export const SSL_REQUEST = message("", int32(80_877_103));
export const SYNC = message("S");
export const TERMINATE = message("X");

/** A password in the clear or as an MD5, ended by a zero byte; SASL's messages have none. */
export function password(text: string): Buffer {
  return message("p", text, END);
}

export function saslInitial(mechanism: string, data: string): Buffer {
  return message("p", mechanism, END, int32(Buffer.byteLength(data)), data);
}

export function saslResponse(data: string): Buffer {
  return message("p", data);
}

export function query(text: Buffer): Buffer {
  return message("Q", text, END);
}

export function parse(name: string, text: Buffer, types: readonly number[]): Buffer {
  return message("P", name, END, text, END, int16(types.length), ...types.map(int32));
}

export interface Bound {
  readonly formats: readonly number[];
  readonly values: readonly (Buffer | null)[];
  readonly resultFormats: readonly number[];
}

export function bind(portal: string, statement: string, bound: Bound): Buffer {
  const { formats, resultFormats } = bound;
  return message(
    "B",
    portal,
    END,
    statement,
    END,
    ...codes(formats),
    ...values(bound.values),
    ...codes(resultFormats),
  );
}

export function describe(target: "S" | "P", name: string): Buffer {
  return message("D", target, name, END);
}

export function execute(portal: string, maxRows: number): Buffer {
  return message("E", portal, END, int32(maxRows));
}

export function close(target: "S" | "P", name: string): Buffer {
  return message("C", target, name, END);
}

export function functionCall(oid: number, bound: Bound): Buffer {
  const [resultFormat = 0] = bound.resultFormats;
  return message("F", int32(oid), ...codes(bound.formats), ...values(bound.values), int16(resultFormat));
}

export function copyFail(reason: string): Buffer {
  return message("f", reason, END);
}
