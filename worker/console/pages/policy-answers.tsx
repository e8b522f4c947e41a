// What comes of working on a policy, in the page: the decision on a statement, what a draft would have decided otherwise, and somebody
// else's version that came in between.

import type { JSX } from "hono/jsx/jsx-runtime";
import type { CheckedStatement, PolicyItem, ReplayReport } from "../../policies/items.ts";
import { EffectBadge } from "../components/badge.tsx";
import { DiffView } from "../components/diff-view.tsx";
import { Sql } from "../components/sql.tsx";
import { Text } from "../components/text.tsx";
import { count, counted, moment } from "../text/format.ts";

export function Checked({ checked }: { readonly checked: CheckedStatement }): JSX.Element {
  const { decision, refusal, relations, kinds, bounded } = checked;
  return (
    <section class="card" role="status">
      <h2 class="found-head">
        <EffectBadge effect={decision.effect} /> by <code>{decision.rule}</code>
      </h2>
      <Sql statement={checked.statement} encoding="utf8" />
      <dl class="facts">
        <Entry name="Does" value={kinds.join(", ").replaceAll("_", " ")} />
        <Entry name="Relations" value={relations.map(({ name, access }) => `${access} ${name}`).join(", ")} />
        <Entry name="Rows" value={(bounded ?? "").replaceAll("_", " ")} />
        <Entry name="Because" value={decision.matched.join("; ")} />
        <Entry
          name="Agent is told"
          value={refusal === null ? "" : `${refusal.sqlstate}: ${refusal.message}`}
        />
        <Entry name="and" value={refusal?.hint ?? ""} />
      </dl>
    </section>
  );
}

function Entry({ name, value }: { readonly name: string; readonly value: string }): JSX.Element | null {
  if (value === "") return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <Text value={value} />
      </dd>
    </div>
  );
}

export function Replayed({ report }: { readonly report: ReplayReport }): JSX.Element {
  const { counts, statements, examples } = report;
  return (
    <section class="card" role="status">
      <h2>{counted(statements, "statement")} of the last week, decided by the draft</h2>
      <ul class="legend">
        <li>
          <b>{count(counts.unchanged)}</b> as before
        </li>
        <li>
          <b>{count(counts.newly_refused)}</b> newly refused
        </li>
        <li>
          <b>{count(counts.newly_held)}</b> newly held
        </li>
        <li>
          <b>{count(counts.newly_allowed)}</b> newly allowed
        </li>
        <li>
          <b>{count(counts.not_decidable)}</b> not decidable any more
        </li>
      </ul>
      {report.next_cursor === null ? null : <p class="note">The period holds more: these are its first.</p>}
      <ol class="found">
        {examples.map(({ kind, session_id: id, seq, subject, statement, before, after }) => (
          <li>
            <p class="found-head">
              <a href={`/console/sessions/${id}/statements/${String(seq)}`}>{kind.replaceAll("_", " ")}</a>
              <Text value={subject} />
              <EffectBadge effect={before.effect} /> <code>{before.rule}</code>
              {after === null ? null : (
                <>
                  → <EffectBadge effect={after.effect} /> <code>{after.rule}</code>
                </>
              )}
            </p>
            <pre class="sql short">
              <code dir="ltr">
                <Text value={statement} />
              </code>
            </pre>
          </li>
        ))}
      </ol>
    </section>
  );
}

interface ConflictProps {
  /** The draft was made of it; null: there was none. */
  readonly read: PolicyItem | null;
  readonly now: PolicyItem;
  readonly draft: string;
}

/** Nothing was overwritten: who was faster, what they changed, and what putting the draft in force all the same would undo. */
export function Conflict({ read, now, draft }: ConflictProps): JSX.Element {
  const version = String(now.version ?? 0);
  return (
    <section role="alert">
      <div class="says held">
        <h2>
          <span aria-hidden="true">▲</span> Version {version} came in between: yours is not in force
        </h2>
        <p>
          <Text value={now.created_by?.subject ?? "somebody"} /> put it in force
          {now.created_at === null ? "" : ` at ${moment(now.created_at)} UTC`}
          {now.comment === "" ? "." : ": "}
          <Text value={now.comment} />
        </p>
        <p>Your draft is below as you wrote it. Put in force now, it replaces version {version}.</p>
      </div>
      <h2>What version {version} changed</h2>
      <DiffView
        before={read?.document ?? ""}
        after={now.document}
        label={`What version ${version} changed`}
      />
      <h2>What your draft would change of it</h2>
      <DiffView before={now.document} after={draft} label="What your draft would change" />
    </section>
  );
}
