// Signs the head of a chain (docs/record.md). What the key is and where it comes from is record-keys.ts.

import type { Head, SignedHead } from "#core/record";

export type HeadSigner = (head: Omit<Head, "type" | "kid">) => Promise<SignedHead>;
