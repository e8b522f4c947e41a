// Policies: which targets there are, and of one the document in force with what lint says of it, its versions, and a change from
// one to the next. Editing and trying out is policy-work.tsx, for admins.

import type { JSX } from "hono/jsx/jsx-runtime";
import { parseTargets } from "../../../durable-objects/targets/index.ts";
import type { LintReport, PolicyItem, PolicyVersionItem } from "../../policies/items.ts";
import type { Page } from "../../records/listing.ts";
import type { Api } from "../api.ts";
import { DiffView } from "../components/diff-view.tsx";
import { Layout } from "../components/layout.tsx";
import { type LogEntryItem, LogNumber } from "../components/log-history.tsx";
import { Document } from "../components/policy-document.tsx";
import { Text } from "../components/text.tsx";
import type { ConsoleContext } from "../env.ts";
import { moment } from "../text/format.ts";
import { page, problemPage } from "./page.tsx";
import { draftOf, PolicyWork } from "./policy-work.tsx";

const PATH = "/console/policies";

export async function policiesPage(c: ConsoleContext, api: Api): Promise<Response> {
  const targets = parseTargets(c.env.TARGETS);
  const names = targets.ok ? [...targets.value.keys()] : [];
  const policies = await Promise.all(
    names.map(async (name) => ({ name, policy: await api.get<PolicyItem>(`/targets/${name}/policy`) })),
  );
  return page(
    c,
    <Layout title="Policies" at={PATH} signedIn={c.get("signedIn")}>
      <h1>Policies</h1>
      {names.length === 0 ? <p class="empty">No target is configured (TARGETS).</p> : null}
      <ul class="cards">
        {policies.map(({ name, policy }) => (
          <li class="card">
            <h2>
              <a href={`${PATH}/${name}`}>{name}</a>
            </h2>
            {policy.ok ? <About policy={policy.value} /> : <p class="note">{policy.error.detail}</p>}
          </li>
        ))}
      </ul>
    </Layout>,
  );
}

function About({ policy }: { readonly policy: PolicyItem }): JSX.Element {
  return (
    <p>
      {policy.version === null ? "The gateway's default" : `Version ${String(policy.version)}`}
      {policy.created_at === null ? null : (
        <span class="note">
          {" "}
          of {moment(policy.created_at)} UTC by <Text value={policy.created_by?.subject ?? ""} />
        </span>
      )}
      {policy.comment === "" ? null : (
        <>
          <br />
          <span class="note">
            <Text value={policy.comment} />
          </span>
        </>
      )}
    </p>
  );
}

export async function policyPage(c: ConsoleContext, api: Api, target: string): Promise<Response> {
  const path = `/targets/${encodeURIComponent(target)}/policy`;
  const policy = await api.get<PolicyItem>(path);
  const versions = await api.get<Page<PolicyVersionItem>>(`${path}/versions`);
  const history = await api.get<Page<LogEntryItem>>(`${path}/history?limit=200`);
  if (!versions.ok) return problemPage(c, PATH, versions.error);
  const admin = c.get("signedIn").authenticated.principal.roles.includes("admin");
  const document = policy.ok ? policy.value.document : "";
  const lint = admin && policy.ok ? await lintOf(api, target, document) : null;
  return page(
    c,
    <Layout title={`Policy of ${target}`} at={PATH} signedIn={c.get("signedIn")}>
      <h1>Policy of {target}</h1>
      {policy.ok ? <About policy={policy.value} /> : <p class="says held">{policy.error.detail}</p>}
      {policy.ok ? <Document document={document} lint={lint} /> : null}
      {admin ? (
        <PolicyWork
          target={target}
          version={policy.ok ? policy.value.version : null}
          signedIn={c.get("signedIn")}
          draft={draftOf(document)}
          open={!policy.ok}
        />
      ) : null}
      <Versions
        target={target}
        versions={versions.value.data}
        logged={history.ok ? history.value.data : []}
      />
    </Layout>,
  );
}

async function lintOf(api: Api, target: string, document: string): Promise<LintReport | null> {
  const found = await api.send<LintReport>("POST", `/policy/lint?target=${encodeURIComponent(target)}`, {
    body: document,
  });
  return found.ok ? found.value : null;
}

function Versions({
  target,
  versions,
  logged,
}: {
  readonly target: string;
  readonly versions: readonly PolicyVersionItem[];
  readonly logged: readonly LogEntryItem[];
}): JSX.Element {
  const entryOf = (version: number | null): LogEntryItem | undefined =>
    logged.find(({ leaf }) => leaf["version"] === version);
  return (
    <section>
      <h2>Versions</h2>
      {versions.length === 0 ? (
        <p class="note">There is none: the gateway's default is in force.</p>
      ) : (
        <ol class="versions">
          {versions.map(({ version, created_at: at, created_by: by, comment }) => (
            <li>
              <a href={`${PATH}/${target}/versions/${String(version)}`}>Version {version}</a>{" "}
              <span class="note">
                {at === null ? "" : `${moment(at)} UTC`} by <Text value={by?.subject ?? ""} />
              </span>{" "}
              <Text value={comment} /> <InLog entry={entryOf(version)} />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** Versions of before there was a log have no number. */
function InLog({ entry }: { readonly entry: LogEntryItem | undefined }): JSX.Element | null {
  return entry === undefined ? null : <LogNumber entry={entry} />;
}

/** What a version changed. */
export async function versionPage(
  c: ConsoleContext,
  api: Api,
  target: string,
  version: string,
): Promise<Response> {
  const path = `/targets/${encodeURIComponent(target)}/policy/versions`;
  const policy = await api.get<PolicyItem>(`${path}/${version}`);
  if (!policy.ok) return problemPage(c, `${PATH}/${target}`, policy.error);
  const before =
    Number(version) > 1 ? await api.get<PolicyItem>(`${path}/${String(Number(version) - 1)}`) : null;
  return page(
    c,
    <Layout title={`${target}, version ${version}`} at={PATH} signedIn={c.get("signedIn")}>
      <p class="crumbs">
        <a href={`${PATH}/${target}`}>Policy of {target}</a>
      </p>
      <h1>Version {version}</h1>
      <About policy={policy.value} />
      <DiffView
        before={before?.ok === true ? before.value.document : ""}
        after={policy.value.document}
        label="What changed"
      />
    </Layout>,
  );
}
