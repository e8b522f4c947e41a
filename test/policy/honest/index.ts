// All honest cases, by the document that they have to pass under.

import type { Honest } from "../case.ts";
import type { ProfileName } from "../profiles.ts";
import { CATALOGS } from "./catalogs.ts";
import { PSQL, TOOLS } from "./recorded.ts";
import { APPLICATION, ELSEWHERE, READS, WITHIN_LIMITS, WRITES } from "./work.ts";

export const HONEST: Readonly<Record<ProfileName, readonly Honest[]>> = {
  "read-only": [...READS, ...CATALOGS, ...TOOLS],
  agent: [...WRITES, ...APPLICATION, ...ELSEWHERE, ...CATALOGS, ...TOOLS],
  scoped: [...READS, ...WRITES, ...PSQL],
  "scoped by schema": APPLICATION,
  limits: [...WITHIN_LIMITS, ...WRITES],
};
