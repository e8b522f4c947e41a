// Working on a policy, for admins: a draft that is looked through, tried on a statement, replayed against what was recorded, and
// put in force. One form with four buttons; each answers with the draft as it was sent.

import type { JSX } from "hono/jsx/jsx-runtime";
import type { CheckedStatement, LintReport, ReplayReport } from "../../policies/items.ts";
import type { PolicyItem } from "../../policies/items.ts";
import type { Problem } from "../../problem.ts";
import type { Result } from "../../../core/result.ts";
import type { Api } from "../api.ts";
import { EffectBadge } from "../components/badge.tsx";
import { Document } from "../components/policy-document.tsx";
import { FormToken, Layout } from "../components/layout.tsx";
import { Sql } from "../components/sql.tsx";
import { Text } from "../components/text.tsx";
import type { ConsoleContext, SignedIn } from "../env.ts";
import { readForm, STALE_FORM } from "../forms.ts";
import { count, counted } from "../text/format.ts";
import { page, ProblemBox, problemPage } from "./page.tsx";

const PATH = "/console/policies";
const WEEK_MS = 7 * 24 * 3600_000;

interface WorkProps {
  readonly target: string;
  readonly document: string;
  /** That the draft was made of; null where there is none yet. */
  readonly version: number | null;
  readonly signedIn: SignedIn;
  readonly statement: string;
  readonly comment: string;
  readonly open: boolean;
}

export function PolicyWork({
  target,
  document,
  version,
  signedIn,
  statement,
  comment,
  open,
}: WorkProps): JSX.Element {
  return (
    <details class="work-box" open={open}>
      <summary>
        <h2>Change it, or try it out</h2>
      </summary>
      <form method="post" action={`${PATH}/${target}/work`} class="work">
        <FormToken signedIn={signedIn} />
        <input type="hidden" name="version" value={version === null ? "" : String(version)} />
        <label>
          Document
          <textarea name="document" rows={14} spellcheck={false} class="mono">
            {document}
          </textarea>
        </label>
        <div class="actions">
          <button type="submit" name="do" value="lint" class="quiet">
            Look it through
          </button>
          <button type="submit" name="do" value="replay" class="quiet">
            Replay last week's traffic
          </button>
        </div>
        <label>
          A statement to try it on
          <textarea name="statement" rows={3} spellcheck={false} class="mono">
            {statement}
          </textarea>
        </label>
        <div class="row">
          <label>
            as subject
            <input name="subject" placeholder="local-agent" autocomplete="off" />
          </label>
          <label>
            with the role
            <select name="role">
              <option>agent</option>
              <option>admin</option>
              <option>auditor</option>
              <option>approver</option>
            </select>
          </label>
          <button type="submit" name="do" value="check" class="quiet">
            Decide, without running it
          </button>
        </div>
        <div class="row">
          <label class="grow">
            Why (kept with the version)
            <input name="comment" maxlength={1000} value={comment} autocomplete="off" />
          </label>
          <button type="submit" name="do" value="apply" class="danger">
            Put in force
          </button>
        </div>
      </form>
    </details>
  );
}

export async function policyWork(c: ConsoleContext, api: Api, target: string): Promise<Response> {
  const form = await readForm(c);
  if (form === null) return problemPage(c, `${PATH}/${target}`, STALE_FORM);
  // Forms bring line ends as CR LF.
  const text = (name: string): string => (form.get(name) ?? "").replaceAll("\r\n", "\n");
  const draft = { document: text("document"), statement: text("statement"), comment: text("comment") };
  const read = Number(form.get("version") ?? "");
  const version = read > 0 ? read : null;
  const shown = await (async (): Promise<JSX.Element | Response> => {
    switch (form.get("do")) {
      case "lint":
        return said(
          await api.send<LintReport>("POST", `/policy/lint?target=${encodeURIComponent(target)}`, {
            body: draft.document,
          }),
          (lint) => <Document document={draft.document} lint={lint} />,
        );
      case "check":
        return said(await check(api, target, draft, text("subject"), text("role")), (checked) => (
          <Checked checked={checked} />
        ));
      case "replay":
        return said(await replay(api, target, draft.document), (report) => <Replayed report={report} />);
      case "apply":
        return apply(c, api, target, draft, version);
      default:
        return (
          <ProblemBox
            problem={{ status: 400, title: "Nothing to do", detail: "Choose one of the buttons." }}
          />
        );
    }
  })();
  if (shown instanceof Response) return shown;
  return page(
    c,
    <Layout title={`Policy of ${target}`} at={PATH} signedIn={c.get("signedIn")}>
      <p class="crumbs">
        <a href={`${PATH}/${target}`}>Policy of {target}</a>
      </p>
      <h1>Draft for {target}</h1>
      {shown}
      <PolicyWork target={target} version={version} signedIn={c.get("signedIn")} {...draft} open />
    </Layout>,
  );
}

function said<T>(answer: Result<T, Problem>, show: (value: T) => JSX.Element): JSX.Element {
  return answer.ok ? show(answer.value) : <ProblemBox problem={answer.error} />;
}

interface Draft {
  readonly document: string;
  readonly statement: string;
  readonly comment: string;
}

async function check(
  api: Api,
  target: string,
  { document, statement }: Draft,
  subject: string,
  role: string,
): Promise<Result<CheckedStatement, Problem>> {
  const principal = { subject: subject === "" ? "somebody" : subject, roles: [role] };
  return api.send("POST", "/check", json({ target, statement, document, principal }));
}

async function replay(api: Api, target: string, document: string): Promise<Result<ReplayReport, Problem>> {
  const to = new Date();
  const from = new Date(to.getTime() - WEEK_MS);
  const body = { document, from: from.toISOString(), to: to.toISOString(), limit: 1000 };
  return api.send("POST", `/targets/${encodeURIComponent(target)}/policy/replay`, json(body));
}

function json(body: object): { body: string; headers: Record<string, string> } {
  return { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
}

async function apply(
  c: ConsoleContext,
  api: Api,
  target: string,
  { document, comment }: Draft,
  version: number | null,
): Promise<JSX.Element | Response> {
  const query = comment === "" ? "" : `?${new URLSearchParams({ comment }).toString()}`;
  const answer = await api.send<PolicyItem>("PUT", `/targets/${encodeURIComponent(target)}/policy${query}`, {
    body: document,
    headers: version === null ? { "if-none-match": "*" } : { "if-match": `"${String(version)}"` },
  });
  return answer.ok ? (
    c.redirect(`${PATH}/${encodeURIComponent(target)}`, 303)
  ) : (
    <ProblemBox problem={answer.error} />
  );
}

function Checked({ checked }: { readonly checked: CheckedStatement }): JSX.Element {
  const { decision, refusal, relations, kinds, bounded } = checked;
  return (
    <section class="card" role="status">
      <h2 class="found-head">
        <EffectBadge effect={decision.effect} /> by <code>{decision.rule}</code>
      </h2>
      <Sql statement={checked.statement} encoding="utf8" />
      <dl class="facts">
        <Entry name="Does" value={kinds.join(", ").replaceAll("_", " ")} />
        <Entry name="Relations" value={relations.map(({ name, access }) => `${access} ${name}`).join(", ")} />
        <Entry name="Rows" value={(bounded ?? "").replaceAll("_", " ")} />
        <Entry name="Because" value={decision.matched.join("; ")} />
        <Entry
          name="Agent is told"
          value={refusal === null ? "" : `${refusal.sqlstate}: ${refusal.message}`}
        />
        <Entry name="and" value={refusal?.hint ?? ""} />
      </dl>
    </section>
  );
}

function Entry({ name, value }: { readonly name: string; readonly value: string }): JSX.Element | null {
  if (value === "") return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <Text value={value} />
      </dd>
    </div>
  );
}

function Replayed({ report }: { readonly report: ReplayReport }): JSX.Element {
  const { counts, statements, examples } = report;
  return (
    <section class="card" role="status">
      <h2>{counted(statements, "statement")} of the last week, decided by the draft</h2>
      <ul class="legend">
        <li>
          <b>{count(counts.unchanged)}</b> as before
        </li>
        <li>
          <b>{count(counts.newly_refused)}</b> newly refused
        </li>
        <li>
          <b>{count(counts.newly_held)}</b> newly held
        </li>
        <li>
          <b>{count(counts.newly_allowed)}</b> newly allowed
        </li>
        <li>
          <b>{count(counts.not_decidable)}</b> not decidable any more
        </li>
      </ul>
      {report.next_cursor === null ? null : <p class="note">The period holds more: these are its first.</p>}
      <ol class="found">
        {examples.map(({ kind, session_id: id, seq, subject, statement, before, after }) => (
          <li>
            <p class="found-head">
              <a href={`/console/sessions/${id}/statements/${String(seq)}`}>{kind.replaceAll("_", " ")}</a>
              <Text value={subject} />
              <EffectBadge effect={before.effect} /> <code>{before.rule}</code>
              {after === null ? null : (
                <>
                  → <EffectBadge effect={after.effect} /> <code>{after.rule}</code>
                </>
              )}
            </p>
            <pre class="sql short">
              <code dir="ltr">
                <Text value={statement} />
              </code>
            </pre>
          </li>
        ))}
      </ol>
    </section>
  );
}
