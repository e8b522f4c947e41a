// What the verification of an export says.

/**
 * - `whole`: every entry is as it was recorded, none is missing, and a key of the keys document signed the end;
 * - `broken`: something was changed, or is missing;
 * - `open`: the session has not ended, so nothing signs its end yet; what is there fits;
 * - `unsigned`: it fits, and no head of it is signed: the gateway has no RECORD_KEY;
 * - `not_chained`: it was recorded before there was a chain, and nothing proves it.
 */
export const VERDICTS = ["whole", "broken", "open", "unsigned", "not_chained"] as const;

export interface Break {
  /** Number of the entry in the chain; null where it is about none. */
  readonly entry: number | null;
  /** One sentence without values of the record. */
  readonly what: string;
}

/** An entry that tells of an approval. */
export interface NotedApproval {
  readonly entry: number;
  readonly approval: string;
  readonly state: string;
}

export interface Verdict {
  readonly verdict: (typeof VERDICTS)[number];
  readonly session: string | null;
  readonly entries: number;
  /** The hash of the last entry. */
  readonly head: string | null;
  /** Signed heads that were checked. */
  readonly heads: number;
  /** Number of its leaf in the log; null where the export proves none. */
  readonly leaf: number | null;
  /** What its entries tell of approvals. */
  readonly approvals: readonly NotedApproval[];
  /** In the order in which they were found; the first hundred. */
  readonly breaks: readonly Break[];
}

export const BREAKS_MOST = 100;
