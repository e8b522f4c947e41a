// Grants: access for a while, asked for by agents; decided by approvers, and taken back.

import type { JSX } from "hono/jsx/jsx-runtime";
import type { Role } from "#core/policy";
import type { GrantItem } from "../../grants/items.ts";
import type { Page } from "../../records/listing.ts";
import type { Api } from "../api.ts";
import { Badge } from "../components/badge.tsx";
import { FormToken, Layout } from "../components/layout.tsx";
import { Pager } from "../components/pager.tsx";
import { Text } from "../components/text.tsx";
import type { ConsoleContext, SignedIn } from "../env.ts";
import { readForm, STALE_FORM } from "../forms.ts";
import { counted, duration, moment } from "../text/format.ts";
import { page, problemPage } from "./page.tsx";

const PATH = "/console/grants";

const VIEWS = [
  { name: "waiting", state: "pending" },
  { name: "active", state: "active" },
  { name: "all", state: null },
] as const;

const LOOKS = {
  pending: { sign: "‖", word: "waits", tone: "held" },
  active: { sign: "●", word: "active", tone: "good" },
  denied: { sign: "✕", word: "denied", tone: "bad" },
  expired: { sign: "⌛", word: "expired", tone: "quiet" },
  withdrawn: { sign: "↩", word: "withdrawn", tone: "quiet" },
  ended: { sign: "■", word: "ended", tone: "quiet" },
  revoked: { sign: "✕", word: "revoked", tone: "bad" },
} as const satisfies Record<GrantItem["state"], object>;

export async function grantsPage(c: ConsoleContext, api: Api): Promise<Response> {
  const view = VIEWS.find(({ name }) => name === c.req.query("show")) ?? VIEWS[2];
  const query = new URLSearchParams(view.state === null ? {} : { state: view.state });
  const cursor = c.req.query("cursor");
  if (cursor !== undefined) query.set("cursor", cursor);
  const found = await api.get<Page<GrantItem>>("/grants", query);
  if (!found.ok) return problemPage(c, PATH, found.error);
  const { data, next_cursor: next } = found.value;
  return page(
    c,
    <Layout title="Grants" at={PATH} signedIn={c.get("signedIn")}>
      <div class="title">
        <h1>Grants</h1>
        <nav class="tabs" aria-label="Which">
          {VIEWS.map(({ name }) => (
            <a href={`${PATH}?show=${name}`} aria-current={name === view.name ? "true" : undefined}>
              {name}
            </a>
          ))}
        </nav>
      </div>
      {data.length === 0 ? (
        <div class="empty">
          <p>There is none{view.state === null ? "" : ` that is ${view.name}`}.</p>
          <p class="note">Where a policy has grants, an agent asks here for more than it has, for a while.</p>
        </div>
      ) : (
        data.map((grant) => <GrantCard grant={grant} signedIn={c.get("signedIn")} />)
      )}
      <Pager
        path={PATH}
        query={new URLSearchParams({ show: view.name })}
        next={next}
        shown={data.length}
        what="grant"
      />
    </Layout>,
  );
}

function GrantCard({
  grant,
  signedIn,
}: {
  readonly grant: GrantItem;
  readonly signedIn: SignedIn;
}): JSX.Element {
  const { state, requester } = grant;
  return (
    <article class={`card approval ${state}`} aria-label={`Grant ${grant.id}`}>
      <p class="found-head">
        <Badge {...LOOKS[state]} />
        <strong>
          <Text value={requester.subject} />
        </strong>
        <span class="note">
          on {grant.target}, asked {moment(grant.created_at)} UTC
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
          <dt>For how long</dt>
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
        <Votes grant={grant} />
      </dl>
      <Actions grant={grant} signedIn={signedIn} />
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

const DECIDE: readonly Role[] = ["approver"];
const REVOKE: readonly Role[] = ["approver", "admin"];

function Actions({
  grant,
  signedIn,
}: {
  readonly grant: GrantItem;
  readonly signedIn: SignedIn;
}): JSX.Element | null {
  const { principal } = signedIn.authenticated;
  const has = (roles: readonly Role[]): boolean => roles.some((role) => principal.roles.includes(role));
  const own = grant.requester.issuer === principal.issuer && grant.requester.subject === principal.subject;
  if (grant.state === "pending" && has(DECIDE) && !own)
    return (
      <form method="post" action={`${PATH}/${grant.id}/decision`} class="row decide">
        <FormToken signedIn={signedIn} />
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
      </form>
    );
  if (grant.state !== "active" || !has(REVOKE)) return null;
  return (
    <form method="post" action={`${PATH}/${grant.id}/revoke`} class="row decide">
      <FormToken signedIn={signedIn} />
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

export async function decideGrant(c: ConsoleContext, api: Api, id: string): Promise<Response> {
  const form = await readForm(c);
  if (form === null) return problemPage(c, PATH, STALE_FORM);
  const decided = await api.send<GrantItem>("POST", `/grants/${id}/decision`, {
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ verdict: form.get("verdict") ?? "", reason: form.get("reason") ?? "" }),
  });
  return decided.ok ? c.redirect(PATH, 303) : problemPage(c, PATH, decided.error);
}

export async function revokeGrant(c: ConsoleContext, api: Api, id: string): Promise<Response> {
  const form = await readForm(c);
  if (form === null) return problemPage(c, PATH, STALE_FORM);
  const reason = form.get("reason") ?? "";
  const query = reason === "" ? "" : `?${new URLSearchParams({ reason }).toString()}`;
  const revoked = await api.send<GrantItem>("DELETE", `/grants/${id}${query}`);
  return revoked.ok ? c.redirect(PATH, 303) : problemPage(c, PATH, revoked.error);
}
