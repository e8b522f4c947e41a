// Verifies an export line by line (docs/record.md): hashes, order, signatures, the log. Pure but for the two primitives that are
// handed in; holds one line at a time. A break is told and reading goes on, so that what is broken is told apart from what
// merely comes behind it.

import { canonicalJson } from "./canonical.ts";
import {
  fromBase64,
  fromBase64Url,
  fromHex,
  hex,
  type Keys,
  memberOf,
  type VerifierCrypto,
} from "./crypto.ts";
import { MerkleVerifier } from "./merkle.ts";
import { openCheckpoint } from "./note.ts";
import { notedApproval } from "./noted.ts";
import { type Break, BREAKS_MOST, type NotedApproval, type Verdict } from "./verdict.ts";

const NO_ENTRY = "0".repeat(64);
const FORMAT = "sluice-record/1";
const KINDS: ReadonlySet<unknown> = new Set(["start", "chunk", "intent", "outcome", "event", "end"]);

/** `lines` are parsed; one that is no JSON is undefined. */
export async function verifyExport(
  lines: AsyncIterable<unknown>,
  keys: Keys,
  crypto: VerifierCrypto,
): Promise<Verdict> {
  const verifier = new ExportVerifier(keys, crypto);
  for await (const line of lines) await verifier.line(line);
  return verifier.finish();
}

class ExportVerifier {
  readonly #keys: Keys;
  readonly #crypto: VerifierCrypto;
  readonly #breaks: Break[] = [];
  #session: string | null = null;
  #state: unknown = null;
  #chained = true;
  #began = false;
  #closed = false;
  /** The next entry's number, and the hash that it has to name. */
  #next = 0;
  #hash = NO_ENTRY;
  #lastKind: unknown = null;
  /** The intent whose outcome has to come next. */
  #asked: unknown = null;
  /** Parts of a large intent, until its entry comes. */
  #parts: { readonly seq: unknown; readonly digest: string }[] = [];
  #heads = 0;
  /** Entries up to here are signed for. */
  #signed = 0;
  #final = false;
  #leaf: number | null = null;
  readonly #approvals: NotedApproval[] = [];

  constructor(keys: Keys, crypto: VerifierCrypto) {
    this.#keys = keys;
    this.#crypto = crypto;
  }

  async line(line: unknown): Promise<void> {
    const type = memberOf(line, "type");
    if (this.#closed) return this.#break(null, "there is a line behind the last");
    if (!this.#began && type !== "export") return this.#begin(line, "the first line is no export's");
    switch (type) {
      case "export":
        return this.#begin(line, memberOf(line, "format") === FORMAT ? null : `the format is not ${FORMAT}`);
      case "part":
        return this.#part(line);
      case "entry":
        return this.#chained ? this.#entry(line) : undefined;
      case "head":
        return this.#head(line);
      case "inclusion":
        return this.#inclusion(line);
      case "stray":
        return this.#break(
          null,
          `${printable(memberOf(line, "what"))} is stored and has no entry in the chain`,
        );
      case "end":
        this.#closed = true;
        if (this.#chained && memberOf(line, "entries") !== this.#next)
          this.#break(null, "the last line counts other entries than there are");
        return undefined;
      default:
        return this.#break(null, "a line is not of the format, or no JSON");
    }
  }

  finish(): Verdict {
    if (!this.#closed) this.#break(null, "the export was cut off: its last line is missing");
    if (this.#chained) this.#checkEnd();
    return {
      verdict: this.#verdict(),
      session: this.#session,
      entries: this.#next,
      head: this.#next === 0 ? null : this.#hash,
      heads: this.#heads,
      leaf: this.#leaf,
      approvals: this.#approvals,
      breaks: this.#breaks.slice(0, BREAKS_MOST),
    };
  }

  #verdict(): Verdict["verdict"] {
    if (this.#breaks.length > 0) return "broken";
    if (!this.#chained) return "not_chained";
    if (this.#state !== "ended") return "open";
    return this.#final ? "whole" : "unsigned";
  }

  #checkEnd(): void {
    if (this.#asked !== null) this.#break(this.#next, "the outcome of the last statement is missing");
    if (this.#state === "ended" && this.#lastKind !== "end")
      this.#break(this.#next, "the session has ended and its last entries are missing");
    if (this.#state === "ended" && this.#heads > 0 && !this.#final)
      this.#break(null, "the head that signs the end is missing");
  }

  #begin(line: unknown, wrong: string | null): void {
    if (this.#began) return this.#break(null, "two exports are in one file");
    this.#began = true;
    if (wrong !== null) this.#break(null, wrong);
    const session = memberOf(line, "session");
    this.#session = typeof session === "string" ? session : null;
    this.#state = memberOf(line, "state");
    const chained = memberOf(line, "chained");
    this.#chained = chained !== false;
    if (typeof chained !== "boolean")
      this.#break(null, "the first line does not say whether there is a chain");
    if (this.#state !== "ended" && this.#state !== "live")
      this.#break(null, "the state is neither live nor ended");
  }

  async #part(line: unknown): Promise<void> {
    const bytes = fromBase64(memberOf(line, "bytes"));
    if (bytes === null || memberOf(line, "n") !== this.#parts.length)
      return this.#break(this.#next, "a part of a large intent is missing or malformed");
    this.#parts.push({ seq: memberOf(line, "seq"), digest: await this.#digest(bytes) });
  }

  async #entry(line: unknown): Promise<void> {
    const entry = memberOf(line, "entry");
    const n = memberOf(entry, "n");
    if (typeof n !== "number" || !Number.isSafeInteger(n) || n < 0)
      return this.#break(this.#next, "an entry has no number");
    if (n < this.#next) return this.#break(n, "the entry comes again, or out of order");
    const stated = memberOf(line, "hash");
    const intact = stated === (await this.#hashOf(entry));
    if (n > this.#next) {
      const last = n - 1 === this.#next ? "is" : `and those up to ${String(n - 1)} are`;
      this.#break(this.#next, `the entry ${last} missing`);
    } else {
      if (!intact) this.#break(n, "the entry is not what was recorded: its hash differs");
      if (memberOf(entry, "prev") !== this.#hash)
        this.#break(n, "the entry does not follow the one before it");
    }
    this.#checkContent(n, entry);
    await this.#checkBytes(n, entry, line);
    // Of what was changed the stated hash is taken, so that the entries behind it are not told as broken too.
    this.#hash = typeof stated === "string" ? stated : NO_ENTRY;
    this.#next = n + 1;
  }

  #checkContent(n: number, entry: unknown): void {
    const kind = memberOf(entry, "kind");
    if (memberOf(entry, "v") !== 1 || !KINDS.has(kind)) this.#break(n, "the entry is of no known kind");
    if (memberOf(entry, "session") !== this.#session) this.#break(n, "the entry is of another session");
    if ((kind === "start") !== (n === 0)) this.#break(n, "a session has one start, its first entry");
    if (this.#lastKind === "end") this.#break(n, "the entry comes behind the session's end");
    const answers = kind === "outcome" ? memberOf(entry, "seq") : null;
    if (answers !== this.#asked) this.#break(n, "an intent and its outcome do not stand together");
    this.#asked = kind === "intent" ? memberOf(memberOf(entry, "intent"), "seq") : null;
    this.#lastKind = kind;
    const noted = kind === "event" ? notedApproval(n, memberOf(entry, "event")) : null;
    if (noted !== null) this.#approvals.push(noted);
  }

  /** Bytes beside the entry are those of its digest. */
  async #checkBytes(n: number, entry: unknown, line: unknown): Promise<void> {
    const kind = memberOf(entry, "kind");
    const intent = memberOf(entry, "intent");
    const chunks = memberOf(intent, "chunks");
    const parts = this.#parts.splice(0);
    const expected = kind === "intent" && Array.isArray(chunks) ? chunks : [];
    const fits = expected.every(
      (digest, i) => parts[i]?.seq === memberOf(intent, "seq") && parts[i]?.digest === digestText(digest),
    );
    if (!fits || parts.length !== expected.length)
      this.#break(n, "the parts of the intent are not those recorded");
    const digest =
      kind === "chunk" ? memberOf(entry, "chunk") : kind === "outcome" ? memberOf(entry, "tail") : null;
    if (digest === null) return;
    const bytes = fromBase64(memberOf(line, "bytes"));
    if (bytes === null || (await this.#digest(bytes)) !== digestText(digest))
      this.#break(n, "the bytes of the entry are not those recorded");
  }

  async #head(line: unknown): Promise<void> {
    const head = memberOf(line, "head");
    const entries = memberOf(head, "entries");
    const x = this.#keys.get(String(memberOf(head, "kid")));
    const about = typeof entries === "number" ? entries - 1 : null;
    if (memberOf(head, "type") !== "sluice.head/1" || memberOf(head, "session") !== this.#session)
      return this.#break(about, "a head is of another session");
    if (x === undefined)
      return this.#break(about, "a head is signed by a key that is not in the keys document");
    const signature = fromBase64Url(memberOf(line, "signature"));
    const message = this.#bytesOf(head);
    if (signature === null || message === null || !(await this.#crypto.verifyEd25519(x, message, signature)))
      return this.#break(about, "the signature of a head is not valid");
    const from = this.#signed;
    if (entries === from) return this.#break(about, "a head comes again");
    this.#heads++;
    if (entries === this.#next && memberOf(head, "hash") === this.#hash) {
      this.#signed = this.#next;
      this.#final = memberOf(head, "final") === true;
      return undefined;
    }
    this.#break(
      about,
      `the chain is not the one whose head was signed: entries from ${String(from)} on were changed, moved or taken away`,
    );
  }

  async #inclusion(line: unknown): Promise<void> {
    const checkpoint = await openCheckpoint(memberOf(line, "checkpoint"), this.#keys, this.#crypto);
    if (typeof checkpoint === "string") return this.#break(null, checkpoint);
    const [index, proof] = [memberOf(line, "index"), memberOf(line, "proof")];
    const hashes = Array.isArray(proof) ? proof.map((hash) => fromHex(String(hash))) : [null];
    const leaf = { type: "sluice.session/1", session: this.#session, entries: this.#next, hash: this.#hash };
    const merkle = new MerkleVerifier(this.#crypto);
    const found = await merkle.leaf(this.#bytesOf(leaf) ?? new Uint8Array(0));
    const siblings = hashes.filter((hash) => hash !== null);
    const included =
      typeof index === "number" &&
      Number.isSafeInteger(index) &&
      index >= 0 &&
      siblings.length === hashes.length &&
      (await merkle.inclusion(found, index, checkpoint.size, siblings, checkpoint.root));
    if (!included)
      return this.#break(null, "the log does not hold this chain: the proof of inclusion is not valid");
    this.#leaf = index;
  }

  #bytesOf(value: unknown): Uint8Array | null {
    try {
      return new TextEncoder().encode(canonicalJson(value));
    } catch {
      // Tampered with: a value that the record cannot hold.
      return null;
    }
  }

  async #hashOf(value: unknown): Promise<string | null> {
    const bytes = this.#bytesOf(value);
    return bytes === null ? null : hex(await this.#crypto.sha256(bytes));
  }

  async #digest(bytes: Uint8Array): Promise<string> {
    return `${String(bytes.length)} ${hex(await this.#crypto.sha256(bytes))}`;
  }

  #break(entry: number | null, what: string): undefined {
    if (this.#breaks.length < BREAKS_MOST) this.#breaks.push({ entry, what });
  }
}

function digestText(digest: unknown): string {
  return `${String(memberOf(digest, "length"))} ${String(memberOf(digest, "sha256"))}`;
}

/** What names a stray row; a terminal may show it. */
function printable(what: unknown): string {
  return String(what)
    .replaceAll(/[^ -~]/g, "?")
    .slice(0, 100);
}
