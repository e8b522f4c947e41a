// The keys of one issuer: cached, refreshed, and never asked for more often than the cool-down allows, whatever tokens
// come in. As jose's createRemoteJWKSet, and beyond it: a failure cools down too, and bodies are bounded (discovery.ts).
// No promise is shared between requests: in workerd it belongs to the request that made it, and may end with it.

import { err, ok, type Result } from "../../core/result.ts";
import type { IssuerConfig } from "./config.ts";
import { discoverKeysUrl, fetchKeys, type KeySet } from "./discovery.ts";
import type { AuthError, IssuerFault } from "./errors.ts";
import type { Fetch } from "./fetch-json.ts";
import { COOL_DOWN_MS, DISCOVERY_FRESH_MS, KEYS_FRESH_MS, KEYS_STALE_MS, TAKE_OVER_MS } from "./limits.ts";

const POLL_MS = 10;

interface Kept<T> {
  readonly value: T;
  readonly at: number;
}

interface Failure {
  readonly asked: "discovery" | "keys";
  readonly fault: IssuerFault;
}

export class IssuerKeys {
  readonly #config: IssuerConfig;
  readonly #fetch: Fetch;
  readonly #now: () => number;
  #url: Kept<URL> | null = null;
  #keys: Kept<KeySet> | null = null;
  #failure: Failure | null = null;
  /** When the issuer was last asked to the end, well or badly. */
  #askedAt = Number.NEGATIVE_INFINITY;
  /** The request that is asking now. */
  #asking: object | null = null;

  constructor(config: IssuerConfig, fetch: Fetch, now: () => number) {
    this.#config = config;
    this.#fetch = fetch;
    this.#now = now;
  }

  /** The keys to check a token with. */
  async current(): Promise<Result<KeySet, AuthError>> {
    if (!this.#isKept(this.#keys, KEYS_FRESH_MS)) await this.#refresh();
    const keys = this.#keys;
    return keys !== null && this.#isKept(keys, KEYS_STALE_MS) ? ok(keys.value) : this.#unreachable();
  }

  /** For a token that `than` does not know: the keys that the issuer has now, or `than` itself while cooling down. */
  async newer(than: KeySet): Promise<Result<KeySet, AuthError>> {
    if (this.#keys?.value === than) await this.#refresh();
    const keys = this.#keys;
    return keys !== null && this.#failure === null ? ok(keys.value) : this.#unreachable();
  }

  async #refresh(): Promise<void> {
    const other = this.#asking;
    for (
      let waited = 0;
      other !== null && this.#asking === other && waited < TAKE_OVER_MS;
      waited += POLL_MS
    ) {
      if (this.#isCoolingDown()) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    if (this.#isCoolingDown()) return;
    // Another waiter took over first; it or one before it ends within two time-outs, and the cool-down begins.
    if (this.#asking !== other) return this.#refresh();

    const mine = {};
    const before = this.#keys;
    this.#asking = mine;
    const failure = await this.#ask();
    if (this.#asking === mine) this.#asking = null;
    // Whoever took over had more luck: its keys are the news, not this failure.
    if (failure !== null && this.#keys !== before) return;
    this.#failure = failure;
    this.#askedAt = this.#now();
  }

  async #ask(): Promise<Failure | null> {
    let kept = this.#url;
    if (kept === null || !this.#isKept(kept, DISCOVERY_FRESH_MS)) {
      const found = await discoverKeysUrl(this.#fetch, this.#config);
      if (!found.ok) return { asked: "discovery", fault: found.error };
      kept = { value: found.value, at: this.#now() };
      this.#url = kept;
    }
    const keys = await fetchKeys(this.#fetch, kept.value);
    if (!keys.ok) {
      // The keys may have moved.
      this.#url = null;
      return { asked: "keys", fault: keys.error };
    }
    this.#keys = { value: keys.value, at: this.#now() };
    return null;
  }

  #isKept(kept: Kept<unknown> | null, forMs: number): boolean {
    return kept !== null && this.#now() < kept.at + forMs;
  }

  #isCoolingDown(): boolean {
    return this.#now() < this.#askedAt + COOL_DOWN_MS;
  }

  #unreachable(): Result<never, AuthError> {
    const { asked, fault } = this.#failure ?? { asked: "keys", fault: { kind: "timeout" } };
    const retryAfterMs = Math.max(0, this.#askedAt + COOL_DOWN_MS - this.#now());
    return err({
      tag: "issuer_unreachable",
      issuer: this.#config.issuer,
      asked,
      fault,
      retryAfterMs: Number.isFinite(retryAfterMs) ? retryAfterMs : 0,
    });
  }
}
