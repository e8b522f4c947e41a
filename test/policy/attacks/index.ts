// All attacks, by the document that they are played under.

import type { Attack } from "../case.ts";
import type { ProfileName } from "../profiles.ts";
import { AGENT } from "./agent.ts";
import { LIMITED } from "./limits.ts";
import { READ_ONLY } from "./read-only.ts";
import { SCOPED, SCOPED_BY_SCHEMA } from "./scoped.ts";

export const ATTACKS: Readonly<Record<ProfileName, readonly Attack[]>> = {
  "read-only": READ_ONLY,
  agent: AGENT,
  scoped: SCOPED,
  "scoped by schema": SCOPED_BY_SCHEMA,
  limits: LIMITED,
};
