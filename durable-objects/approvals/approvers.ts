// Reads the var APPROVERS: approvers by a name of the configuration's, who decide without a token of theirs: by a link that was
// sent to them, or as a user of Slack. A mistake in it knows nobody.

import * as v from "valibot";
import type { Approver } from "#core/approvals";
import { err, ok, type Result } from "../../core/result.ts";
import { readJsonVar } from "../json-var.ts";

export interface RegisteredApprover extends Approver {
  readonly name: string;
  /** Their user id in Slack; null where they have none. */
  readonly slack: string | null;
}

const Text = v.pipe(v.string(), v.nonEmpty());
/** A link carries it, between dots. */
export const ApproverName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,63}$/));
const Approvers = v.record(
  ApproverName,
  v.strictObject({
    issuer: Text,
    subject: Text,
    groups: v.optional(v.array(Text), []),
    slack: v.optional(v.pipe(v.string(), v.regex(/^[UW][A-Z0-9]{2,30}$/))),
  }),
);

const SHAPE =
  'APPROVERS: write names with {"issuer": "https://…", "subject": "…", "groups": ["…"], "slack": "U…"}; groups and slack may be left out';

export function parseApprovers(json: string | undefined): Result<readonly RegisteredApprover[], string> {
  const read = readJsonVar(json, Approvers, SHAPE);
  if (!read.ok) return read;
  const approvers = Object.entries(read.value ?? {}).map(([name, { issuer, subject, groups, slack }]) => ({
    name,
    issuer,
    subject,
    groups,
    slack: slack ?? null,
  }));
  const users = approvers.flatMap(({ slack }) => slack ?? []);
  return new Set(users).size === users.length
    ? ok(approvers)
    : err("APPROVERS: two of them have the same user of Slack");
}
