// How the gateway and its record are: for whoever may read the record all of it, for others whether it is up.

import type { JSX } from "hono/jsx/jsx-runtime";
import type * as v from "valibot";
import type { HealthReport } from "../../health/index.ts";
import type { Health } from "../../records/items.ts";
import type { Api } from "../api.ts";
import { Badge } from "../components/badge.tsx";
import { Layout } from "../components/layout.tsx";
import { Table } from "../components/table.tsx";
import { Text } from "../components/text.tsx";
import type { ConsoleContext } from "../env.ts";
import { bytes, count, counted, moment } from "../text/format.ts";
import { page, problemPage } from "./page.tsx";

const PATH = "/console/health";

export async function healthPage(c: ConsoleContext, api: Api): Promise<Response> {
  const { roles } = c.get("signedIn").authenticated.principal;
  if (!roles.includes("auditor") && !roles.includes("admin")) return upPage(c, api);
  const found = await api.get<HealthReport>("/health");
  if (!found.ok) return problemPage(c, PATH, found.error);
  const report = found.value;
  return page(
    c,
    <Layout title="Health" at={PATH} signedIn={c.get("signedIn")} wide>
      <h1>Health</h1>
      <Problems report={report} />
      <dl class="facts wide-facts">
        <div>
          <dt>Record not in D1</dt>
          <dd>
            <BacklogFact backlog={report.backlog} />
          </dd>
        </div>
        <div>
          <dt>Log</dt>
          <dd>
            <LogFact log={report.log} />
          </dd>
        </div>
        <div>
          <dt>Verified</dt>
          <dd>
            <VerifiedFact verification={report.verification} />
          </dd>
        </div>
        <div>
          <dt>Object storage</dt>
          <dd>{OBJECTS[report.object_storage]()}</dd>
        </div>
      </dl>
      <Databases d1={report.d1} />
      <Broken verification={report.verification} />
      <Behind backlog={report.backlog} />
      <Webhooks webhooks={report.webhooks} />
      <p class="note">
        As of {moment(report.at)} UTC; <code>GET /v1/health</code> has the same for what monitors the gateway.
        While D1 does not answer, sessions go on: what they record is durable in their own storage, and is
        carried over when it is back.
      </p>
    </Layout>,
  );
}

async function upPage(c: ConsoleContext, api: Api): Promise<Response> {
  const answer = await api.raw("GET", "/healthz");
  const health = (await answer.json()) as v.InferOutput<typeof Health>;
  return page(
    c,
    <Layout title="Health" at={PATH} signedIn={c.get("signedIn")}>
      <h1>Health</h1>
      <dl class="facts wide-facts">
        <div>
          <dt>Gateway</dt>
          <dd>
            {health.status === "ok" ? (
              <Badge sign="✓" word="up" tone="good" />
            ) : (
              <Badge sign="!" word="degraded" tone="bad" />
            )}
          </dd>
        </div>
        <div>
          <dt>Record (D1)</dt>
          <dd>
            <State state={health.d1} />
          </dd>
        </div>
      </dl>
    </Layout>,
  );
}

function State({ state }: { readonly state: "ok" | "unreachable" }): JSX.Element {
  return state === "ok" ? (
    <Badge sign="✓" word="answers" tone="good" />
  ) : (
    <Badge sign="✕" word="does not answer" tone="bad" />
  );
}

const OBJECTS: Readonly<Record<HealthReport["object_storage"], () => JSX.Element>> = {
  ok: () => <State state="ok" />,
  unreachable: () => <State state="unreachable" />,
  none: () => <span class="note">none is bound as RECORDS: results are in D1</span>,
};

function Problems({ report: { status, problems } }: { readonly report: HealthReport }): JSX.Element {
  if (status === "ok")
    return (
      <p>
        <Badge sign="✓" word="all is well" tone="good" />
      </p>
    );
  return (
    <ul class="plain" aria-label="Problems">
      {problems.map(({ level, part, detail }) => (
        <li>
          {level === "failing" ? (
            <Badge sign="✕" word={part.replaceAll("_", " ")} tone="bad" />
          ) : (
            <Badge sign="!" word={part.replaceAll("_", " ")} tone="held" />
          )}{" "}
          <Text value={detail} />
        </li>
      ))}
    </ul>
  );
}

const UNKNOWN = <span class="note">unknown: the log does not answer</span>;

function BacklogFact({ backlog }: Pick<HealthReport, "backlog">): JSX.Element {
  if (backlog === null) return UNKNOWN;
  if (backlog.sessions === 0) return <span>nothing that is older than ten seconds</span>;
  return (
    <span>
      {counted(backlog.statements, "statement")} of {counted(backlog.sessions, "session")}, which hold{" "}
      {bytes(backlog.bytes)}
      {backlog.oldest_at === null ? "" : `; the oldest since ${moment(backlog.oldest_at)} UTC`}
    </span>
  );
}

function LogFact({ log }: Pick<HealthReport, "log">): JSX.Element {
  if (log.size === null) return <State state="unreachable" />;
  const ahead = log.size - (log.published_size ?? 0);
  const outside =
    log.places.length === 0
      ? "checkpoints go nowhere outside: see CHECKPOINTS, CHECKPOINT_WEBHOOK"
      : log.published_at === null
        ? "no checkpoint has gone outside yet"
        : `newest checkpoint outside: ${moment(log.published_at)} UTC, ${ahead === 0 ? "of all" : `without the last ${count(ahead)}`}`;
  return (
    <span>
      {counted(log.size, "leaf", "leaves")}{" "}
      <span class="note">
        {log.signed === true ? "signed" : "not signed"}; {outside}
      </span>
    </span>
  );
}

function VerifiedFact({ verification }: Pick<HealthReport, "verification">): JSX.Element {
  if (verification === null) return UNKNOWN;
  const { checked, waiting, last_at: last, broken } = verification;
  return (
    <span>
      {counted(broken.length, "record")} found broken, {counted(checked, "verification")} so far
      <span class="note">
        {last === null ? "" : `, the last ${moment(last)} UTC`}
        {waiting === 0 ? "" : `; ${counted(waiting, "session")} not looked at yet`}
      </span>
    </span>
  );
}

function Databases({ d1 }: Pick<HealthReport, "d1">): JSX.Element {
  return (
    <section class="apart">
      <h2>D1</h2>
      <Table
        label="Databases"
        heads={["Database", "State", { number: "Size" }, { number: "Full" }, "New sessions"]}
      >
        {d1.map(({ name, state, open, bytes: size, most_bytes: most }) => (
          <tr>
            <td>
              <Text value={name} />
            </td>
            <td>
              <State state={state} />
            </td>
            <td class="number">{size === null ? "unknown" : bytes(size)}</td>
            <td class="number">{size === null ? "" : `${((size / most) * 100).toFixed(2)} %`}</td>
            <td>{open ? "yes" : "no"}</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function Broken({ verification }: Pick<HealthReport, "verification">): JSX.Element | null {
  if (verification === null || verification.broken.length === 0) return null;
  return (
    <section class="apart">
      <h2>Broken records</h2>
      <Table label="Broken records" heads={["Session", "Target", { number: "Entry" }, "What", "Found (UTC)"]}>
        {verification.broken.map(({ session_id: id, target, entry, what, found_at: at }) => (
          <tr>
            <td>
              <a href={`/console/sessions/${encodeURIComponent(id)}`}>
                <Text value={id} />
              </a>
            </td>
            <td>
              <Text value={target ?? "unknown"} />
            </td>
            <td class="number">{entry === null ? "" : count(entry)}</td>
            <td>
              <Text value={what} />
            </td>
            <td>{moment(at)}</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function Behind({ backlog }: Pick<HealthReport, "backlog">): JSX.Element | null {
  if (backlog === null || backlog.longest.length === 0) return null;
  return (
    <section class="apart">
      <h2>Sessions that D1 does not take</h2>
      <Table
        label="Sessions that are behind"
        heads={["Session", "Target", "Since (UTC)", { number: "Statements" }, "D1 says"]}
      >
        {backlog.longest.map(({ session_id: id, target, since, statements, problem }) => (
          <tr>
            <td>
              <Text value={id} />
            </td>
            <td>
              <Text value={target} />
            </td>
            <td>{moment(since)}</td>
            <td class="number">{count(statements)}</td>
            <td>
              <Text value={problem} />
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function Webhooks({ webhooks }: Pick<HealthReport, "webhooks">): JSX.Element | null {
  if (webhooks.length === 0) return null;
  return (
    <section class="apart">
      <h2>Webhooks</h2>
      <Table
        label="Webhooks"
        heads={["Target", "State", { number: "Waiting" }, "Oldest (UTC)", { number: "Given up" }]}
      >
        {webhooks.map(({ target, state, waiting, dead, oldest_waiting_at: oldest }) => (
          <tr>
            <td>
              <Text value={target} />
            </td>
            <td>
              <State state={state} />
            </td>
            <td class="number">{waiting === null ? "" : count(waiting)}</td>
            <td>{oldest === null ? "" : moment(oldest)}</td>
            <td class="number">{dead === null ? "" : count(dead)}</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
