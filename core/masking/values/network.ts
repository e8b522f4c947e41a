// inet and cidr. Binary is network_send's: family, bits, whether cidr, length, address (utils/adt/network.c).

import { hexEncode, utf8DecodeLossy, utf8Encode } from "#core/bytes";
import type { Codec } from "./codec.ts";

interface Network {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly bits: number;
}

/** PGSQL_AF_INET and PGSQL_AF_INET6 (utils/inet.h). */
const FAMILIES = { 4: 2, 16: 3 } as const;

export function networkCodec(cidr: boolean): Codec<Network> {
  return {
    decode: (bytes, format) => (format === 1 ? receive(bytes) : parse(bytes)),
    encode: (value, format) => (format === 1 ? send(value, cidr) : utf8Encode(print(value, cidr))),
    neutral: { address: new Uint8Array(4), bits: 32 },
    canonical: ({ address, bits }) => `network:${hexEncode(address)}/${bits}`,
    // One host of fd00::/8 (RFC 4193), which both types hold whatever the value was.
    token: (random) => ({
      address: Uint8Array.from(random.subarray(0, 16), (byte, at) => (at === 0 ? 0xfd : byte)),
      bits: 128,
    }),
  };
}

function receive(bytes: Uint8Array): Network | null {
  const [family = 0, bits = 0, , length = 0] = bytes;
  const address = bytes.slice(4);
  if ((length !== 4 && length !== 16) || address.length !== length) return null;
  return family === FAMILIES[length] && bits <= 8 * length ? { address, bits } : null;
}

function send({ address, bits }: Network, cidr: boolean): Uint8Array {
  const length = address.length === 4 ? 4 : 16;
  const bytes = new Uint8Array(4 + length);
  bytes.set([FAMILIES[length], bits, cidr ? 1 : 0, length]);
  bytes.set(address, 4);
  return bytes;
}

function parse(bytes: Uint8Array): Network | null {
  const [host = "", bits, ...rest] = bytes.length > 64 ? [] : utf8DecodeLossy(bytes).split("/");
  const address = host.includes(":") ? parseV6(host) : parseV4(host);
  if (address === null || rest.length > 0 || !/^\d{1,3}$/.test(bits ?? "0")) return null;
  const most = 8 * address.length;
  const length = bits === undefined ? most : Number(bits);
  return length <= most ? { address, bits: length } : null;
}

function parseV4(text: string): Uint8Array | null {
  const parts = text.split(".");
  const valid = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
  return valid ? Uint8Array.from(parts, Number) : null;
}

function parseV6(text: string): Uint8Array | null {
  const [front = "", back, ...more] = text.split("::");
  const before = groups(front);
  const after = back === undefined ? [] : groups(back);
  if (before === null || after === null || more.length > 0) return null;
  const missing = 16 - before.length - after.length;
  if (back === undefined ? missing !== 0 : missing < 2) return null;
  return Uint8Array.from([...before, ...new Uint8Array(missing), ...after]);
}

function groups(text: string): readonly number[] | null {
  const bytes: number[] = [];
  const parts = text === "" ? [] : text.split(":");
  for (const [at, part] of parts.entries()) {
    const embedded = at === parts.length - 1 ? parseV4(part) : null;
    if (embedded !== null) bytes.push(...embedded);
    else if (!/^[0-9a-f]{1,4}$/i.test(part)) return null;
    else bytes.push(Number.parseInt(part, 16) >>> 8, Number.parseInt(part, 16) & 0xff);
  }
  return bytes;
}

function print({ address, bits }: Network, cidr: boolean): string {
  const host =
    address.length === 4 ? address.join(".") : hexEncode(address).replaceAll(/\B(?=(?:.{4})+$)/g, ":");
  return bits === 8 * address.length && !cidr ? host : `${host}/${bits}`;
}
