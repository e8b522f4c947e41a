// The filters of the searched lists, as a form that puts them into the address: a search can be sent to somebody.

import type { JSX } from "hono/jsx/jsx-runtime";
import { EFFECTS } from "#core/policy";
import { ACCESSES, CLASS_NAMES, KIND_NAMES } from "../../records/filter.ts";

export const FILTERS = [
  "subject",
  "target",
  "relation",
  "access",
  "kind",
  "decision",
  "rule",
  "text",
  "from",
  "to",
] as const;
type Filter = (typeof FILTERS)[number];

interface Props {
  readonly action: string;
  readonly given: URLSearchParams;
}

export function Filters({ action, given }: Props): JSX.Element {
  const value = (name: Filter): string => given.get(name) ?? "";
  const some = FILTERS.some((name) => value(name) !== "");
  return (
    <form method="get" action={action} class="filters" role="search" data-drop-empty="">
      <label class="grow">
        Statement holds
        <input type="search" name="text" value={value("text")} maxlength={1000} placeholder="any text" />
      </label>
      <label>
        Subject
        <input name="subject" value={value("subject")} maxlength={1000} autocomplete="off" />
      </label>
      <label>
        Relation
        <input
          name="relation"
          value={value("relation")}
          maxlength={300}
          placeholder="public.orders"
          autocomplete="off"
        />
      </label>
      <Choice name="decision" label="Decision" values={EFFECTS} given={value("decision")} />
      <div class="actions">
        <button type="submit">Search</button>
        {some ? <a href={action}>Clear</a> : null}
      </div>
      <details
        class="more-filters"
        open={["target", "access", "kind", "rule", "from", "to"].some((name) => given.has(name))}
      >
        <summary>More filters</summary>
        <div>
          <Choice name="access" label="Access" values={ACCESSES} given={value("access")} />
          <label>
            Kind
            <input
              name="kind"
              value={value("kind")}
              list="kinds"
              autocomplete="off"
              placeholder="select, ddl …"
            />
          </label>
          <datalist id="kinds">
            {[...CLASS_NAMES, ...KIND_NAMES].map((name) => (
              <option value={name}></option>
            ))}
          </datalist>
          <label>
            Rule
            <input name="rule" value={value("rule")} maxlength={300} autocomplete="off" />
          </label>
          <label>
            Target
            <input name="target" value={value("target")} maxlength={63} autocomplete="off" />
          </label>
          <label>
            From (UTC)
            <input type="datetime-local" name="from" step="1" value={localTime(value("from"))} />
          </label>
          <label>
            To (UTC)
            <input type="datetime-local" name="to" step="1" value={localTime(value("to"))} />
          </label>
        </div>
      </details>
    </form>
  );
}

interface ChoiceProps {
  readonly name: Filter;
  readonly label: string;
  readonly values: readonly string[];
  readonly given: string;
}

function Choice({ name, label, values, given }: ChoiceProps): JSX.Element {
  return (
    <label>
      {label}
      <select name={name}>
        <option value="">any</option>
        {values.map((value) => (
          <option value={value} selected={value === given}>
            {value}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The filters of an address as the API takes them: what was left empty is not asked for, times of a form are UTC. */
export function asked(url: string): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of new URL(url).searchParams) {
    if (value === "") continue;
    query.append(name, name === "from" || name === "to" ? instant(value) : value);
  }
  return query;
}

/** "2026-11-20T09:00" of a form field -> RFC 3339. */
function instant(value: string): string {
  const [, minutes, seconds] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d(?:\.\d+)?)?$/.exec(value) ?? [];
  return minutes === undefined ? value : `${minutes}${seconds ?? ":00"}Z`;
}

function localTime(value: string): string {
  return value.replace(/(?:\.\d+)?Z$/, "");
}
