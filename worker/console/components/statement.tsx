// A statement, everything but its rows: what was asked, what was decided and why, what came of it, and when. The same on the
// statement's own page and in the player.

import type { Child } from "hono/jsx";
import type { JSX } from "hono/jsx/jsx-runtime";
import type { StatementItem } from "../../records/items.ts";
import { clock, counted, bytes, duration, typeName } from "../text/format.ts";
import { Badge, EffectBadge, StateBadge } from "./badge.tsx";
import { Sql } from "./sql.tsx";
import { Folded, Text } from "./text.tsx";
import { Masked, ValueText } from "./value.tsx";

/** A parameter may be a document of megabytes. */
const PARAMETER_CHARACTERS = 400;
/** Postgres takes 65,535. */
const MOST_PARAMETERS = 200;

/** Why there is no response to show. */
export const UNRECORDED = {
  rows: "",
  digest: "The policy keeps the digest and the counts of the answer.",
  counts: "The policy keeps the answer out of the record.",
  truncated: "The policy keeps the beginning of the answer, which the API gives.",
} as const satisfies Record<StatementItem["recorded"], string>;

export function StatementView({ statement }: { readonly statement: StatementItem }): JSX.Element {
  return (
    <div class="statement">
      <p class="badges">
        <EffectBadge effect={statement.decision.effect} />
        <StateBadge state={statement.outcome} />
        {statement.relations.some(({ access }) => access !== "read") ? (
          <Badge sign="✎" word="writes" tone="note" />
        ) : null}
        <span class="note">
          {statement.operation.replace("_", " ")}, {statement.protocol} protocol
        </span>
      </p>
      <div class={statement.parameters.length === 0 ? "" : "beside"}>
        <Sql statement={statement.statement} encoding={statement.statement_encoding} />
        <Parameters statement={statement} />
      </div>
      {statement.error === null ? null : (
        <div class="says bad" role="note">
          <strong>
            <span aria-hidden="true">!</span> {statement.error.severity} {statement.error.sqlstate}
          </strong>
          <p class="prewrap">
            <Folded value={statement.error.message} />
          </p>
        </div>
      )}
      {statement.outcome_detail === null ? null : <p class="says held">? {statement.outcome_detail}</p>}
      <Facts statement={statement} />
    </div>
  );
}

function Parameters({
  statement: { parameters, redactions },
}: {
  readonly statement: StatementItem;
}): JSX.Element | null {
  if (parameters.length === 0) return null;
  return (
    <div class="parameters">
      <table>
        <caption>{counted(parameters.length, "parameter")}</caption>
        <tbody>
          {parameters.slice(0, MOST_PARAMETERS).map(({ type_oid, value, encoding }, i) => (
            <tr>
              <th scope="row">${i + 1}</th>
              <td class="value">
                {redactions?.parameters.includes(i + 1) === true ? (
                  <Masked how="not recorded" />
                ) : (
                  <ValueText
                    value={value !== null && encoding === "base64" ? { base64: value } : value}
                    most={PARAMETER_CHARACTERS}
                  />
                )}
              </td>
              <td class="type">{typeName(type_oid)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {parameters.length > MOST_PARAMETERS ? (
        <p class="note">… {counted(parameters.length - MOST_PARAMETERS, "more parameter")}</p>
      ) : null}
    </div>
  );
}

function Facts({ statement }: { readonly statement: StatementItem }): JSX.Element {
  const { decision, relations, kinds } = statement;
  return (
    <dl class="facts">
      <Fact name="Rule">
        <code>
          <Text value={decision.rule} />
        </code>{" "}
        <span class="note">of policy version {decision.policy_version}</span>
        {decision.matched.length === 0 ? null : (
          <ul class="plain">
            {decision.matched.map((why) => (
              <li>
                <Text value={why} />
              </li>
            ))}
          </ul>
        )}
      </Fact>
      {kinds.length === 0 ? null : <Fact name="Does">{kinds.join(", ").replaceAll("_", " ")}</Fact>}
      {relations.length === 0 ? null : (
        <Fact name="Relations">
          <ul class="plain">
            {relations.map(({ name, access }) => (
              <li>
                {ACCESS[access]}{" "}
                <code>
                  <Text value={name} />
                </code>
              </li>
            ))}
          </ul>
        </Fact>
      )}
      <Fact name="Time">
        <time datetime={statement.started_at}>{clock(statement.started_at)}</time> UTC
        {statement.duration_ms === null ? null : `, took ${duration(statement.duration_ms)}`}
        {statement.first_byte_at === null ? null : (
          <span class="note">, first byte after {duration(wait(statement))}</span>
        )}
        {statement.added_ms === null ? null : (
          <span class="note">, the gateway's part {duration(statement.added_ms)}</span>
        )}
        {statement.held_ms === 0 ? null : (
          <span class="note">, waited for approval {duration(statement.held_ms)}</span>
        )}
      </Fact>
      <Fact name="Answer">
        {statement.command_tags.length === 0 ? null : (
          <>
            <code>
              <Text value={statement.command_tags.slice(0, 5).join("; ")} />
            </code>
            {", "}
          </>
        )}
        {counted(statement.rows, "row")}, {bytes(statement.response_bytes)}
        {statement.notices === 0 ? null : `, ${counted(statement.notices, "notice")}`}
        {statement.transaction_status === null ? null : (
          <span class="note">, {TRANSACTION[statement.transaction_status]}</span>
        )}
      </Fact>
      <Masks statement={statement} />
      {statement.response_recorded ? null : <Fact name="Not recorded">{UNRECORDED[statement.recorded]}</Fact>}
    </dl>
  );
}

/** What the policy's masks did to it. */
function Masks({ statement }: { readonly statement: StatementItem }): JSX.Element | null {
  const { masked_columns: columns, redactions, detected } = statement;
  const found = Object.entries(detected);
  if (columns.length === 0 && redactions === null && found.length === 0) return null;
  return (
    <Fact name="Masked">
      <ul class="plain">
        {columns.length === 0 ? null : <li>{counted(columns.length, "column")} of the answer</li>}
        {redactions === null || redactions.literals === 0 ? null : (
          <li>
            {counted(redactions.literals, "literal or comment", "literals and comments")} of the statement
          </li>
        )}
        {redactions === null || redactions.parameters.length === 0 ? null : (
          <li>{counted(redactions.parameters.length, "parameter")}</li>
        )}
        {redactions?.request === true ? <li>the data that the agent sent</li> : null}
        {found.map(([detector, n]) => (
          <li>
            {counted(n, "value")} by the detector {detector}
          </li>
        ))}
      </ul>
    </Fact>
  );
}

const ACCESS = { read: "reads", write: "✎ writes", define: "✎ defines" } as const;

const TRANSACTION = {
  I: "outside of a transaction",
  T: "in a transaction",
  E: "in a failed transaction",
} as const;

function wait({ first_byte_at, started_at }: StatementItem): number {
  return first_byte_at === null ? 0 : Math.max(0, Date.parse(first_byte_at) - Date.parse(started_at));
}

function Fact({ name, children }: { readonly name: string; readonly children?: Child }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
