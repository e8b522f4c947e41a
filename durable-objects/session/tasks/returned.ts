// Rows and bytes that a statement may return: counted as they pass, over all fetches of a cursor or portal. Pure.

import type { Policy } from "#core/policy";
import type { Returned } from "../gate/names.ts";
import { limitError } from "../gate/refusals.ts";

/** Counts one more; the error that ends the statement, when it is one too many. */
export function countReturned(
  returned: Returned,
  bytes: number,
  { limits, version }: Policy,
): Uint8Array | null {
  returned.rows++;
  returned.bytes += bytes;
  const { rowsReturned, bytesReturned } = limits;
  if (rowsReturned !== null && returned.rows > rowsReturned)
    return limitError(
      "rows_returned",
      `the result has more than ${rowsReturned} rows, the most that a statement may return`,
      "Ask for fewer rows, with a narrower WHERE or with LIMIT, or aggregate in the database.",
      version,
    );
  if (bytesReturned !== null && returned.bytes > bytesReturned)
    return limitError(
      "bytes_returned",
      `the result is larger than ${bytesReturned} bytes, the most that a statement may return`,
      "Ask for fewer rows or shorter columns.",
      version,
    );
  return null;
}
