// The list of sessions: one row each, drawn by the server at first and by the page itself as live ones go on.

import type { JSX } from "hono/jsx/jsx-runtime";
import type { Activity } from "../../insight/items.ts";
import type { SessionItem } from "../../records/items.ts";
import { count, duration, moment } from "../text/format.ts";
import { Badge } from "./badge.tsx";
import { Text } from "./text.tsx";

export interface SessionRowsProps {
  readonly sessions: readonly SessionItem[];
  readonly activity: readonly Activity[];
  /** Milliseconds: for how long live ones last by now. */
  readonly now: number;
}

export function SessionRows({ sessions, activity, now }: SessionRowsProps): JSX.Element {
  const byId = new Map(activity.map((one) => [one.id, one]));
  return (
    <>
      {sessions.map((session) => (
        <SessionRow session={session} activity={byId.get(session.id) ?? null} now={now} />
      ))}
    </>
  );
}

interface RowProps {
  readonly session: SessionItem;
  readonly activity: Activity | null;
  readonly now: number;
}

function SessionRow({ session, activity, now }: RowProps): JSX.Element {
  const { counts } = session;
  return (
    <tr>
      <td class="when">
        <a href={`/console/sessions/${session.id}`}>
          <time datetime={session.started_at}>{moment(session.started_at)}</time>
        </a>
        <SessionState session={session} />
      </td>
      <td data-label="Who">
        <a
          class="plain"
          href={`/console/sessions?${new URLSearchParams({ subject: session.subject }).toString()}`}
        >
          <Text value={session.subject} />
        </a>
        {session.application_name === "" ? null : (
          <small>
            <Text value={session.application_name} />
          </small>
        )}
      </td>
      <td data-label="Target">
        {session.target} <small>policy {session.policy_version}</small>
      </td>
      <td class="number" data-label="Statements">
        {count(counts.statements)}
      </td>
      <td class="number" data-label="Refused">
        {activity === null ? "" : <Flagged n={activity.refused} sign="✕" tone="bad" />}
      </td>
      <td class="number" data-label="Held">
        {activity === null ? "" : <Flagged n={activity.held} sign="‖" tone="held" />}
      </td>
      <td class="number" data-label="Errors">
        <Flagged n={counts.failed + counts.unknown} sign="!" tone="bad" />
      </td>
      <td class="number" data-label="Rows">
        {count(counts.rows)}
      </td>
      <td class="number" data-label="Lasted">
        {duration(lasted(session, now))}
      </td>
      <td class="density-cell" data-label="Activity">
        {activity === null ? null : <Density values={activity.density} />}
      </td>
    </tr>
  );
}

export function SessionState({ session }: { readonly session: SessionItem }): JSX.Element {
  if (session.state === "live") return <Badge sign="●" word="live" tone="good" />;
  const tone = session.end_reason === "agent_terminated" ? "quiet" : "held";
  const sign = session.end_reason === "agent_terminated" ? "■" : "▲";
  return <Badge sign={sign} word={endOf(session)} tone={tone} />;
}

/** In words; that the agent said goodbye is the end that one expects. */
export function endOf({ end_reason: reason }: SessionItem): string {
  if (reason === null) return "ended";
  return reason === "agent_terminated" ? "ended by agent" : reason.replaceAll("_", " ");
}

export function lasted({ started_at, ended_at }: SessionItem, now: number): number {
  return Math.max(0, (ended_at === null ? now : Date.parse(ended_at)) - Date.parse(started_at));
}

interface FlaggedProps {
  readonly n: number;
  readonly sign: string;
  readonly tone: "bad" | "held";
}

function Flagged({ n, sign, tone }: FlaggedProps): JSX.Element {
  if (n === 0) return <span class="zero">0</span>;
  return (
    <span class={`flag ${tone}`}>
      <span aria-hidden="true">{sign}</span> {count(n)}
    </span>
  );
}

const WIDTH = 4;
const HEIGHT = 18;

/** When it was busy, from its start to its end; by roots, so that a single statement is still seen beside a thousand. */
function Density({ values }: { readonly values: readonly number[] }): JSX.Element {
  const most = Math.max(1, ...values);
  return (
    <svg
      class="density"
      viewBox={`0 0 ${String(values.length * WIDTH)} ${String(HEIGHT)}`}
      role="img"
      aria-label="When it was busy"
    >
      <line x1="0" x2={values.length * WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      {values.map((value, i) => {
        const height = value === 0 ? 0 : Math.max(2, Math.sqrt(value / most) * (HEIGHT - 1));
        return value === 0 ? null : (
          <rect x={i * WIDTH} y={HEIGHT - height} width={WIDTH - 1} height={height} />
        );
      })}
    </svg>
  );
}
