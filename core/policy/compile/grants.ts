// Just-in-time access as rules: an active grant is one more that allows, for its time, and what of a document may be granted
// to whom.

import { KIND_CLASSES, type StatementFacts, type StatementKind } from "#core/sql";
import { err, ok, type Result } from "../../result.ts";
import type { PolicyDocument } from "../document/document.ts";
import { type ColumnPattern, type NamePattern, parseNamePattern } from "../document/patterns.ts";
import { ALWAYS, kindsOf } from "../document/rules.ts";
import type { ActiveGrant, GrantTerms } from "../grants.ts";
import { Condition } from "./conditions.ts";
import { type Asker, type Layers, layersOf } from "./layers.ts";
import { isOf } from "./mask-names.ts";
import { NameList } from "./name-list.ts";

/** An active grant as conditions. */
export interface GrantConditions {
  /** All that the statement does is granted: whatever asks for approval, or grants by a list, is not asked. */
  readonly whole: Condition;
  /** It only reads, and reads beside what is granted what may be read anyway; null: nothing that reads is granted. */
  readonly joined: Condition | null;
}

/** Denials, in lists and rules, hold all the same (compile.ts). */
export function grantConditions(
  grants: readonly ActiveGrant[],
  readable: readonly NamePattern[],
): readonly GrantConditions[] {
  return grants.map(({ id, relations, kinds, from, until }) => {
    const granted = relations.flatMap((name) => {
      const pattern = parseNamePattern(name);
      return pattern.ok ? [pattern.value] : [];
    });
    const time = { days: null, from: null, until: null, zone: "UTC", after: from, before: until };
    const condition = (kind: ReadonlySet<StatementKind>, relation: readonly NamePattern[]): Condition =>
      new Condition({
        id: `grant.${id}`,
        when: { ...ALWAYS, kind, relation, time },
        effect: "allow",
        approve: null,
        record: null,
        hint: null,
        path: "grants",
      });
    const reads = new Set(kinds.filter((kind) => KIND_CLASSES[kind] === "read"));
    return {
      whole: condition(new Set(kinds), granted),
      joined: reads.size === 0 ? null : condition(reads, [...granted, ...readable]),
    };
  });
}

/** What the document lets a grant show raw, of the relations that are granted to be read; named by the grant. */
export function grantedColumns(
  { grants: terms }: Layers,
  grants: readonly ActiveGrant[],
): readonly ColumnPattern[] {
  if (terms === null || terms.exempt.length === 0) return [];
  return grants
    .filter(({ kinds }) => kinds.some((kind) => KIND_CLASSES[kind] === "read"))
    .flatMap(({ id, relations }) =>
      relations.flatMap((name) => {
        const relation = parseNamePattern(name);
        if (!relation.ok || relation.value.schema === null) return [];
        const { schema, name: table } = relation.value;
        return terms.exempt
          .filter((pattern) => pattern.relation !== null && isOf(pattern.relation, schema.text, table.text))
          .map(({ column }): ColumnPattern => ({
            source: `${name}.${column.text} (grant ${id})`,
            negated: false,
            relation: relation.value,
            column,
          }));
      }),
    );
}

/** null: nothing may be asked for. */
export function grantTerms(document: PolicyDocument, asker: Asker): GrantTerms | null {
  return layersOf(document, asker).grants;
}

export interface GrantWish {
  readonly relations: readonly string[];
  /** Kinds or classes of kinds. */
  readonly kinds: readonly string[];
  readonly durationMs: number;
}

/** What is asked for, in exact names and kinds; or why it cannot be, in words for who asks. */
export function grantable(
  terms: GrantTerms,
  wish: GrantWish,
): Result<{ readonly kinds: readonly StatementKind[]; readonly auto: boolean }, string> {
  const allowed = new NameList(terms.relations);
  for (const name of wish.relations) {
    const pattern = parseNamePattern(name);
    const { schema, name: relation, exact } = pattern.ok ? pattern.value : NOTHING;
    if (!exact || schema === null) return err(`"relations": write exact names such as public.orders`);
    if (!allowed.grants(schema.text, relation.text)) return err(`${name} cannot be asked for on this target`);
  }
  const kinds = new Set<StatementKind>();
  for (const word of wish.kinds) {
    const named = kindsOf(word as StatementKind).filter((kind) => terms.kinds.has(kind));
    if (named.length === 0) return err(`${word} cannot be asked for: ${[...terms.kinds].join(", ")} can`);
    for (const kind of named) kinds.add(kind);
  }
  if (wish.durationMs > terms.longestMs)
    return err(`the longest that can be asked for is ${Math.floor(terms.longestMs / 60_000)} minutes`);
  return ok({ kinds: [...kinds].sort(), auto: [...kinds].every((kind) => terms.auto.has(kind)) });
}

/** Names only: what would have to be asked for, where it may be. null: a grant would not help. */
export function requestHint(terms: GrantTerms, { kinds, accesses }: StatementFacts): string | null {
  const allowed = new NameList(terms.relations);
  const wanted = accesses.filter(({ via }) => via.length === 0).map(({ relation }) => relation);
  if (wanted.length === 0 || kinds.some((kind) => !terms.kinds.has(kind))) return null;
  if (wanted.some(({ schema, name }) => !allowed.grants(schema, name))) return null;
  const names = [...new Set(wanted.map(({ schema, name }) => `${quoted(schema)}.${quoted(name)}`))];
  return `Ask for it: sluice request ${names.join(" ")} --kind ${kinds.join(",")} --for 30min --reason TEXT, or POST /v1/grants.`;
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

const NOTHING: Pick<NamePattern, "schema" | "name" | "exact"> = {
  schema: null,
  name: { text: "", wild: false },
  exact: false,
};
