// The query parameters of the grants API, by operation id: what the handlers read and the OpenAPI document lists.

import { GRANT_STATES } from "#core/approvals";
import { HISTORY_PARAMETERS } from "../log/history.ts";
import { searchCursor } from "../records/cursor.ts";
import { integer, oneOf, text, type Parameters } from "../records/query.ts";

export const GRANT_PARAMETERS = {
  askForGrant: {},
  listGrants: {
    state: oneOf("In this state.", GRANT_STATES),
    target: text("Of this target.", 63),
    subject: text("Asked for by: the token's `sub`, exactly. An agent sees its own alone."),
    cursor: searchCursor,
    limit: integer("Items a page; 50 unless told.", 1, 200),
  },
  getGrant: {},
  getGrantHistory: HISTORY_PARAMETERS,
  decideGrant: {},
  revokeGrant: { reason: text("Why; kept with the grant.", 2_000) },
} as const satisfies Record<string, Parameters>;

export type GrantOperationId = keyof typeof GRANT_PARAMETERS;
