// The query parameters of the policy API, by operation id: what the handlers read and the OpenAPI document lists.

import { numberCursor } from "../records/cursor.ts";
import { integer, oneOf, text, type Parameters } from "../records/query.ts";

export const POLICY_PARAMETERS = {
  getPolicy: {},
  putPolicy: { comment: text("Why; kept with the version. The header Sluice-Comment does the same.") },
  listPolicyVersions: { cursor: numberCursor, limit: integer("Items a page; 50 unless told.", 1, 200) },
  getPolicyVersion: {},
  lintPolicy: {
    target: text("Names are looked up in this target's database as well.", 63),
    sample: oneOf(
      "With `target`: some values of columns that are not masked are looked at for personal data. They are not told.",
      ["true", "false"],
    ),
  },
  getPolicySchema: {},
  checkStatements: {},
  replayPolicy: {},
  decideToday: {
    cursor: numberCursor,
    limit: integer("Statements a page; 2000 unless told.", 1, 5_000),
  },
  suggestPolicy: {},
} as const satisfies Record<string, Parameters>;

export type PolicyOperationId = keyof typeof POLICY_PARAMETERS;
