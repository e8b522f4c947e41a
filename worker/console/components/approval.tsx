// A request for approval as a card: what would run, why a person is asked, who asks, what was said; and where one may decide, the
// form (decide.tsx). Drawn by the server at first, and by the page when something has changed.

import type { Child } from "hono/jsx";
import type { JSX } from "hono/jsx/jsx-runtime";
import type { ApprovalItem } from "../../approvals/items.ts";
import { counted, moment } from "../text/format.ts";
import { Badge } from "./badge.tsx";
import { Decide, Review, type Viewer } from "./decide.tsx";
import { Sql } from "./sql.tsx";
import { Text } from "./text.tsx";
import { ValueText } from "./value.tsx";

const LOOKS = {
  pending: { sign: "‖", word: "waits", tone: "held" },
  approved: { sign: "✓", word: "approved", tone: "good" },
  denied: { sign: "✕", word: "denied", tone: "bad" },
  expired: { sign: "⌛", word: "expired", tone: "quiet" },
  withdrawn: { sign: "↩", word: "withdrawn", tone: "quiet" },
  executed: { sign: "✓", word: "executed", tone: "good" },
  failed: { sign: "!", word: "failed", tone: "bad" },
} as const satisfies Record<ApprovalItem["state"], object>;

const REVIEWS = {
  pending: "⚠ somebody else has to look at it",
  justified: "✓ justified",
  unjustified: "✕ unjustified",
} as const satisfies Record<NonNullable<ApprovalItem["review"]>["state"], string>;

const PARAMETER_CHARACTERS = 400;

export interface ApprovalProps {
  readonly approval: ApprovalItem;
  /** Who looks; null where they have not signed in. */
  readonly viewer: Viewer | null;
  /** In place of the console's form. */
  readonly children?: Child;
}

export function ApprovalCard({ approval, viewer, children }: ApprovalProps): JSX.Element {
  const { state, requester, rule, matched, relations, kinds } = approval;
  return (
    <article class={`card approval ${state}`} aria-label={`Approval ${approval.id}`}>
      <p class="found-head">
        <Badge {...LOOKS[state]} />
        <strong>
          <Text value={requester.subject} />
        </strong>
        <span class="note">
          on {approval.target}, asked{" "}
          {viewer === null ? (
            moment(approval.created_at)
          ) : (
            <a class="plain" href={`/console/approvals/${approval.id}`}>
              {moment(approval.created_at)}
            </a>
          )}{" "}
          UTC
        </span>
        {viewer?.auditor === true ? (
          <a href={`/console/sessions/${approval.session_id}#${String(approval.seq)}`}>
            statement {approval.seq}
          </a>
        ) : null}
      </p>
      {approval.reason === null ? null : (
        <p class="reason">
          “<Text value={approval.reason} />”
        </p>
      )}
      <Sql statement={approval.statement} encoding="utf8" />
      {approval.parameters.length === 0 ? null : (
        <ol class="approval-parameters" aria-label="Parameters">
          {approval.parameters.map((value) => (
            <li>
              <ValueText value={value} most={PARAMETER_CHARACTERS} />
            </li>
          ))}
        </ol>
      )}
      {approval.elided ? <p class="says held">▒ Values of masked columns are not shown here.</p> : null}
      {approval.in_transaction && state === "pending" ? (
        <p class="says held">‖ It waits within a transaction, whose locks wait with it.</p>
      ) : null}
      <dl class="facts">
        <div>
          <dt>Rule</dt>
          <dd>
            <code>
              <Text value={rule} />
            </code>{" "}
            <span class="note">of policy version {approval.policy_version}</span>
            {matched.length === 0 ? null : (
              <>
                <br />
                <Text value={matched.join("; ")} />
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>Does</dt>
          <dd>
            {kinds.join(", ").replaceAll("_", " ")}
            {relations.length === 0 ? null : (
              <>
                <br />
                <code>
                  <Text value={relations.join(", ")} />
                </code>
              </>
            )}
          </dd>
        </div>
        <Rows approval={approval} />
        {approval.session_so_far === null ? null : (
          <div>
            <dt>Session</dt>
            <dd>
              {viewer === null ? (
                soFar(approval.session_so_far)
              ) : (
                <a href={`/console/approvals/${approval.id}/session`}>{soFar(approval.session_so_far)}</a>
              )}
            </dd>
          </div>
        )}
        <div>
          <dt>Needs</dt>
          <dd>
            {counted(approval.quorum, "approval")}
            {approval.groups.length === 0 ? "" : `, of ${approval.groups.join(" or ")}`}
            <span class="note">
              , {state === "pending" ? "expires" : "was to expire"} {moment(approval.expires_at)} UTC
            </span>
          </dd>
        </div>
        {approval.votes.length === 0 ? null : (
          <div>
            <dt>Votes</dt>
            <dd>
              <ul class="plain">
                {approval.votes.map(({ subject, verdict, reason, at, break_glass: alone }) => (
                  <li>
                    {alone ? "⚠ let go alone" : verdict === "approve" ? "✓ approved" : "✕ denied"} by{" "}
                    <Text value={subject} /> <span class="note">{moment(at)}</span>
                    {reason === "" ? null : (
                      <>
                        : <Text value={reason} />
                      </>
                    )}
                  </li>
                ))}
              </ul>
            </dd>
          </div>
        )}
        {approval.review === null ? null : (
          <div>
            <dt>Review</dt>
            <dd>
              {REVIEWS[approval.review.state]}
              {approval.review.by === null ? null : (
                <>
                  , says <Text value={approval.review.by.subject} />:{" "}
                  <Text value={approval.review.note ?? ""} />
                </>
              )}
              {approval.review.state !== "pending" ? null : (
                <span class="note">
                  , {approval.review.overdue ? "was due" : "due"} {moment(approval.review.due_at)} UTC
                </span>
              )}
            </dd>
          </div>
        )}
      </dl>
      {state !== "pending" ? null : (children ?? <Decide approval={approval} viewer={viewer} />)}
      {approval.review?.state === "pending" ? <Review approval={approval} viewer={viewer} /> : null}
    </article>
  );
}

/** What an approver looks at first: how many rows it touches, counted or guessed. */
function Rows({ approval }: { readonly approval: ApprovalItem }): JSX.Element | null {
  const { estimated_rows: estimated, counted_rows: exact, count_unknown: unknown } = approval;
  if (estimated === null && exact === null && unknown === null) return null;
  return (
    <div>
      <dt>Rows</dt>
      <dd>
        {exact === null ? null : (
          <>
            <strong>changes {counted(exact, "row")}</strong>
            <span class="note">, by a trial run that was rolled back</span>
          </>
        )}
        {exact === null && estimated !== null ? (
          <>
            about {counted(estimated, "row")}
            <span class="note">, by PostgreSQL's estimate</span>
          </>
        ) : null}
        {unknown === null ? null : (
          <>
            <br />
            <span class="note">could not be counted: {unknown}</span>
          </>
        )}
      </dd>
    </div>
  );
}

function soFar({ statements, refused, held, failed }: NonNullable<ApprovalItem["session_so_far"]>): string {
  if (statements === 0) return "this is its first statement";
  const ends = [`${refused} refused`, `${held} held`, `${failed} failed`].filter(
    (end) => !end.startsWith("0 "),
  );
  return `${counted(statements, "statement")} before${ends.length === 0 ? "" : `: ${ends.join(", ")}`}`;
}
