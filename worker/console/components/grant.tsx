// A grant as a card: what is asked for, why and for how long, what was said, and where one may decide or take it back, the form.
// Drawn by the server at first, and by the page when something has changed.

import type { Child } from "hono/jsx";
import type { JSX } from "hono/jsx/jsx-runtime";
import type { GrantItem } from "../../grants/items.ts";
import { counted, duration, moment } from "../text/format.ts";
import { Badge } from "./badge.tsx";
import { GrantLimits } from "./grant-limits.tsx";
import { Text } from "./text.tsx";

const PATH = "/console/grants";

const LOOKS = {
  pending: { sign: "‖", word: "waits", tone: "held" },
  active: { sign: "●", word: "active", tone: "good" },
  denied: { sign: "✕", word: "denied", tone: "bad" },
  expired: { sign: "⌛", word: "expired", tone: "quiet" },
  withdrawn: { sign: "↩", word: "withdrawn", tone: "quiet" },
  ended: { sign: "■", word: "ended", tone: "quiet" },
  revoked: { sign: "✕", word: "revoked", tone: "bad" },
} as const satisfies Record<GrantItem["state"], object>;

export interface GrantProps {
  readonly grant: GrantItem;
  /** What its forms bring back (forms.ts); null where there are none. */
  readonly form: { readonly name: string; readonly token: string } | null;
  /** Who looks asked for it. */
  readonly own: boolean;
  readonly mayDecide: boolean;
  readonly mayRevoke: boolean;
  /** In place of the console's forms, while it waits for a decision. */
  readonly children?: Child;
}

export function GrantCard(props: GrantProps): JSX.Element {
  const { grant } = props;
  const { state, requester } = grant;
  return (
    <article class={`card approval ${state}`} aria-label={`Grant ${grant.id}`}>
      <p class="found-head">
        <Badge {...LOOKS[state]} />
        <strong>
          <Text value={requester.subject} />
        </strong>
        <span class="note">
          on {grant.target}, asked{" "}
          {props.form === null ? (
            moment(grant.created_at)
          ) : (
            <a class="plain" href={`${PATH}/${grant.id}`}>
              {moment(grant.created_at)}
            </a>
          )}{" "}
          UTC
        </span>
      </p>
      <p class="reason">
        “<Text value={grant.reason} />”
      </p>
      <dl class="facts">
        <div>
          <dt>For</dt>
          <dd>
            <Text value={grant.kinds.join(", ").replaceAll("_", " ")} /> on{" "}
            <code>
              <Text value={grant.relations.join(", ")} />
            </code>
          </dd>
        </div>
        <div>
          <dt>Duration</dt>
          <dd>
            {duration(grant.duration_seconds * 1000)}
            {grant.ends_at === null ? (
              <span class="note">, from when it is granted</span>
            ) : (
              <span class="note">
                , {state === "active" ? "until" : "was to end"} {moment(grant.ends_at)} UTC
              </span>
            )}
          </dd>
        </div>
        <div>
          <dt>Needs</dt>
          <dd>
            {counted(grant.quorum, "approval")}
            {grant.groups.length === 0 ? "" : `, of ${grant.groups.join(" or ")}`}
            {state === "pending" ? <span class="note">, by {moment(grant.expires_at)} UTC</span> : null}
          </dd>
        </div>
        <GrantLimits grant={grant} />
        <Votes grant={grant} />
      </dl>
      {props.form === null ? state === "pending" && props.children : <Actions {...props} form={props.form} />}
    </article>
  );
}

function Votes({ grant: { votes, revoked_by: revoked } }: { readonly grant: GrantItem }): JSX.Element | null {
  if (votes.length === 0 && revoked === null) return null;
  return (
    <div>
      <dt>Decided</dt>
      <dd>
        <ul class="plain">
          {votes.map(({ subject, verdict, reason }) => (
            <li>
              {verdict === "approve" ? "✓ granted" : "✕ denied"} by <Text value={subject} />
              {reason === "" ? null : <Reason text={reason} />}
            </li>
          ))}
          {revoked === null ? null : (
            <li>
              ✕ revoked by <Text value={revoked.subject} />
              {revoked.reason === "" ? null : <Reason text={revoked.reason} />}
            </li>
          )}
        </ul>
      </dd>
    </div>
  );
}

function Reason({ text }: { readonly text: string }): JSX.Element {
  return (
    <>
      : <Text value={text} />
    </>
  );
}

function Actions({
  grant,
  form,
  own,
  mayDecide,
  mayRevoke,
}: GrantProps & { readonly form: NonNullable<GrantProps["form"]> }): JSX.Element | null {
  if (grant.state === "pending" && mayDecide && own)
    return <p class="note">You asked for it yourself: somebody else decides.</p>;
  if (grant.state === "pending" && mayDecide)
    return (
      <form method="post" action={`${PATH}/${grant.id}/decision`} class="row decide">
        <input type="hidden" name={form.name} value={form.token} />
        <label class="grow">
          Reason (of a denial, required)
          <input name="reason" maxlength={2000} autocomplete="off" />
        </label>
        <button type="submit" name="verdict" value="approve">
          ✓ Grant
        </button>
        <button type="submit" name="verdict" value="deny" class="danger">
          ✕ Deny
        </button>
        <Less grant={grant} />
      </form>
    );
  if (grant.state !== "active" || !mayRevoke) return null;
  return (
    <form method="post" action={`${PATH}/${grant.id}/revoke`} class="row decide">
      <input type="hidden" name={form.name} value={form.token} />
      <label class="grow">
        Reason
        <input name="reason" maxlength={2000} autocomplete="off" />
      </label>
      <button type="submit" class="danger">
        Revoke
      </button>
    </form>
  );
}

/** Who decides may give less than was asked for. */
function Less({
  grant: { relations, duration_seconds: seconds },
}: {
  readonly grant: GrantItem;
}): JSX.Element {
  return (
    <details class="give-less">
      <summary>Grant less than that</summary>
      <div class="row">
        <label>
          For how long (of {duration(seconds * 1000)})
          <input name="duration" maxlength={20} placeholder="10min" autocomplete="off" />
        </label>
        {relations.length < 2 ? null : (
          <fieldset>
            <legend>On</legend>
            {/* Else none of them would be sent as all of them. */}
            <input type="hidden" name="of_relations" value="some" />
            {relations.map((relation) => (
              <label class="inline">
                <input type="checkbox" name="relation" value={relation} checked />
                <code>
                  <Text value={relation} />
                </code>
              </label>
            ))}
          </fieldset>
        )}
      </div>
    </details>
  );
}
