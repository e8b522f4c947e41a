// The limits of grants, as far as they are of what a statement has returned and changed. Pure but for the budgets, which count.

import type { GrantUse } from "#core/policy";
import type { GrantBudgets } from "../budgets.ts";
import { grantError } from "../gate/refusals.ts";

const FEWER = "Ask for fewer rows, with a narrower WHERE or with LIMIT, or for another grant.";
export const ANOTHER = "Ask for another grant: sluice request, or POST /v1/grants.";

/** The error that ends a result: `returned` of a cursor over all its fetches, the grant's over its life. */
export function grantReturned(
  grants: readonly GrantUse[],
  { rows, bytes }: { readonly rows: number; readonly bytes: number },
  budgets: GrantBudgets | null,
): Uint8Array | null {
  for (const use of grants) {
    const { rowsReturned, bytesReturned, rowsReturnedInAll } = use.limits;
    if (rowsReturned !== null && rows > rowsReturned)
      return grantError(
        use,
        "rows_returned",
        `the result has more than ${rowsReturned} rows, the most that a statement may return by this grant`,
        FEWER,
      );
    if (bytesReturned !== null && bytes > bytesReturned)
      return grantError(
        use,
        "bytes_returned",
        `the result is larger than ${bytesReturned} bytes, the most that a statement may return by this grant`,
        FEWER,
      );
    if (rowsReturnedInAll !== null && budgets?.returns(use) !== true)
      return grantError(
        use,
        "rows_returned.grant",
        `the result has more rows than the grant has left of its ${rowsReturnedInAll}`,
        ANOTHER,
      );
  }
  return null;
}

/** `before`: what the same cursor or portal has changed already. */
export function grantChanged(
  grants: readonly GrantUse[],
  now: number,
  before: number,
  budgets: GrantBudgets | null,
): Uint8Array | null {
  for (const use of grants) {
    const { rowsChanged, rowsChangedInAll } = use.limits;
    if (rowsChanged !== null && before + now > rowsChanged)
      return grantError(
        use,
        "rows_changed",
        `the statement changes ${before + now} rows, and ${rowsChanged} is the most that one may change by this grant: nothing was changed`,
        "Change fewer rows at a time, with a narrower WHERE.",
      );
    if (rowsChangedInAll !== null && now > (budgets?.mayChange(use) ?? 0))
      return grantError(
        use,
        "rows_changed.grant",
        `the statement changes ${now} rows, and the grant has fewer left of its ${rowsChangedInAll}: nothing was changed`,
        ANOTHER,
      );
  }
  return null;
}
