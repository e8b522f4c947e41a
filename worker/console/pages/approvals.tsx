// What waits for a person, and what has been decided; the decision itself. Changes appear without a reload (client/approvals.tsx).

import type { ApprovalItem } from "../../approvals/items.ts";
import type { Page } from "../../records/listing.ts";
import type { Api } from "../api.ts";
import { ApprovalCard } from "../components/approval.tsx";
import { Layout } from "../components/layout.tsx";
import { Pager } from "../components/pager.tsx";
import type { ConsoleContext } from "../env.ts";
import { FORM_TOKEN, readForm, STALE_FORM } from "../forms.ts";
import { standOf } from "../text/stand.ts";
import { page, problemPage } from "./page.tsx";

const PATH = "/console/approvals";

const VIEWS = [
  { name: "waiting", state: "pending" },
  { name: "all", state: null },
] as const;

export async function approvalsPage(c: ConsoleContext, api: Api): Promise<Response> {
  const view = VIEWS.find(({ name }) => name === c.req.query("show")) ?? VIEWS[0];
  const query = new URLSearchParams(view.state === null ? {} : { state: view.state });
  const cursor = c.req.query("cursor");
  if (cursor !== undefined) query.set("cursor", cursor);
  const found = await api.get<Page<ApprovalItem>>("/approvals", query);
  if (!found.ok) return problemPage(c, PATH, found.error);
  const signedIn = c.get("signedIn");
  const { roles, issuer, subject } = signedIn.authenticated.principal;
  const form = roles.includes("approver") ? { name: FORM_TOKEN, token: signedIn.formToken } : null;
  const { data, next_cursor: next } = found.value;
  return page(
    c,
    <Layout title="Approvals" at={PATH} signedIn={signedIn} scripts={["approvals"]}>
      <div class="title">
        <h1>Approvals</h1>
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
        id="approvals"
        data-query={query.toString()}
        data-issuer={issuer}
        data-subject={subject}
        data-token-name={form?.name}
        data-token={form?.token}
      >
        {data.map((approval) => (
          <div data-id={approval.id} data-stand={standOf(approval)}>
            <ApprovalCard
              approval={approval}
              form={form}
              own={approval.requester.issuer === issuer && approval.requester.subject === subject}
            />
          </div>
        ))}
      </div>
      <div class="empty" id="none" hidden={data.length > 0}>
        <p>{view.state === null ? "Nothing has been asked for yet." : "Nothing waits for a person."}</p>
        <p class="note">
          A rule of a policy with "then: approve" asks here before a statement runs. New requests appear by
          themselves.
        </p>
      </div>
      <Pager
        path={PATH}
        query={new URLSearchParams({ show: view.name })}
        next={next}
        shown={data.length}
        what="request"
      />
    </Layout>,
  );
}

export async function decideApproval(c: ConsoleContext, api: Api, id: string): Promise<Response> {
  const form = await readForm(c);
  if (form === null) return problemPage(c, PATH, STALE_FORM);
  const decided = await api.send<ApprovalItem>("POST", `/approvals/${id}/decision`, {
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ verdict: form.get("verdict") ?? "", reason: form.get("reason") ?? "" }),
  });
  return decided.ok ? c.redirect(`${PATH}?show=all`, 303) : problemPage(c, PATH, decided.error);
}
