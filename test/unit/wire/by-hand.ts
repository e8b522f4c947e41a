// An encoder of the wire that shares nothing with the codec it tests: messages written down as the manual draws them.
// Also what capture.ts speaks to a real PostgreSQL with, which vouches for it.

export type Part = string | number[] | Uint8Array;

/** A string is its UTF-8 bytes, without a terminator. */
export function bytes(...parts: readonly Part[]): Uint8Array {
  const flat: number[] = [];
  for (const part of parts) {
    for (const byte of typeof part === "string" ? new TextEncoder().encode(part) : part) flat.push(byte);
  }
  return Uint8Array.from(flat);
}

export function int16(value: number): number[] {
  return [(value >> 8) & 255, value & 255];
}

export function int32(value: number): number[] {
  return [(value >> 24) & 255, (value >> 16) & 255, (value >> 8) & 255, value & 255];
}

export function string(text: string): Uint8Array {
  return bytes(text, [0]);
}

/** Int32 length and the bytes; null is length -1. */
export function value(part: Part | null): Uint8Array {
  if (part === null) return bytes(int32(-1));
  const content = bytes(part);
  return bytes(int32(content.length), content);
}

/** A typed message around its body. */
export function message(letter: string, ...body: readonly Part[]): Uint8Array {
  const content = bytes(...body);
  return bytes(letter, int32(content.length + 4), content);
}

/** A start-up packet around what follows its length. */
export function packet(...body: readonly Part[]): Uint8Array {
  const content = bytes(...body);
  return bytes(int32(content.length + 4), content);
}

export function startup(minor: number, parameters: Readonly<Record<string, string>>): Uint8Array {
  const list = Object.entries(parameters).flatMap(([name, text]) => [string(name), string(text)]);
  return packet(int16(3), int16(minor), ...list, [0]);
}

export const SSL_REQUEST = bytes([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
export const GSSENC_REQUEST = bytes([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30]);

export function cancelRequest(processId: number, secretKey: Part): Uint8Array {
  return packet([0x04, 0xd2, 0x16, 0x2e], int32(processId), secretKey);
}

export function query(text: string): Uint8Array {
  return message("Q", string(text));
}

export function parse(statement: string, text: string, ...types: number[]): Uint8Array {
  return message("P", string(statement), string(text), int16(types.length), ...types.map(int32));
}

export interface BindParts {
  readonly portal?: string;
  readonly statement?: string;
  readonly formats?: readonly number[];
  readonly values?: readonly (Part | null)[];
  readonly results?: readonly number[];
}

export function bind(parts: BindParts): Uint8Array {
  const { portal = "", statement = "", formats = [], values = [], results = [] } = parts;
  return message(
    "B",
    string(portal),
    string(statement),
    int16(formats.length),
    ...formats.map(int16),
    int16(values.length),
    ...values.map(value),
    int16(results.length),
    ...results.map(int16),
  );
}

export function describe(letter: "S" | "P", name: string): Uint8Array {
  return message("D", letter, string(name));
}

export function close(letter: "S" | "P", name: string): Uint8Array {
  return message("C", letter, string(name));
}

export function execute(portal: string, maxRows: number): Uint8Array {
  return message("E", string(portal), int32(maxRows));
}

export const SYNC = message("S");
export const FLUSH = message("H");
export const TERMINATE = message("X");
