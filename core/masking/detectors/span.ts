// What a detector is: given bytes and a place where what it looks for may be, it says from where to where it is. Each looks a
// bounded way back and reads ahead only over what it takes, so that a scan is linear in the bytes.

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** `from`: where the last find ended; nothing before it is looked at. */
export type Detect = (bytes: Uint8Array, at: number, from: number) => Span | null;

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

export function isUpper(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x41 && byte <= 0x5a;
}

export function isWord(byte: number | undefined): boolean {
  return isDigit(byte) || isUpper(byte) || (byte !== undefined && byte >= 0x61 && byte <= 0x7a);
}

/** Letters and digits of any script: bytes of UTF-8 beyond ASCII count as letters. */
export function isInWord(byte: number | undefined): boolean {
  return isWord(byte) || byte === 0x5f || (byte !== undefined && byte >= 0x80);
}

/** `word` stands at `at`. */
export function startsWith(bytes: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i)) return false;
  return true;
}

/** The end of a run of bytes that `takes`, at most `most` long. */
export function runEnd(
  bytes: Uint8Array,
  from: number,
  most: number,
  takes: (byte: number | undefined) => boolean,
): number {
  let at = from;
  while (at < bytes.length && at - from < most && takes(bytes[at])) at++;
  return at;
}
