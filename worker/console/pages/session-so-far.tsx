// What the session of a request did before it, for who decides on it: its last statements, newest first. Whoever reads the record has
// the whole session.

import type { JSX } from "hono/jsx/jsx-runtime";
import type { ApprovalItem, EarlierStatement } from "../../approvals/items.ts";
import type { Page } from "../../records/listing.ts";
import type { Api } from "../api.ts";
import { EffectBadge, StateBadge } from "../components/badge.tsx";
import { Layout } from "../components/layout.tsx";
import { Text } from "../components/text.tsx";
import type { ConsoleContext } from "../env.ts";
import { counted, moment } from "../text/format.ts";
import { page, problemPage } from "./page.tsx";

const PATH = "/console/approvals";

export async function sessionSoFarPage(c: ConsoleContext, api: Api, id: string): Promise<Response> {
  const none = new URLSearchParams();
  const [approval, earlier] = await Promise.all([
    api.get<ApprovalItem>(`/approvals/${id}`, none),
    api.get<Page<EarlierStatement>>(`/approvals/${id}/session`, none),
  ]);
  if (!approval.ok) return problemPage(c, PATH, approval.error);
  if (!earlier.ok) return problemPage(c, PATH, earlier.error);
  const { seq, requester } = approval.value;
  const { data } = earlier.value;
  return page(
    c,
    <Layout title="The session so far" at={PATH} signedIn={c.get("signedIn")} wide>
      <p class="crumbs">
        <a href={PATH}>Approvals</a>
        <a href={`${PATH}/${id}`}>The request</a>
      </p>
      <h1>The session so far</h1>
      <p>
        What <Text value={requester.subject} /> did before statement {seq}, which asks for approval.
      </p>
      {data.length === 0 ? (
        <div class="empty">
          <p>It is the first statement of its session.</p>
        </div>
      ) : (
        <ol class="found">
          {data.map((statement) => (
            <Earlier statement={statement} />
          ))}
        </ol>
      )}
      {(data.at(-1)?.seq ?? 1) > 1 ? <p class="note">Earlier ones are not shown here.</p> : null}
    </Layout>,
  );
}

function Earlier({ statement }: { readonly statement: EarlierStatement }): JSX.Element {
  const { seq, effect, outcome, rule, rows, sqlstate, kinds, relations } = statement;
  return (
    <li>
      <p class="found-head">
        <time datetime={statement.started_at}>{moment(statement.started_at)}</time>
        <span class="note">#{seq}</span>
        <EffectBadge effect={effect} />
        {outcome === "completed" ? null : <StateBadge state={outcome} />}
        <span class="note">
          <code>
            <Text value={rule} />
          </code>
          , {counted(rows, "row")}
          {sqlstate === null ? "" : `, SQLSTATE ${sqlstate}`}
        </span>
      </p>
      {statement.statement === null ? (
        <p class="note">
          Its text is for auditors: the record may hold values that the policy masks. It does{" "}
          {kinds.join(", ").replaceAll("_", " ")} (<Text value={relations.join(", ")} />
          ).
        </p>
      ) : (
        <pre class="sql short">
          <code dir="ltr">
            <Text value={statement.statement} />
          </code>
        </pre>
      )}
    </li>
  );
}
