// What happened in a session beside its statements, each as a sentence.

import type { JSX } from "hono/jsx/jsx-runtime";
import * as v from "valibot";
import type { EventItem } from "../../records/items.ts";
import { clock, counted } from "../text/format.ts";
import { Asides } from "./asides.tsx";
import type { Response } from "./response.tsx";
import { Text } from "./text.tsx";

interface Props {
  readonly events: readonly EventItem[];
  readonly more: boolean;
}

export function Events({ events, more }: Props): JSX.Element | null {
  if (events.length === 0) return null;
  return (
    <details class="who-details">
      <summary>
        {more ? "more than " : ""}
        {counted(events.length, "event")} beside the statements
      </summary>
      <ol class="plain-list">
        {events.map((event) => (
          <li>
            <span class="note">{clock(event.at)}</span> <Sentence event={event} />
          </li>
        ))}
      </ol>
    </details>
  );
}

function Sentence({ event: { kind, detail, message } }: { readonly event: EventItem }): JSX.Element {
  if (message !== null) return <Asides response={message as Response} />;
  switch (kind) {
    case "reason":
      return (
        <>
          The agent said what its work is for: “<Text value={detail} />”
        </>
      );
    case "policy_changed":
      return (
        <>
          From here on policy version <Text value={detail} /> decides.
        </>
      );
    case "database_role":
      return (
        <>
          PostgreSQL knows this session as{" "}
          <code>
            <Text value={detail} />
          </code>
        </>
      );
    case "cancel_requested":
      return <>The agent asked to cancel what runs.</>;
    case "approval":
      return <About detail={detail} />;
    default:
      return (
        <>
          {kind.replaceAll("_", " ")} <Text value={detail} />
        </>
      );
  }
}

const Approval = v.object({
  id: v.string(),
  seq: v.number(),
  state: v.string(),
  votes: v.optional(
    v.array(v.object({ subject: v.string(), verdict: v.string(), reason: v.optional(v.string(), "") })),
    [],
  ),
});

const STATES: Readonly<Record<string, string>> = {
  pending: "waits for a person",
  approved: "was approved",
  denied: "was denied",
  expired: "was decided on by nobody in time",
  withdrawn: "waits no longer: its agent gave up, or was lost",
  executed: "was let go, and has run",
  failed: "was let go, and has failed",
};

/** An approval's event is JSON; what is not as it was is shown as it is. */
function About({ detail }: { readonly detail: string }): JSX.Element {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Approval), detail);
  if (!parsed.success) return <Text value={detail} />;
  const { seq, state, votes } = parsed.output;
  return (
    <>
      <a href={`#${String(seq)}`}>Statement {seq}</a> {STATES[state] ?? <Text value={state} />}
      {votes.map(({ subject, verdict, reason }) => (
        <>
          ; {verdict === "approve" ? "✓" : "✕"} <Text value={subject} />
          {reason === "" ? null : (
            <>
              : “<Text value={reason} />”
            </>
          )}
        </>
      ))}
    </>
  );
}

/** What the agent said last that its work is for; null where it said nothing. */
export function reasonIn(events: readonly EventItem[]): string | null {
  return events.findLast(({ kind }) => kind === "reason")?.detail ?? null;
}
