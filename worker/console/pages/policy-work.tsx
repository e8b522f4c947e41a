// Working on a policy, for admins: a draft that is looked through, tried on a statement, replayed against what was recorded, and
// put in force. One form with four buttons; each answers with the draft as it was sent. What comes of them is policy-answers.tsx.

import type { JSX } from "hono/jsx/jsx-runtime";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Role } from "#core/policy";
import type { CheckedStatement, LintReport, PolicyItem, ReplayReport } from "../../policies/items.ts";
import type { Problem } from "../../problem.ts";
import type { Result } from "../../../core/result.ts";
import type { Api } from "../api.ts";
import { DiffView } from "../components/diff-view.tsx";
import { Document } from "../components/policy-document.tsx";
import { FormToken, Layout } from "../components/layout.tsx";
import type { ConsoleContext, SignedIn } from "../env.ts";
import { readForm, STALE_FORM } from "../forms.ts";
import { page, ProblemBox, problemPage } from "./page.tsx";
import { Checked, Conflict, Replayed } from "./policy-answers.tsx";

const PATH = "/console/policies";
const WEEK_MS = 7 * 24 * 3600_000;

interface WorkProps {
  readonly target: string;
  readonly draft: Draft;
  /** That the draft was made of; null where there is none yet. */
  readonly version: number | null;
  readonly signedIn: SignedIn;
  readonly open: boolean;
}

/** What the form holds. */
interface Draft {
  readonly document: string;
  readonly statement: string;
  readonly subject: string;
  readonly role: string;
  readonly comment: string;
}

export function draftOf(document: string): Draft {
  return { document, statement: "", subject: "", role: "agent", comment: "" };
}

const ROLE_CHOICES: readonly Role[] = ["agent", "admin", "auditor", "approver"];

export function PolicyWork({ target, draft, version, signedIn, open }: WorkProps): JSX.Element {
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
            {draft.document}
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
            {draft.statement}
          </textarea>
        </label>
        <div class="row">
          <label>
            as subject
            <input name="subject" value={draft.subject} placeholder="local-agent" autocomplete="off" />
          </label>
          <label>
            with the role
            <select name="role">
              {ROLE_CHOICES.map((role) => (
                <option selected={role === draft.role}>{role}</option>
              ))}
            </select>
          </label>
          <button type="submit" name="do" value="check" class="quiet">
            Decide, without running it
          </button>
        </div>
        <div class="row">
          <label class="grow">
            Why (kept with the version)
            <input name="comment" maxlength={1000} value={draft.comment} autocomplete="off" />
          </label>
          <button type="submit" name="do" value="apply" class="danger">
            Put in force{version === null ? "" : `, in place of version ${String(version)}`}
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
  const draft: Draft = {
    document: text("document"),
    statement: text("statement"),
    subject: text("subject"),
    role: text("role"),
    comment: text("comment"),
  };
  const read = Number(form.get("version") ?? "");
  const work = { api, target, draft, version: read > 0 ? read : null };
  const answer = await (async (): Promise<Answer> => {
    switch (form.get("do")) {
      case "lint":
        return lint(work);
      case "check":
        return said(await check(work), (checked) => <Checked checked={checked} />);
      case "replay":
        return said(await replay(work), (report) => <Replayed report={report} />);
      case "apply":
        return apply(work);
      default:
        return failed(NOTHING_TO_DO);
    }
  })();
  if (answer.shown === null) return c.redirect(`${PATH}/${encodeURIComponent(target)}`, 303);
  return page(
    c,
    <Layout title={`Policy of ${target}`} at={PATH} signedIn={c.get("signedIn")}>
      <p class="crumbs">
        <a href={`${PATH}/${target}`}>Policy of {target}</a>
      </p>
      <h1>Draft for {target}</h1>
      {answer.shown}
      <PolicyWork
        target={target}
        version={answer.version ?? work.version}
        signedIn={c.get("signedIn")}
        draft={draft}
        open
      />
    </Layout>,
    (answer.status ?? 200) as ContentfulStatusCode,
  );
}

const NOTHING_TO_DO = { status: 400, title: "Nothing to do", detail: "Choose one of the buttons." };

interface Work {
  readonly api: Api;
  readonly target: string;
  readonly draft: Draft;
  readonly version: number | null;
}

interface Answer {
  /** null: it is in force, and there is nothing more to say. */
  readonly shown: JSX.Element | null;
  /** The one that the form replaces from now on. */
  readonly version?: number | null;
  /** Of what went wrong. */
  readonly status?: number;
}

function pathOf(target: string): string {
  return `/targets/${encodeURIComponent(target)}/policy`;
}

/** With what it would change, where it is a policy. */
async function lint({ api, target, draft: { document } }: Work): Promise<Answer> {
  const report = await api.send<LintReport>("POST", `/policy/lint?target=${encodeURIComponent(target)}`, {
    body: document,
  });
  if (!report.ok) return failed(report.error);
  const now = await api.get<PolicyItem>(pathOf(target));
  const shown = (
    <>
      <Document document={document} lint={report.value} />
      {now.ok && report.value.valid ? (
        <>
          <h2>What it would change</h2>
          <DiffView before={now.value.document} after={document} label="What it would change" />
        </>
      ) : null}
    </>
  );
  return { shown };
}

function said<T>(answer: Result<T, Problem>, show: (value: T) => JSX.Element): Answer {
  return answer.ok ? { shown: show(answer.value) } : failed(answer.error);
}

function failed(problem: Problem): Answer {
  return { shown: <ProblemBox problem={problem} />, status: problem.status };
}

async function check({ api, target, draft }: Work): Promise<Result<CheckedStatement, Problem>> {
  const { document, statement, subject, role } = draft;
  const principal = { subject: subject === "" ? "somebody" : subject, roles: [role] };
  return api.send("POST", "/check", json({ target, statement, document, principal }));
}

async function replay({ api, target, draft }: Work): Promise<Result<ReplayReport, Problem>> {
  const to = new Date();
  const from = new Date(to.getTime() - WEEK_MS);
  const body = { document: draft.document, from: from.toISOString(), to: to.toISOString(), limit: 1000 };
  return api.send("POST", `${pathOf(target)}/replay`, json(body));
}

function json(body: object): { body: string; headers: Record<string, string> } {
  return { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
}

async function apply({ api, target, draft, version }: Work): Promise<Answer> {
  const { document, comment } = draft;
  const query = comment === "" ? "" : `?${new URLSearchParams({ comment }).toString()}`;
  const answer = await api.send<PolicyItem>("PUT", `${pathOf(target)}${query}`, {
    body: document,
    headers: version === null ? { "if-none-match": "*" } : { "if-match": `"${String(version)}"` },
  });
  if (answer.ok) return { shown: null };
  const now = answer.error.status === 412 ? await api.get<PolicyItem>(pathOf(target)) : null;
  if (now?.ok !== true) return failed(answer.error);
  const read =
    version === null ? null : await api.get<PolicyItem>(`${pathOf(target)}/versions/${String(version)}`);
  return {
    shown: <Conflict read={read?.ok === true ? read.value : null} now={now.value} draft={document} />,
    version: now.value.version,
    status: 412,
  };
}
