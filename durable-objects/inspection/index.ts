// The door of the room: a short connection to a target for the time of some work, from the Worker or an object.

import type { Grammar } from "#core/sql";
import { err, ok, type Result } from "../../core/result.ts";
import type { Refusal } from "../connection.ts";
import type { Dialler } from "../session/index.ts";
import type { Upstream } from "../targets/index.ts";
import { CatalogConnection } from "./connection.ts";
import { Inspection } from "./inspection.ts";

export { quoted, type StoredColumn, type StoredFunction, SURVEY_LIMITS } from "./survey.ts";
export { INSPECTION_LIMITS, type Finding, type Inspection } from "./inspection.ts";

export interface InspectionParts {
  readonly dialler: Dialler;
  readonly address: Upstream;
  readonly grammar: Grammar;
  readonly now: () => number;
}

/** At once in an isolate: each holds a connection of the database's. */
const AT_ONCE = 8;
/** A place is free again after this: where a caller goes away, the platform drops the request without a word. */
const PLACE_MS = 60_000;
/** When each began. */
const running = new Map<symbol, number>();

const BUSY: Refusal = {
  sqlstate: "53300",
  message: "the gateway inspects too many statements at once",
  hint: "Try again in a moment.",
};

/** Lends `use` an inspection; closes its connection whatever comes of it. */
export async function inspect<T>(
  { dialler, address, grammar, now }: InspectionParts,
  use: (inspection: Inspection) => Promise<Result<T, Refusal>>,
): Promise<Result<T, Refusal>> {
  for (const [place, begun] of running) if (now() - begun > PLACE_MS) running.delete(place);
  if (running.size >= AT_ONCE) return err(BUSY);
  const place = Symbol("place");
  running.set(place, now());
  try {
    const connection = await CatalogConnection.open(dialler, address);
    if (!connection.ok) return connection;
    try {
      const used = await use(new Inspection(connection.value, grammar, now));
      return used.ok ? ok(used.value) : used;
    } finally {
      await connection.value.close();
    }
  } finally {
    running.delete(place);
  }
}
