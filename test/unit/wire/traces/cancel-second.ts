// Captured from PostgreSQL 18 by capture.ts. Not to be edited.

import type { Trace } from "../trace.ts";

export const trace: Trace = [
  {
    from: "frontend",
    hex: "0000002c04d2162e00003bbf7d6aedca633ab374a51959ee5cace760c5ce5bb928244735d966c5b25c7bb8e3",
  },
];
