// A session: who and what it was, and its player. The player is put to life by client/session.ts; without scripts the list of
// statements below stands for it.

import type { Child } from "hono/jsx";
import type { JSX } from "hono/jsx/jsx-runtime";
import type { EventItem, SessionItem, StatementItem } from "../../records/items.ts";
import type { Page } from "../../records/listing.ts";
import type { Api } from "../api.ts";
import { EffectBadge, StateBadge } from "../components/badge.tsx";
import { Events, reasonIn } from "../components/events.tsx";
import { FormToken, Layout } from "../components/layout.tsx";
import { Pager } from "../components/pager.tsx";
import { endOf, lasted, SessionState } from "../components/session-rows.tsx";
import { Text } from "../components/text.tsx";
import type { ConsoleContext, SignedIn } from "../env.ts";
import { clock, count, counted, duration, moment } from "../text/format.ts";
import { hex } from "../text/format.ts";
import { page, problemPage } from "./page.tsx";
import { PlayerFrame } from "./player-frame.tsx";

const PATH = "/console/sessions";
const LINE_CHARACTERS = 160;

export async function sessionPage(c: ConsoleContext, api: Api, id: string): Promise<Response> {
  const cursor = c.req.query("cursor");
  const query = new URLSearchParams(cursor === undefined ? {} : { cursor });
  const [session, statements, events] = await Promise.all([
    api.get<SessionItem>(`/sessions/${id}`),
    api.get<Page<StatementItem>>(`/sessions/${id}/statements`, query),
    api.get<Page<EventItem>>(`/sessions/${id}/events?limit=200`),
  ]);
  if (!session.ok) return problemPage(c, PATH, session.error);
  if (!statements.ok) return problemPage(c, PATH, statements.error);
  const { data, next_cursor: next } = statements.value;
  return page(
    c,
    <Layout
      title={`${session.value.subject.slice(0, 60)}, ${moment(session.value.started_at)}`}
      at={PATH}
      signedIn={c.get("signedIn")}
      scripts={["session"]}
      preload={`/console/v1/sessions/${id}/marks?from=1`}
      wide
    >
      <Header
        session={session.value}
        signedIn={c.get("signedIn")}
        reason={events.ok ? reasonIn(events.value.data) : null}
      >
        {events.ok ? <Events events={events.value.data} more={events.value.next_cursor !== null} /> : null}
      </Header>
      <PlayerFrame
        session={session.value}
        mayCheck={c.get("signedIn").authenticated.principal.roles.includes("admin")}
      />
      <section id="fallback" aria-label="Statements">
        <h2>Statements</h2>
        {data.length === 0 ? (
          <p class="empty">
            This session has run no statement{session.value.state === "live" ? " yet" : ""}.
          </p>
        ) : (
          <>
            <ol class="statements">
              {data.map((statement) => (
                <Line statement={statement} />
              ))}
            </ol>
            <Pager path={`${PATH}/${id}`} query={query} next={next} shown={data.length} what="statement" />
          </>
        )}
      </section>
    </Layout>,
  );
}

interface HeaderProps {
  readonly session: SessionItem;
  readonly signedIn: SignedIn;
  /** What the agent says that its work is for. */
  readonly reason: string | null;
  readonly children?: Child;
}

function Header({ session, signedIn, reason, children }: HeaderProps): JSX.Element {
  const { counts } = session;
  return (
    <header class="session-head">
      <div class="title">
        <h1>
          <Text value={session.subject} />
        </h1>
        <SessionState session={session} />
        <span class="note">
          on {session.target}, {moment(session.started_at)} UTC, {session.state === "live" ? "for" : "lasted"}{" "}
          {duration(lasted(session, Date.now()))}; {counted(counts.statements, "statement")},{" "}
          {counted(counts.rows, "row")}
        </span>
        <div class="actions">
          <button type="button" class="quiet" id="verify" hidden>
            Verify here
          </button>
          <a class="button quiet" href={`/console/v1/sessions/${session.id}/export`}>
            Export
          </a>
          <a class="button quiet" href={`/console/v1/sessions/${session.id}/statements?format=csv`}>
            CSV
          </a>
          {session.state === "live" && signedIn.authenticated.principal.roles.includes("admin") ? (
            <form
              method="post"
              action={`${PATH}/${session.id}/end`}
              data-confirm="End this session now? The agent gets 57P01."
            >
              <FormToken signedIn={signedIn} />
              <button class="danger" type="submit">
                End session
              </button>
            </form>
          ) : null}
        </div>
      </div>
      <div id="verdict" role="status" hidden></div>
      {session.end_detail === null ? null : (
        <p class="says held">
          <Text value={session.end_detail} />
        </p>
      )}
      {reason === null ? null : (
        <p class="reason">
          “<Text value={reason} />”
        </p>
      )}
      <details class="who-details">
        <summary>
          {session.roles.join(", ")} by {new URL(session.issuer).host}, policy version{" "}
          {session.policy_version}
        </summary>
        <dl class="facts">
          {facts(session).map(([name, value]) => (
            <div>
              <dt>{name}</dt>
              <dd>
                <Text value={value} />
              </dd>
            </div>
          ))}
        </dl>
      </details>
      {children}
    </header>
  );
}

function facts(session: SessionItem): readonly (readonly [string, string])[] {
  const { counts } = session;
  const found: readonly (readonly [string, string | null])[] = [
    ["Session", session.id],
    ["Issuer", session.issuer],
    ["Groups", session.groups.join(", ")],
    ["Token expires", `${moment(session.token_expires_at)} UTC`],
    ["Application", session.application_name],
    ["Called itself", session.client_user],
    ["From", session.client_address],
    ["By", session.user_agent],
    ["Protocol", session.protocol_version],
    ["Ended", session.ended_at === null ? null : `${moment(session.ended_at)} UTC, ${endOf(session)}`],
    ["Chain", chainOf(session)],
    [
      "Kept",
      session.hold === null
        ? null
        : `from retention, by ${session.hold.subject} since ${moment(session.hold.at)} UTC: ${session.hold.reason}`,
    ],
    ["Failed", count(counts.failed)],
    ["Outcome lost", counts.unknown === 0 ? null : count(counts.unknown)],
    ["Not recorded", counts.unrecorded === 0 ? null : count(counts.unrecorded)],
  ];
  return found.flatMap(([name, value]) => (value === null || value === "" ? [] : [[name, value] as const]));
}

function chainOf({ state, chain_head: head }: SessionItem): string {
  if (head !== null)
    return `${counted(head.entries, "entry", "entries")}, the last one's hash is ${head.hash}`;
  return state === "live" ? "open: its end is signed when the session ends" : "none";
}

function Line({ statement }: { readonly statement: StatementItem }): JSX.Element {
  const text = statement.statement_encoding === "base64" ? hex(statement.statement, 60) : statement.statement;
  return (
    <li value={statement.seq}>
      <a href={`${PATH}/${statement.session_id}/statements/${String(statement.seq)}`}>
        <code>
          <Text value={text.slice(0, LINE_CHARACTERS).replaceAll(/\s+/g, " ").toWellFormed() || "(empty)"} />
        </code>
      </a>
      <span class="line-facts">
        {statement.decision.effect === "allow" ? null : <EffectBadge effect={statement.decision.effect} />}
        {statement.outcome === "completed" ? null : <StateBadge state={statement.outcome} />}
        <span class="note">
          {clock(statement.started_at)}
          {statement.duration_ms === null ? "" : `, ${duration(statement.duration_ms)}`},{" "}
          {counted(statement.rows, "row")}
        </span>
      </span>
    </li>
  );
}
