// Puts bytes where a careless reader gives itself away: as a view at an offset in a larger array, amid bytes that read as
// something. A codec that is right gives the same whatever they are.

/** As TCP sockets and WebSockets do give them: a part of a pool. */
export function poisoned(bytes: Uint8Array, poison = 0x41): Uint8Array {
  const pool = new Uint8Array(bytes.length + 64).fill(poison);
  pool.set(bytes, 29);
  return pool.subarray(29, 29 + bytes.length);
}

export interface FrameLike {
  readonly code: number;
  readonly bytes: Uint8Array;
}

export function frameOf(bytes: Uint8Array, poison = 0x41): FrameLike {
  return { code: bytes[0] ?? 0, bytes: poisoned(bytes, poison) };
}

/** Every byte array anywhere inside `value`. */
export function viewsIn(value: unknown): Uint8Array[] {
  if (value instanceof Uint8Array) return [value];
  if (value instanceof Map) return [...value].flat().flatMap(viewsIn);
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(viewsIn);
  return [];
}
