// The query parameters of the approvals API, by operation id: what the handlers read and the OpenAPI document lists.

import { APPROVAL_STATES, REVIEW_STATES } from "#core/approvals";
import { searchCursor } from "../records/cursor.ts";
import { integer, oneOf, text, type Parameters } from "../records/query.ts";

export const APPROVAL_PARAMETERS = {
  listApprovals: {
    state: oneOf("In this state.", APPROVAL_STATES),
    target: text("Of this target.", 63),
    subject: text("Asked for by: the token's `sub`, exactly."),
    session_id: text("Asked for in this session.", 32),
    review: oneOf("Let go by one person alone, with its review in this state.", REVIEW_STATES),
    cursor: searchCursor,
    limit: integer("Items a page; 50 unless told.", 1, 200),
  },
  getApproval: {},
  decideApproval: {},
  reviewApproval: {},
  sessionOfApproval: {
    limit: integer("The last of them; 20 unless told.", 1, 50),
  },
} as const satisfies Record<string, Parameters>;

export type ApprovalOperationId = keyof typeof APPROVAL_PARAMETERS;
