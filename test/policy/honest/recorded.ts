// What real programs sent while they did their usual work on this world, recorded once: psql 15 with -E, drivers, ORMs and
// pg_dump. Statements that come again with other names only were left out.

import { bind, describe, execute, type Honest, parse, type Step, sync } from "../case.ts";
import psql from "./psql.json" with { type: "json" };
import recorded from "./recorded.json" with { type: "json" };

/** A statement by the extended protocol. */
interface Prepared {
  readonly text: string;
  readonly parameters?: readonly (string | null)[];
  readonly types?: readonly number[];
  /** Rows asked for by Execute. */
  readonly rows?: number;
}

interface Recording {
  readonly tool: string;
  readonly startup?: Readonly<Record<string, string>>;
  readonly steps: readonly (string | Prepared)[];
}

export const PSQL: readonly Honest[] = psql.map(({ command, queries }) => ({
  name: `psql runs ${command}`,
  steps: queries,
}));

export const TOOLS: readonly Honest[] = (recorded as readonly Recording[]).map(
  ({ tool, startup = {}, steps }) => ({ name: tool, startup, steps: steps.map(toStep) }),
);

function toStep(step: string | Prepared): Step {
  if (typeof step === "string") return step;
  const { text, parameters = [], types = [], rows = 0 } = step;
  return { send: [parse("", text, types), bind("", { parameters }), describe("P"), execute("", rows), sync] };
}
