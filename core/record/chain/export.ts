// The lines of an export (docs/record.md).

import type { ChainEntry } from "./entry.ts";
import type { SignedHead } from "./head.ts";

/** Of a session without a chain, entries lack what the chain gives them. */
type UnchainedEntry = { readonly v: 1; readonly session: string; readonly kind: ChainEntry["kind"] };

export type ExportLine =
  | {
      readonly type: "export";
      readonly format: "sluice-record/1";
      readonly session: string;
      readonly state: "live" | "ended";
      readonly chained: boolean;
    }
  /** `bytes` are in base64, here and below. */
  | { readonly type: "part"; readonly seq: number; readonly n: number; readonly bytes: string }
  | {
      readonly type: "entry";
      readonly hash: string | null;
      readonly entry: ChainEntry | UnchainedEntry;
      readonly bytes?: string;
    }
  | ({ readonly type: "head" } & SignedHead)
  | {
      readonly type: "inclusion";
      readonly index: number;
      readonly proof: readonly string[];
      readonly checkpoint: string;
    }
  /** A row of an ended session that the chain does not tell of. */
  | { readonly type: "stray"; readonly what: string }
  | { readonly type: "end"; readonly entries: number };
