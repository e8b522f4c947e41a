// What a token may cost before it is known to be good: bytes read, time spent, requests made to an issuer.
// Constants only. Each says why that number.

/** HTTP servers commonly take 16 KiB of headers in all; Entra's fattest tokens (200 groups) stay under 12 KiB. */
export const TOKEN_MAX_BYTES = 16 * 1024;

/** Discovery documents run to 2-6 KB. */
export const DISCOVERY_MAX_BYTES = 64 * 1024;

/** Key sets run to 2-25 KB (Entra, with certificates). */
export const KEYS_MAX_BYTES = 256 * 1024;

/** A token without `kid` is tried against each fitting key; this bounds the signatures checked for one token. */
export const KEYS_MAX_TRIED = 16;

/** From the first byte of a request to the last byte of its body; jose waits as long. */
export const FETCH_TIMEOUT_MS = 5_000;

/** An unknown `kid` or a failure asks the issuer again after this at the earliest, whatever tokens come in. */
export const COOL_DOWN_MS = 30_000;

/** Keys are asked for again after this; a key that the issuer withdrew is trusted no longer while it answers. */
export const KEYS_FRESH_MS = 10 * 60_000;

/** While the issuer does not answer, keys last this long: an outage of minutes locks nobody out. */
export const KEYS_STALE_MS = 60 * 60_000;

/** Where an issuer keeps its keys hardly ever changes; a failing key set asks anew at once. */
export const DISCOVERY_FRESH_MS = 60 * 60_000;

/** Clocks of issuer and gateway may differ by this, unless the issuer's configuration says otherwise. */
export const CLOCK_SKEW_DEFAULT_SECONDS = 30;
export const CLOCK_SKEW_MAX_SECONDS = 60;

/** One request asks the issuer and the others wait for it, this long: its caller may have gone, and it with him. */
export const TAKE_OVER_MS = 2_000;
