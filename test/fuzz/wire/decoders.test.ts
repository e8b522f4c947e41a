// Properties of every decoder: it never throws, never reads outside its frame, and what it accepts is exactly what it was
// given, since encoding gives the bytes back.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hexEncode } from "#core/bytes";
import {
  BACKEND_CODES,
  decodeBackend,
  decodeFrontend,
  decodeGssResponse,
  decodePassword,
  decodeSaslInitialResponse,
  decodeSaslResponse,
  decodeStartup,
  encodeBackend,
  encodeFrontend,
  encodeStartup,
  FRONTEND_CODES,
  type Frame,
} from "#core/wire";
import { bytes, message as frame, packet } from "../../unit/wire/by-hand.ts";
import { frameOf, poisoned, viewsIn } from "../../unit/wire/poisoned.ts";
import { BACKEND_MESSAGES, FRONTEND_MESSAGES, plausible, STARTUP_PACKETS } from "./arbitraries.ts";

interface Codec {
  /** null when it refuses. */
  readonly read: (wire: Uint8Array) => { readonly message: unknown; readonly again: () => Uint8Array } | null;
}

type Decoded<M> = { readonly ok: true; readonly value: M } | { readonly ok: false };

function codec<M>(decode: (frame: Frame) => Decoded<M>, encode: (message: M) => Uint8Array): Codec {
  return {
    read: (wire) => {
      const decoded = decode({ code: wire[0] ?? 0, bytes: wire });
      return decoded.ok ? { message: decoded.value, again: () => encode(decoded.value) } : null;
    },
  };
}

const FRONTEND = codec(decodeFrontend, encodeFrontend);
const BACKEND = codec(decodeBackend, encodeBackend);
const STARTUP = codec(({ bytes: wire }) => decodeStartup(wire), encodeStartup);

/** Reads the same bytes amid different poisons, and says what was wrong with how they were read. */
function holds({ read }: Codec, wire: Uint8Array): boolean {
  const view = poisoned(wire, 0x00);
  const first = read(view);
  const second = read(poisoned(wire, 0xff));
  expect(second?.message).toEqual(first?.message);
  if (first === null) return false;
  for (const inner of viewsIn(first.message)) {
    if (inner.length === 0) continue;
    expect(inner.buffer).toBe(view.buffer);
    expect(inner.byteOffset).toBeGreaterThanOrEqual(view.byteOffset);
    expect(inner.byteOffset + inner.length).toBeLessThanOrEqual(view.byteOffset + view.length);
  }
  expect(hexEncode(first.again())).toBe(hexEncode(wire));
  return true;
}

const letters = (codes: Readonly<Record<string, number>>): string[] => [
  ...new Set(Object.values(codes).map((code) => String.fromCharCode(code))),
];

describe("any body under any code", () => {
  const noise = fc.oneof(plausible, fc.uint8Array({ maxLength: 300 }));

  test.each(letters(FRONTEND_CODES))("of a client, '%s'", (letter) => {
    fc.assert(fc.property(noise, (body) => void holds(FRONTEND, frame(letter, body))));
  });

  test.each(letters(BACKEND_CODES))("of a server, '%s'", (letter) => {
    fc.assert(fc.property(noise, (body) => void holds(BACKEND, frame(letter, body))));
  });

  test.each([0, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12])("of an authentication request, %d", (request) => {
    fc.assert(fc.property(noise, (body) => void holds(BACKEND, frame("R", [0, 0, 0, request], body))));
  });

  test.each([
    ["password", codec(decodePassword, encodeFrontend)],
    ["SASLInitialResponse", codec(decodeSaslInitialResponse, encodeFrontend)],
    ["SASLResponse", codec(decodeSaslResponse, encodeFrontend)],
    ["GSSResponse", codec(decodeGssResponse, encodeFrontend)],
  ])("of the password family, read as %s", (_, family) => {
    fc.assert(fc.property(noise, (body) => void holds(family, frame("p", body))));
  });

  test.each([
    ["StartupMessage", [0, 3, 0, 2]],
    ["CancelRequest", [4, 210, 22, 46]],
    ["SSLRequest", [4, 210, 22, 47]],
    ["anything", []],
  ])("of a start-up packet, %s", (_, word) => {
    fc.assert(fc.property(noise, (body) => void holds(STARTUP, packet(word, body))));
  });

  test("of a frame that is none", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), fc.nat(255), (wire, code) => {
        expect(() => decodeFrontend({ code, bytes: wire })).not.toThrow();
        expect(() => decodeBackend({ code, bytes: wire })).not.toThrow();
        expect(() => decodeStartup(wire)).not.toThrow();
      }),
    );
  });
});

describe("any message comes back, and damage to it does not go unnoticed or far", () => {
  const damage = fc.record({ at: fc.nat(), byte: fc.nat(255), keep: fc.nat() });

  function check(
    codecOfSide: Codec,
    wire: Uint8Array,
    hit: { at: number; byte: number; keep: number },
  ): void {
    expect(holds(codecOfSide, wire)).toBe(true);
    const flipped = wire.slice();
    flipped[hit.at % wire.length] = hit.byte;
    holds(codecOfSide, flipped);
    // Cut short or grown: the header no longer fits, so it has to be refused, whatever the body is.
    expect(holds(codecOfSide, wire.subarray(0, hit.keep % wire.length))).toBe(false);
    expect(holds(codecOfSide, bytes(wire, [hit.byte]))).toBe(false);
    // Cut short with a header that agrees.
    const body = wire.subarray(5, 5 + (hit.keep % wire.length));
    holds(codecOfSide, frame(String.fromCharCode(wire[0] ?? 0), body));
  }

  test.each(FRONTEND_MESSAGES)("%s", (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, damage, (message, hit) => {
        const wire = encodeFrontend(message);
        expect(decodeFrontend(frameOf(wire))).toEqual({ ok: true, value: message });
        check(FRONTEND, wire, hit);
      }),
    );
  });

  test.each(BACKEND_MESSAGES)("%s", (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, damage, (message, hit) => {
        const wire = encodeBackend(message);
        expect(decodeBackend(frameOf(wire))).toEqual({ ok: true, value: message });
        check(BACKEND, wire, hit);
      }),
    );
  });

  test.each(STARTUP_PACKETS)("%s", (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, damage, (message, hit) => {
        const wire = encodeStartup(message);
        expect(decodeStartup(poisoned(wire))).toEqual({ ok: true, value: message });
        check(STARTUP, wire, hit);
      }),
    );
  });
});
