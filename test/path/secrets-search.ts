// Looks for secrets in bytes, in whatever form they may have got there: as they are, in base64 at any alignment, in
// hexadecimal, URL-encoded, and any slice of 20 characters of each. Pure.

const SLICE = 20;
/** Whatever a slice of any form consists of: everything else parts a haystack into runs that can be searched one by one. */
const RUNS = /[A-Za-z0-9+/=_%.:@~-]{20,}/g;

export class SecretSearch {
  /** Slice -> the secret's name. */
  readonly #slices = new Map<string, string>();

  /** `text` is looked for as UTF-8. */
  add(name: string, text: string): void {
    const bytes = Buffer.from(text, "utf8");
    const forms = [
      text,
      encodeURIComponent(text),
      bytes.toString("hex"),
      bytes.toString("hex").toUpperCase(),
    ];
    for (let skipped = 0; skipped < 3; skipped++) {
      // Behind 0, 1 or 2 other bytes, less the characters at either end that hold bits of a neighbour.
      const shifted = Buffer.concat([Buffer.alloc(skipped), bytes])
        .toString("base64")
        .replace(/=+$/, "");
      const own = shifted.slice(Math.ceil((skipped * 8) / 6), -1);
      forms.push(own, own.replaceAll("+", "-").replaceAll("/", "_"));
    }
    for (const form of forms) {
      if (form.length < SLICE) throw new Error(`${name} is too short to be told from anything else`);
      for (let at = 0; at + SLICE <= form.length; at++) this.#slices.set(form.slice(at, at + SLICE), name);
    }
  }

  /** Payload and signature; the header is the same for all tokens of an issuer. */
  addToken(name: string, token: string): void {
    const [, payload = "", signature = ""] = token.split(".");
    this.add(`payload of ${name}`, payload);
    this.add(`signature of ${name}`, signature);
  }

  /** Names of what is found. */
  find(haystack: Uint8Array | string): ReadonlySet<string> {
    const found = new Set<string>();
    const text = typeof haystack === "string" ? haystack : Buffer.from(haystack).toString("latin1");
    for (const [run] of text.matchAll(RUNS)) {
      for (let at = 0; at + SLICE <= run.length; at++) {
        const name = this.#slices.get(run.slice(at, at + SLICE));
        if (name !== undefined) found.add(name);
      }
    }
    return found;
  }
}
