// What a replay against a database found, in lines for people. Pure; what is recorded is made harmless.

import { counted } from "../../policy/diagnostics.ts";
import { brief } from "../text.ts";
import type { Differences } from "./compare.ts";
import type { ReplayTally } from "./replay.ts";

export function differenceLines(
  { seq, shown }: { readonly seq: number; readonly shown: string },
  { told, count }: Differences,
): readonly string[] {
  const more = count - told.length;
  return [
    `${String(seq).padStart(6)}  ${brief(shown)}`,
    ...told.map((line) => `        ${line}`),
    ...(more > 0 ? [`        and ${counted(more, "more difference")}`] : []),
  ];
}

export function summaryLines(id: string, tally: ReplayTally): readonly string[] {
  const { compared, differing, unrecorded, cutShort, masked, omitted, lostAt } = tally;
  const found = differing === 0 ? "no differences" : `${differing} ${differing === 1 ? "differs" : "differ"}`;
  return [
    ...(lostAt === null
      ? []
      : [`the database ended the connection at statement ${lostAt}: nothing behind it was run`]),
    `session ${brief(id)}: ${counted(compared, "statement")} run again, ${found}`,
    ...(unrecorded > 0
      ? [`compared by tag and error alone, their rows are not in the record: ${unrecorded}`]
      : []),
    ...(cutShort > 0 ? [`cut short by the gateway, compared up to there: ${cutShort}`] : []),
    ...(masked > 0 ? [`compared without their masked columns: ${masked}`] : []),
    ...(omitted.length > 0 ? [`not run: ${omitted.length}`] : []),
    ...omitted.flatMap(({ seq, why, shown }) => [
      `${String(seq).padStart(6)}  ${brief(shown)}`,
      `        ${why}`,
    ]),
  ];
}
