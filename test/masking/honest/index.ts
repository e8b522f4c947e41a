// All honest cases.

import type { Honest } from "./case.ts";
import { MASKED } from "./masked.ts";
import { PROGRAMS } from "./programs.ts";
import { READS } from "./reads.ts";
import { WRITES } from "./writes.ts";

export const HONEST: readonly Honest[] = [...READS, ...MASKED, ...WRITES, ...PROGRAMS];
