// What came with a response beside its rows: copied data, what PostgreSQL or the gateway said, notifications, settings that changed,
// and where the record of it breaks off.

import type { JSX } from "hono/jsx/jsx-runtime";
import { count, counted } from "../text/format.ts";
import type { Response, ResultItem } from "./response.tsx";
import { Folded, Text } from "./text.tsx";
import { type Value, ValueText } from "./value.tsx";

/** Of copied data: the rest is in the downloads. */
const MOST_LINES = 200;
const LINE_CHARACTERS = 500;

export function Asides({ response }: { readonly response: Response }): JSX.Element {
  const { results, error, notices, notifications, parameter_status: settings, omitted, fault } = response;
  return (
    <>
      {results.map((result) => (
        <Copied result={result} />
      ))}
      {error === null || !saysMore(error) ? null : (
        <div class="says">
          <strong>With the error the agent was told</strong>
          <Advice report={error} />
        </div>
      )}
      {notices.map((notice) => (
        <div class="says note-box">
          <strong>
            <span aria-hidden="true">i</span> {notice["severity"]} {notice["sqlstate"]}
          </strong>
          <p class="prewrap">
            <Folded value={notice["message"] ?? ""} />
          </p>
          <Advice report={notice} />
        </div>
      ))}
      {notifications.map(({ channel, payload }) => (
        <p class="says note-box">
          Notification on <Text value={channel} />: <Folded value={payload} />
        </p>
      ))}
      {settings.map(({ name, value }) => (
        <p class="note">
          <Text value={`${name} is now ${value}`} />
        </p>
      ))}
      {omitted === 0 ? null : (
        <p class="note">and {counted(omitted, "more notice or its like", "more notices and their like")}</p>
      )}
      {fault === null ? null : <p class="says bad">! The rest of this response cannot be read: {fault}</p>}
    </>
  );
}

/** What of an error or notice says more than its message, which stands elsewhere. */
const MORE = { detail: "Detail", hint: "Hint", where: "Where", position: "At character" } as const;

type Report = Readonly<Record<string, string>>;

function saysMore(report: Report): boolean {
  return Object.keys(MORE).some((field) => report[field] !== undefined);
}

function Advice({ report }: { readonly report: Report }): JSX.Element | null {
  if (!saysMore(report)) return null;
  const said = Object.entries(MORE).filter(([field]) => report[field] !== undefined);
  return (
    <dl class="advice">
      {said.map(([field, name]) => (
        <div>
          <dt>{name}</dt>
          <dd class="prewrap">
            <Folded value={report[field] ?? ""} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Copied({ result: { copy } }: { readonly result: ResultItem }): JSX.Element | null {
  if (copy === null) return null;
  const { direction, format, data } = copy;
  const [what, shown] = [`Copied ${direction}, ${format}`, data.slice(0, MOST_LINES)];
  return (
    <>
      <p class="result-head">
        {what}, {counted(data.length, "message")}
        {data.length > MOST_LINES ? `: the first ${count(MOST_LINES)}, all of them in the downloads` : ""}
      </p>
      {data.length === 0 ? null : (
        <pre class="copied" tabindex={0} aria-label={what}>
          {shown.map((line) => (
            <>
              <ValueText value={withoutEnd(line)} most={LINE_CHARACTERS} />
              {"\n"}
            </>
          ))}
        </pre>
      )}
    </>
  );
}

function withoutEnd(line: Value): Value {
  return typeof line === "string" ? line.replace(/\r?\n$/, "") : line;
}
