// Statements of all sessions, searched.

import type { JSX } from "hono/jsx/jsx-runtime";
import type { StatementItem } from "../../records/items.ts";
import type { Page } from "../../records/listing.ts";
import type { Api } from "../api.ts";
import { EffectBadge, StateBadge } from "../components/badge.tsx";
import { asked, Filters } from "../components/filters.tsx";
import { Layout } from "../components/layout.tsx";
import { Pager } from "../components/pager.tsx";
import { Text } from "../components/text.tsx";
import type { ConsoleContext } from "../env.ts";
import { counted, duration, hex, moment } from "../text/format.ts";
import { page, problemPage } from "./page.tsx";

const PATH = "/console/statements";
const TEXT_CHARACTERS = 400;

export async function statementsPage(c: ConsoleContext, api: Api): Promise<Response> {
  const query = asked(c.req.url);
  const found = await api.get<Page<StatementItem>>("/statements", query);
  if (!found.ok) return problemPage(c, PATH, found.error);
  const { data, next_cursor: next } = found.value;
  const text = query.get("text");
  return page(
    c,
    <Layout title="Statements" at={PATH} signedIn={c.get("signedIn")} wide>
      <h1>Statements</h1>
      <Filters action={PATH} given={query} />
      {data.length === 0 && next === null ? (
        <div class="empty">
          <p>No statement is like that.</p>
          <p class="note">
            Text is searched in the first 65,536 characters of a statement; parameters are not searched.
          </p>
        </div>
      ) : (
        <>
          <ol class="found">
            {data.map((statement) => (
              <Found statement={statement} text={text} />
            ))}
          </ol>
          <Pager path={PATH} query={query} next={next} shown={data.length} what="statement" />
        </>
      )}
    </Layout>,
  );
}

function Found({
  statement,
  text,
}: {
  readonly statement: StatementItem;
  readonly text: string | null;
}): JSX.Element {
  const { session_id: id, seq, decision } = statement;
  return (
    <li>
      <p class="found-head">
        <a href={`/console/sessions/${id}#${String(seq)}`}>
          <time datetime={statement.started_at}>{moment(statement.started_at)}</time>{" "}
          <span class="note">#{seq}</span>
        </a>
        <EffectBadge effect={decision.effect} />
        {statement.outcome === "completed" ? null : <StateBadge state={statement.outcome} />}
        <span class="note">
          <code>
            <Text value={decision.rule} />
          </code>
          , {counted(statement.rows, "row")}
          {statement.duration_ms === null ? "" : `, ${duration(statement.duration_ms)}`}
        </span>
      </p>
      <pre class="sql short">
        <code dir="ltr">
          <Excerpt statement={statement} text={text} />
        </code>
      </pre>
      {statement.error === null ? null : (
        <p class="note">
          ! {statement.error.sqlstate} <Text value={statement.error.message.slice(0, TEXT_CHARACTERS)} />
        </p>
      )}
    </li>
  );
}

/** Around what was searched for, which is marked. */
function Excerpt({
  statement,
  text,
}: {
  readonly statement: StatementItem;
  readonly text: string | null;
}): JSX.Element {
  if (statement.statement_encoding === "base64")
    return <Text value={hex(statement.statement, TEXT_CHARACTERS / 2)} />;
  const whole = statement.statement;
  const at = text === null ? -1 : whole.toLowerCase().indexOf(text.toLowerCase());
  if (text === null || at < 0) return <Text value={cut(whole, 0, TEXT_CHARACTERS)} />;
  const from = Math.max(0, at - TEXT_CHARACTERS / 2);
  const behind = at + text.length;
  const to = Math.max(behind, from + TEXT_CHARACTERS);
  return (
    <>
      <Text value={`${from > 0 ? "…" : ""}${whole.slice(from, at).toWellFormed()}`} />
      <mark>
        <Text value={whole.slice(at, behind)} />
      </mark>
      <Text value={cut(whole, behind, to)} />
    </>
  );
}

function cut(text: string, from: number, to: number): string {
  return `${text.slice(from, to).toWellFormed()}${text.length > to ? "…" : ""}`;
}
