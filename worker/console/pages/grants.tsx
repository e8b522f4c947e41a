// Grants: access for a while, asked for by agents; decided by approvers, and taken back. Changes appear without a reload
// (client/grants.tsx).

import type { GrantItem } from "../../grants/items.ts";
import type { Page } from "../../records/listing.ts";
import type { Api } from "../api.ts";
import { GrantCard } from "../components/grant.tsx";
import { Layout } from "../components/layout.tsx";
import { Pager } from "../components/pager.tsx";
import { type LogEntryItem, LogHistory } from "../components/log-history.tsx";
import type { ConsoleContext, SignedIn } from "../env.ts";
import { FORM_TOKEN, readForm, STALE_FORM } from "../forms.ts";
import { standOf } from "../text/stand.ts";
import { lessIn } from "../text/less.ts";
import { page, problemPage } from "./page.tsx";

const PATH = "/console/grants";

const VIEWS = [
  { name: "waiting", state: "pending" },
  { name: "active", state: "active" },
  { name: "all", state: null },
] as const;

export async function grantsPage(c: ConsoleContext, api: Api): Promise<Response> {
  const view = VIEWS.find(({ name }) => name === c.req.query("show")) ?? VIEWS[2];
  const query = new URLSearchParams(view.state === null ? {} : { state: view.state });
  const cursor = c.req.query("cursor");
  if (cursor !== undefined) query.set("cursor", cursor);
  const found = await api.get<Page<GrantItem>>("/grants", query);
  if (!found.ok) return problemPage(c, PATH, found.error);
  const { data, next_cursor: next } = found.value;
  const signedIn = c.get("signedIn");
  const { principal } = signedIn.authenticated;
  const { mayDecide, mayRevoke } = rightsOf(signedIn);
  return page(
    c,
    <Layout title="Grants" at={PATH} signedIn={signedIn} scripts={["grants"]}>
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
      <p class="unseen" role="status" id="changes"></p>
      <div
        id="grants"
        data-query={query.toString()}
        data-issuer={principal.issuer}
        data-subject={principal.subject}
        data-may={[...(mayDecide ? ["decide"] : []), ...(mayRevoke ? ["revoke"] : [])].join(" ")}
        data-token-name={FORM_TOKEN}
        data-token={signedIn.formToken}
      >
        {data.map((grant) => (
          <div data-id={grant.id} data-stand={standOf(grant)}>
            <GrantCard
              grant={grant}
              form={{ name: FORM_TOKEN, token: signedIn.formToken }}
              own={
                grant.requester.issuer === principal.issuer && grant.requester.subject === principal.subject
              }
              mayDecide={mayDecide}
              mayRevoke={mayRevoke}
            />
          </div>
        ))}
      </div>
      <div class="empty" id="none" hidden={data.length > 0}>
        <p>There is none{view.state === null ? "" : ` that is ${view.name}`}.</p>
        <p class="note">
          Where a policy has grants, an agent asks here for more than it has, for a while. New requests appear
          by themselves.
        </p>
      </div>
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

/** One grant by itself, with what the log has of it. */
export async function grantPage(c: ConsoleContext, api: Api, id: string): Promise<Response> {
  const [grant, history] = await Promise.all([
    api.get<GrantItem>(`/grants/${id}`),
    api.get<Page<LogEntryItem>>(`/grants/${id}/history?limit=200`),
  ]);
  if (!grant.ok) return problemPage(c, PATH, grant.error);
  const signedIn = c.get("signedIn");
  const { issuer, subject } = signedIn.authenticated.principal;
  const { requester } = grant.value;
  return page(
    c,
    <Layout title={`Grant for ${requester.subject.slice(0, 60)}`} at={PATH} signedIn={signedIn}>
      <p class="crumbs">
        <a href={PATH}>Grants</a>
      </p>
      <h1>Grant</h1>
      <GrantCard
        grant={grant.value}
        form={{ name: FORM_TOKEN, token: signedIn.formToken }}
        own={requester.issuer === issuer && requester.subject === subject}
        {...rightsOf(signedIn)}
      />
      {history.ok ? <LogHistory entries={history.value.data} /> : <p class="note">{history.error.detail}</p>}
    </Layout>,
  );
}

function rightsOf({ authenticated }: SignedIn): { readonly mayDecide: boolean; readonly mayRevoke: boolean } {
  const { roles } = authenticated.principal;
  const mayDecide = roles.includes("approver");
  return { mayDecide, mayRevoke: mayDecide || roles.includes("admin") };
}

export async function decideGrant(c: ConsoleContext, api: Api, id: string): Promise<Response> {
  const form = await readForm(c);
  if (form === null) return problemPage(c, PATH, STALE_FORM);
  const decided = await api.send<GrantItem>("POST", `/grants/${id}/decision`, {
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      verdict: form.get("verdict") ?? "",
      reason: form.get("reason") ?? "",
      ...(form.get("verdict") === "approve" ? lessIn(form) : {}),
    }),
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
