// Values of columns that are not masked, looked at for what they look like. Only for an admin who asks for that: they are read
// by the gateway's own connection, held for the time of one relation, and told by nobody: counts are.

import { utf8Encode } from "#core/bytes";
import { compileDetection, typeRef } from "#core/masking";
import { DETECTOR_NAMES, type DetectorActions, type DetectorName } from "#core/policy";
import { type Inspection, type StoredColumn, SURVEY_LIMITS } from "../../durable-objects/inspection/index.ts";

/** An answer in time says more than a whole one. */
const SAMPLING_MS = 20_000;
const OBSERVED: DetectorActions = Object.fromEntries(DETECTOR_NAMES.map((name) => [name, "observe"]));
const TEXT_OID = 25;

export async function sampled(
  inspection: Inspection,
  unmasked: readonly StoredColumn[],
  now: () => number,
  say: (message: string) => void,
): Promise<void> {
  const detect = compileDetection(typeRef(TEXT_OID, -1, null), 0, OBSERVED);
  if (detect === null) return;
  const until = now() + SAMPLING_MS;
  const relations = Map.groupBy(
    unmasked.filter(({ textual, readable }) => textual && readable),
    ({ schema, relation }) => `${schema}.${relation}`,
  );
  let looked = 0;
  for (const [name, columns] of relations) {
    const [first] = columns;
    if (first === undefined) continue;
    const some = columns.slice(0, SURVEY_LIMITS.SAMPLED_COLUMNS);
    const rows =
      now() < until
        ? await inspection.sample(
            first.schema,
            first.relation,
            some.map(({ column }) => column),
          )
        : null;
    if (rows === null || !rows.ok) {
      // Past its time, or an error after which the connection is of no more use.
      const why = rows === null ? "it took too long" : "it could not be read";
      say(
        `values of ${name} and what comes after it were not looked at: ${why} (${looked} of ${relations.size} relations were)`,
      );
      return;
    }
    looked++;
    for (const [index, column] of some.entries()) {
      const counts = new Map<DetectorName, number>();
      for (const row of rows.value) {
        const value = row[index];
        if (value === null || value === undefined) continue;
        for (const kind of detect(utf8Encode(value)).found) counts.set(kind, (counts.get(kind) ?? 0) + 1);
      }
      for (const [kind, count] of counts)
        say(
          `${nameOf(column)} holds what looks like ${kind} in ${count} of ${rows.value.length} rows, and is not masked`,
        );
    }
  }
}

export function nameOf({ schema, relation, column }: StoredColumn): string {
  return `${schema}.${relation}.${column}`;
}
