// One statement with what it was answered with, as a page of its own: to send to somebody, and where scripts are off. For an admin
// also what the policy of today says of it.

import type { JSX } from "hono/jsx/jsx-runtime";
import type { CheckedStatement } from "../../policies/items.ts";
import type { SessionItem, StatementItem } from "../../records/items.ts";
import type { Api } from "../api.ts";
import { EffectBadge } from "../components/badge.tsx";
import { FormToken, Layout } from "../components/layout.tsx";
import { ResponseView, type Response as Recorded } from "../components/response.tsx";
import { StatementView, UNRECORDED } from "../components/statement.tsx";
import { Text } from "../components/text.tsx";
import type { ConsoleContext } from "../env.ts";
import { readForm, STALE_FORM } from "../forms.ts";
import { bytes, moment } from "../text/format.ts";
import { page, problemPage } from "./page.tsx";

const PATH = "/console/sessions";
/** What a page of text can be read of, and an isolate parse beside others. */
const SHOWN_BYTES = 2 * 1024 * 1024;

export async function statementPage(c: ConsoleContext, api: Api, id: string, seq: string): Promise<Response> {
  const statement = await api.get<StatementItem>(`/sessions/${id}/statements/${seq}`);
  if (!statement.ok) return problemPage(c, `${PATH}/${id}`, statement.error);
  return show(c, api, statement.value, null);
}

/** The decision of today's policy on it, for the principal that it was run by. */
export async function checkStatement(
  c: ConsoleContext,
  api: Api,
  id: string,
  seq: string,
): Promise<Response> {
  if ((await readForm(c)) === null) return problemPage(c, `${PATH}/${id}`, STALE_FORM);
  const statement = await api.get<StatementItem>(`/sessions/${id}/statements/${seq}`);
  if (!statement.ok) return problemPage(c, `${PATH}/${id}`, statement.error);
  const session = await api.get<SessionItem>(`/sessions/${id}`);
  if (!session.ok) return problemPage(c, `${PATH}/${id}`, session.error);
  const { target, subject, issuer, roles, groups } = session.value;
  const checked = await api.send<CheckedStatement>("POST", "/check", {
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      target,
      statement: statement.value.statement,
      principal: { subject, issuer, roles, groups },
    }),
  });
  if (!checked.ok) return problemPage(c, `${PATH}/${id}`, checked.error);
  return show(c, api, statement.value, checked.value);
}

async function show(
  c: ConsoleContext,
  api: Api,
  statement: StatementItem,
  today: CheckedStatement | null,
): Promise<Response> {
  const { session_id: id, seq } = statement;
  const path = `${PATH}/${id}/statements/${String(seq)}`;
  const title = `Statement ${String(seq)}`;
  const response = await responseOf(api, statement);
  const mayCheck =
    c.get("signedIn").authenticated.principal.roles.includes("admin") &&
    statement.statement_encoding === "utf8";
  return page(
    c,
    <Layout title={title} at={PATH} signedIn={c.get("signedIn")}>
      <p class="crumbs">
        <a href={`${PATH}/${id}#${String(seq)}`}>Session of {moment(statement.started_at)}</a>
        {seq > 1 ? <a href={`${PATH}/${id}/statements/${String(seq - 1)}`}>‹ {seq - 1}</a> : null}
        <a href={`${PATH}/${id}/statements/${String(seq + 1)}`}>{seq + 1} ›</a>
      </p>
      <h1>{title}</h1>
      <StatementView statement={statement} />
      {today === null ? null : <Today was={statement} now={today} />}
      {mayCheck && today === null && statement.statement !== "" ? (
        <form method="post" action={`${path}/check`} class="today">
          <FormToken signedIn={c.get("signedIn")} />
          <button type="submit" class="quiet">
            What does the policy of today say?
          </button>
        </form>
      ) : null}
      <h2>Answer</h2>
      {typeof response === "string" ? (
        <p class="note">{response}</p>
      ) : (
        <ResponseView response={response} masked={statement.masked_columns} />
      )}
      <Downloads statement={statement} />
    </Layout>,
  );
}

function Today({ was, now }: { readonly was: StatementItem; readonly now: CheckedStatement }): JSX.Element {
  const same = was.decision.effect === now.decision.effect && was.decision.rule === now.decision.rule;
  return (
    <section class={`says ${same ? "note-box" : "held"}`} role="status">
      <h2>{same ? "Decided the same today" : "Decided otherwise today"}</h2>
      <p>
        Then: <EffectBadge effect={was.decision.effect} /> by <code>{was.decision.rule}</code> (version{" "}
        {was.decision.policy_version}). Now: <EffectBadge effect={now.decision.effect} /> by{" "}
        <code>{now.decision.rule}</code> (version {now.decision.policy_version}).
      </p>
      {now.refusal === null ? null : (
        <p>
          The agent would be told: <Text value={now.refusal.message} />
        </p>
      )}
    </section>
  );
}

function Downloads({ statement }: { readonly statement: StatementItem }): JSX.Element | null {
  if (!statement.response_recorded || statement.outcome === "running") return null;
  const path = `/console/v1/sessions/${statement.session_id}/statements/${String(statement.seq)}/result`;
  return (
    <p class="actions">
      <span class="note">{bytes(statement.response_bytes)} as</span>
      <a href={`${path}?format=json`}>JSON</a>
      <a href={`${path}?format=csv`}>CSV</a>
      <a href={`${path}?format=wire`}>wire bytes</a>
    </p>
  );
}

/** A sentence in its place where there is none to show. */
async function responseOf(api: Api, statement: StatementItem): Promise<Recorded | string> {
  if (statement.outcome === "running") return "It is still running.";
  if (!statement.response_recorded) return UNRECORDED[statement.recorded];
  if (statement.response_bytes > SHOWN_BYTES)
    return `It has ${bytes(statement.response_bytes)}: too much for this page. The player shows it, and so do the downloads.`;
  const { session_id: id, seq } = statement;
  const found = await api.get<Recorded>(`/sessions/${id}/statements/${String(seq)}/result`);
  return found.ok ? found.value : found.error.detail;
}
