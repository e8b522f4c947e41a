// What a grant is limited to, and how much of it has been used: sentences, of the limits that there are.

import type { JSX } from "hono/jsx/jsx-runtime";
import type { GrantItem } from "../../grants/items.ts";
import { bytes, count, counted, duration } from "../text/format.ts";
import { Text } from "./text.tsx";

export function GrantLimits({ grant }: { readonly grant: GrantItem }): JSX.Element | null {
  const said = [...perStatement(grant.limits), ...overItsLife(grant)];
  if (said.length === 0 && grant.used_up === null) return null;
  return (
    <div>
      <dt>Limits</dt>
      <dd>
        <ul class="plain">
          {said.map((sentence) => (
            <li>{sentence}</li>
          ))}
          {grant.used_up === null ? null : (
            <li>
              <strong>
                <span aria-hidden="true">■</span> used up: <Text value={grant.used_up.replaceAll("_", " ")} />
              </strong>
            </li>
          )}
        </ul>
      </dd>
    </div>
  );
}

function perStatement(limits: GrantItem["limits"]): readonly string[] {
  const {
    rows_returned: returned,
    rows_changed: changed,
    bytes_returned: size,
    statement_time_ms: time,
  } = limits;
  const each = [
    returned.statement === null ? null : `${counted(returned.statement, "row")} returned`,
    changed.statement === null ? null : `${counted(changed.statement, "row")} changed`,
    size === null ? null : bytes(size),
    time === null ? null : time % 1000 === 0 ? `${count(time / 1000)}\u00a0s` : duration(time),
  ].filter((part) => part !== null);
  return each.length === 0 ? [] : [`a statement: ${each.join(", ")}`];
}

function overItsLife({ limits, used }: GrantItem): readonly string[] {
  const total = (most: number | null, so: number, what: string): readonly string[] =>
    most === null ? [] : [`in all: ${count(most)} ${what}, ${count(so)} so far`];
  return [
    ...total(limits.statements, used.statements, "statements"),
    ...total(limits.rows_returned.grant, used.rows_returned, "rows returned"),
    ...total(limits.rows_changed.grant, used.rows_changed, "rows changed"),
  ];
}
