// Captured from PostgreSQL 18 by capture.ts. Not to be edited.

import type { Trace } from "../trace.ts";

export const trace: Trace = [
  {
    from: "frontend",
    hex: "0000002c04d2162e0000068f78950c8284b52db4c8dbd3c37375d3a43225796293834d03985b2c9f8e5a1bbe",
  },
];
