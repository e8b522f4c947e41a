// Verifies the record of the page's session here, in the reader's browser: its export and the gateway's public keys through the
// same verifier as `sluice verify`. The gateway's own word is not taken for it; which key it was is said, to be compared.

import {
  type Keys,
  readKeys,
  type Verdict,
  verifyExport,
  type VerifierCrypto,
} from "../../../client-shim/src/record/index.ts";
import { jsonLines } from "../../../client-shim/src/record/lines.ts";
import { count, counted } from "../text/format.ts";
import { make } from "./element.ts";

const BROWSER_CRYPTO: VerifierCrypto = {
  sha256: async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes))),
  verifyEd25519: async (x, message, signature) => {
    try {
      const key = await crypto.subtle.importKey("jwk", { kty: "OKP", crv: "Ed25519", x }, "Ed25519", false, [
        "verify",
      ]);
      return await crypto.subtle.verify("Ed25519", key, Uint8Array.from(signature), Uint8Array.from(message));
    } catch {
      // No key, or no signature, in form.
      return false;
    }
  },
};

/** The button of the header, and where it says what came of it. */
export function offerVerification(session: string, button: HTMLButtonElement, place: HTMLElement): void {
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    place.hidden = false;
    place.className = "says";
    place.replaceChildren(make("p", "", "Reading the whole record, and hashing it here …"));
    void verify(session)
      .then((said) => tell(place, said))
      .catch(() => tell(place, { bad: true, title: "✕ The record could not be read to its end.", lines: [] }))
      .finally(() => (button.disabled = false));
  });
}

interface Said {
  readonly bad: boolean;
  readonly title: string;
  readonly lines: readonly string[];
}

async function verify(session: string): Promise<Said> {
  const document: unknown = await (await fetch("/.well-known/sluice/keys")).json();
  const keys = readKeys(document) ?? new Map<string, string>();
  const answer = await fetch(`/console/v1/sessions/${session}/export`);
  if (!answer.ok || answer.body === null)
    return { bad: true, title: `✕ The record could not be read (${String(answer.status)}).`, lines: [] };
  return worded(await verifyExport(jsonLines(pieces(answer.body)), keys, BROWSER_CRYPTO), keys);
}

const TITLES = {
  whole: "✓ Whole: every entry is as it was recorded, none is missing, and its end is signed.",
  broken: "✕ Broken: something was changed, or is missing.",
  open: "… Open: what is there fits; the session has not ended, so nothing signs its end yet.",
  unsigned: "? Unsigned: what is there fits, and no key has signed it.",
  not_chained: "? Not chained: nothing proves this record.",
} as const satisfies Record<Verdict["verdict"], string>;

function worded({ verdict, entries, head, heads, breaks }: Verdict, keys: Keys): Said {
  return {
    bad: verdict === "broken",
    title: TITLES[verdict],
    lines: [
      `${counted(entries, "entry", "entries")}, ${counted(heads, "signed head")}, verified in this browser with ${[...keys.keys()].join(", ") || "no key"}`,
      ...(head === null ? [] : [`the last entry's hash is ${head}`]),
      ...breaks.map(({ entry, what }) => (entry === null ? what : `entry ${count(entry)}: ${what}`)),
    ],
  };
}

function tell(place: HTMLElement, { bad, title, lines }: Said): void {
  place.className = bad ? "says bad" : "says note-box";
  place.replaceChildren(make("strong", "", title), ...lines.map((line) => make("p", "note", line)));
}

/** Not all browsers iterate over a body. */
async function* pieces(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
