// Protocol versions: the 32-bit word of start-up and negotiation. Pure.

export interface ProtocolVersion {
  readonly major: number;
  readonly minor: number;
}

export const PROTOCOL_3_0: ProtocolVersion = { major: 3, minor: 0 };
export const PROTOCOL_3_2: ProtocolVersion = { major: 3, minor: 2 };

export function unpackVersion(word: number): ProtocolVersion {
  return { major: word >>> 16, minor: word & 0xffff };
}

export function packVersion(version: ProtocolVersion): number {
  return version.major * 0x10000 + version.minor;
}
