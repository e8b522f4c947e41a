// What waits for a person, and what has been decided; the decision itself. Changes appear without a reload (client/approvals.tsx).

import type { ApprovalItem } from "../../approvals/items.ts";
import type { Page } from "../../records/listing.ts";
import type { Api } from "../api.ts";
import { ApprovalCard } from "../components/approval.tsx";
import type { Viewer } from "../components/decide.tsx";
import { Layout } from "../components/layout.tsx";
import { Pager } from "../components/pager.tsx";
import { type LogEntryItem, LogHistory } from "../components/log-history.tsx";
import type { ConsoleContext, SignedIn } from "../env.ts";
import { FORM_TOKEN, readForm, STALE_FORM } from "../forms.ts";
import { standOf } from "../text/stand.ts";
import { page, problemPage } from "./page.tsx";

const PATH = "/console/approvals";

const VIEWS = [
  { name: "waiting", asks: { state: "pending" }, none: "Nothing waits for a person." },
  {
    name: "unreviewed",
    asks: { review: "pending" },
    none: "Nothing that was let go alone waits for a review.",
  },
  { name: "all", asks: {}, none: "Nothing has been asked for yet." },
] as const;

export async function approvalsPage(c: ConsoleContext, api: Api): Promise<Response> {
  const view = VIEWS.find(({ name }) => name === c.req.query("show")) ?? VIEWS[0];
  const query = new URLSearchParams(view.asks);
  const cursor = c.req.query("cursor");
  if (cursor !== undefined) query.set("cursor", cursor);
  const found = await api.get<Page<ApprovalItem>>("/approvals", query);
  if (!found.ok) return problemPage(c, PATH, found.error);
  const signedIn = c.get("signedIn");
  const viewer = viewerOf(signedIn);
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
      <div id="approvals" data-query={query.toString()} data-viewer={JSON.stringify(viewer)}>
        {data.map((approval) => (
          <div data-id={approval.id} data-stand={standOf(approval)}>
            <ApprovalCard approval={approval} viewer={viewer} />
          </div>
        ))}
      </div>
      <div class="empty" id="none" hidden={data.length > 0}>
        <p>{view.none}</p>
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

/** One request by itself, with what the log has of it: an address to send to somebody. */
export async function approvalPage(c: ConsoleContext, api: Api, id: string): Promise<Response> {
  const [approval, history] = await Promise.all([
    api.get<ApprovalItem>(`/approvals/${id}`),
    api.get<Page<LogEntryItem>>(`/approvals/${id}/history?limit=200`),
  ]);
  if (!approval.ok) return problemPage(c, PATH, approval.error);
  const signedIn = c.get("signedIn");
  return page(
    c,
    <Layout
      title={`Approval for ${approval.value.requester.subject.slice(0, 60)}`}
      at={PATH}
      signedIn={signedIn}
    >
      <p class="crumbs">
        <a href={PATH}>Approvals</a>
      </p>
      <h1>Request for approval</h1>
      <ApprovalCard approval={approval.value} viewer={viewerOf(signedIn)} />
      {history.ok ? <LogHistory entries={history.value.data} /> : <p class="note">{history.error.detail}</p>}
    </Layout>,
  );
}

function viewerOf({ authenticated, formToken }: SignedIn): Viewer {
  const { issuer, subject, groups, roles } = authenticated.principal;
  return {
    issuer,
    subject,
    groups: [...groups],
    approver: roles.includes("approver"),
    auditor: roles.includes("auditor"),
    form: { name: FORM_TOKEN, token: formToken },
  };
}

export async function decideApproval(c: ConsoleContext, api: Api, id: string): Promise<Response> {
  const form = await readForm(c);
  if (form === null) return problemPage(c, PATH, STALE_FORM);
  const decided = await api.send<ApprovalItem>("POST", `/approvals/${id}/decision`, {
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...verdictIn(form), reason: form.get("reason") ?? "" }),
  });
  return decided.ok ? c.redirect(`${PATH}?show=all`, 303) : problemPage(c, PATH, decided.error);
}

function verdictIn(form: URLSearchParams): Readonly<Record<string, unknown>> {
  const verdict = form.get("verdict") ?? "";
  return verdict === "break_glass" ? { verdict: "approve", break_glass: true } : { verdict };
}

export async function reviewApproval(c: ConsoleContext, api: Api, id: string): Promise<Response> {
  const form = await readForm(c);
  if (form === null) return problemPage(c, PATH, STALE_FORM);
  const reviewed = await api.send<ApprovalItem>("POST", `/approvals/${id}/review`, {
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ verdict: form.get("verdict") ?? "", note: form.get("note") ?? "" }),
  });
  return reviewed.ok ? c.redirect(`${PATH}?show=unreviewed`, 303) : problemPage(c, PATH, reviewed.error);
}
