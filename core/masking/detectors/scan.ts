// The second net: personal data and secrets in text and JSON that no rule masks, found by how they look. One pass over the
// bytes, a table of where something may begin, and detectors that look a bounded way around. Pure.
// A net with holes by nature: what it finds is hidden or reported, what it misses was not promised.

import { DETECTOR_NAMES, type DetectorName } from "#core/policy";
import { cardNumber, iban, phone, socialSecurityNumber } from "./numbers.ts";
import { isInWord, type Detect } from "./span.ts";
import { apiKey, awsKey, emailAddress, jsonWebToken, privateKey } from "./words.ts";

const DETECTORS = {
  private_key: { detect: privateKey, begins: "-" },
  jwt: { detect: jsonWebToken, begins: "e" },
  aws_key: { detect: awsKey, begins: "A" },
  api_key: { detect: apiKey, begins: "gxsrAndS" },
  email: { detect: emailAddress, begins: "@" },
  iban: { detect: iban, begins: "ABCDEFGHIJKLMNOPQRSTUVWXYZ" },
  card_number: { detect: cardNumber, begins: "123456789" },
  us_ssn: { detect: socialSecurityNumber, begins: "012345678" },
  phone: { detect: phone, begins: "+(23456789" },
} as const satisfies Record<DetectorName, { readonly detect: Detect; readonly begins: string }>;

export interface Found {
  readonly name: DetectorName;
  readonly start: number;
  readonly end: number;
}

/** A scan for some kinds of data, made ready. */
export type Scan = (bytes: Uint8Array) => readonly Found[];

export function compileScan(names: readonly DetectorName[]): Scan {
  const table: (readonly DetectorName[] | undefined)[] = Array.from({ length: 256 });
  for (const name of DETECTOR_NAMES.filter((known) => names.includes(known)))
    for (const letter of DETECTORS[name].begins) {
      const byte = letter.charCodeAt(0);
      table[byte] = [...(table[byte] ?? []), name];
    }
  return (bytes) => {
    const found: Found[] = [];
    let from = 0;
    for (let at = 0; at < bytes.length; at++) {
      const candidates = table[bytes[at] ?? 0];
      if (candidates === undefined) continue;
      // What begins with a letter or digit begins a word: nearly all places are none.
      if (at > from && isInWord(bytes[at - 1]) && isInWord(bytes[at])) continue;
      for (const name of candidates) {
        const span = DETECTORS[name].detect(bytes, at, from);
        if (span === null) continue;
        found.push({ name, ...span });
        from = span.end;
        at = span.end - 1;
        break;
      }
    }
    return found;
  };
}
