// Just-in-time access as rules: an active grant is one more that allows, for its time, and what of a document may be granted
// to whom.

import { type Access, KIND_CLASSES, type StatementFacts, type StatementKind } from "#core/sql";
import { err, ok, type Result } from "../../result.ts";
import type { PolicyDocument } from "../document/document.ts";
import { type ColumnPattern, type NamePattern, parseNamePattern } from "../document/patterns.ts";
import { ALWAYS, kindsOf } from "../document/rules.ts";
import { formatDuration } from "../document/units.ts";
import {
  GRANT_LIMIT_NAMES,
  GRANT_LIMITS,
  type GrantLimits,
  grantLimitsWith,
  type GrantUse,
  widerThan,
} from "../grant-limits.ts";
import type { ActiveGrant, GrantTerms } from "../grants.ts";
import { Condition } from "./conditions.ts";
import { type Asker, type Layers, layersOf } from "./layers.ts";
import { isOf } from "./mask-names.ts";
import { NameList } from "./name-list.ts";

/** An active grant as conditions. */
export interface GrantConditions {
  readonly id: string;
  /** All that the statement does is granted: whatever asks for approval, or grants by a list, is not asked. */
  readonly whole: Condition;
  /** It only reads, locks nothing, and reads beside what is granted what may be read anyway; null: nothing that reads is granted. */
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
    const writes = kinds.some((kind) => KIND_CLASSES[kind] === "write");
    const condition = (
      kind: ReadonlySet<StatementKind>,
      relation: readonly NamePattern[],
      locks: boolean,
    ): Condition =>
      new Condition({
        id: `grant.${id}`,
        // What may be read may not be locked for that (FOR UPDATE): it keeps others from writing.
        when: { ...ALWAYS, kind: withCursors(kind), relation, time, action: locks ? null : ["select"] },
        effect: "allow",
        approve: null,
        record: null,
        hint: null,
        path: "grants",
      });
    const reads = new Set(kinds.filter((kind) => KIND_CLASSES[kind] === "read"));
    return {
      id,
      whole: condition(new Set(kinds), granted, writes),
      joined: reads.size === 0 ? null : condition(reads, [...granted, ...readable], false),
    };
  });
}

/** Reading piece by piece is reading. What a cursor is declared for has to be granted as well: both are kinds of the statement. */
function withCursors(kinds: ReadonlySet<StatementKind>): ReadonlySet<StatementKind> {
  return kinds.has("select") ? new Set([...kinds, "declare", "fetch"]) : kinds;
}

const SHOWS_RAW = /\(grant (\S+)\)$/;

/** Grants with limits that a statement uses: the one that allows it, and those that show it columns raw. */
export function grantsUsed(
  grants: readonly ActiveGrant[],
  allowedBy: string | null,
  exempted: readonly string[],
): readonly GrantUse[] {
  const ids = new Set(exempted.flatMap((source) => SHOWS_RAW.exec(source)?.[1] ?? []));
  if (allowedBy !== null) ids.add(allowedBy);
  if (ids.size === 0) return [];
  return grants
    .filter(({ id, limits }) => ids.has(id) && GRANT_LIMITS.some((name) => limits[name] !== null))
    .map(({ id, limits }) => ({ id, limits }));
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
  readonly limits: Partial<GrantLimits>;
}

export interface Grantable {
  readonly kinds: readonly StatementKind[];
  readonly limits: GrantLimits;
  readonly auto: boolean;
}

/** What is asked for, in exact names and kinds; or why it cannot be, in words for who asks. */
export function grantable(terms: GrantTerms, wish: GrantWish): Result<Grantable, string> {
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
  const limits = grantLimitsWith(wish.limits, terms.limits.usual);
  const wider = widerThan(limits, terms.limits.most);
  if (wider !== null) return err(`${limitWords(wider, terms.limits.most)} is the most that can be asked for`);
  return ok({ kinds: [...kinds].sort(), limits, auto: [...kinds].every((kind) => terms.auto.has(kind)) });
}

/** `rows_returned 100`, `statement_time 5s`. */
export function limitWords(name: keyof GrantLimits, limits: GrantLimits): string {
  const value = limits[name];
  const words =
    name === "statementTimeMs" && value !== null ? formatDuration(value) : String(value ?? "none");
  return `${GRANT_LIMIT_NAMES[name]} ${words}`;
}

/** As long as somebody would ask for without thinking. */
const USUAL_MS = 30 * 60_000;

export interface HintParts {
  readonly target: string;
  /** It may be read without a grant. */
  readonly mayRead: (access: Access) => boolean;
}

/** Names only: the command that asks for what is missing, where it may be asked for. null: a grant would not help. */
export function requestHint(
  terms: GrantTerms,
  { kinds, accesses }: StatementFacts,
  { target, mayRead }: HintParts,
): string | null {
  if (kinds.some((kind) => !terms.kinds.has(kind))) return null;
  const direct = accesses.filter(({ via }) => via.length === 0);
  // No grant to read lets anybody lock, however often it is asked for.
  if (kinds.every((kind) => KIND_CLASSES[kind] === "read") && direct.some(({ action }) => action === "lock"))
    return null;
  // Reading may go beside what is granted (`joined`); what writes stays within its grant.
  const reads = kinds.every((kind) => KIND_CLASSES[kind] === "read");
  const wanted = (reads ? direct.filter((access) => !mayRead(access)) : direct).map(
    ({ relation }) => relation,
  );
  const allowed = new NameList(terms.relations);
  if (wanted.length === 0 || wanted.some(({ schema, name }) => !allowed.grants(schema, name))) return null;
  const names = [...new Set(wanted.map(({ schema, name }) => word(`${quoted(schema)}.${quoted(name)}`)))];
  const time = formatDuration(Math.min(USUAL_MS, terms.longestMs));
  // The command stands last and nothing behind it, so that what is copied to the end of the line is the command.
  return `Ask for it by POST /v1/grants, or: sluice request ${names.join(" ")} --target ${target} --kind ${kinds.join(",")} --for ${time} --reason 'WHY'`;
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** One word of a shell's. */
function word(text: string): string {
  return /^[a-z0-9_.]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

const NOTHING: Pick<NamePattern, "schema" | "name" | "exact"> = {
  schema: null,
  name: { text: "", wild: false },
  exact: false,
};
