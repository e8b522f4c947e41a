// What is valid in a document and yet nobody means: rules that nothing reaches or fits, names that lists shadow, limits at
// odds. Warnings only; parse.ts finds the errors.

import { KIND_CLASSES } from "#core/sql";
import { DANGEROUS_SETTINGS, FIXED_SETTINGS } from "../builtin/settings.ts";
import { profile } from "../profiles/index.ts";
import { BUILT_IN_RULES } from "../refusal/rules.ts";
import type { Diagnostic, PolicyDocument, Rule, Section, When } from "./document.ts";
import { NO_LIMITS } from "./limits.ts";
import { lintMasks } from "./lint-masks.ts";
import { type NamePattern, partMatches } from "./patterns.ts";

export function lint(document: PolicyDocument): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const warn = (path: string, message: string): void => {
    const at = placeOf(document, path);
    found.push({ ...at, path, message, severity: "warning" });
  };
  for (const section of [document, ...document.roles] satisfies readonly Section[]) {
    const name = section.extends ?? document.extends;
    lintRules(section, warn);
    lintLists(section, name, warn);
    lintLimits(section, warn);
    lintSettings(section, warn);
    lintRecord(section, document, warn);
  }
  lintRoles(document, warn);
  lintMasks(document, warn);
  if (document.extends === null && isEmpty(document) && document.roles.length === 0)
    warn(
      "",
      "this document refuses everything: extend a profile (read-only, agent, owner) or name what may be read",
    );
  return found;
}

type Warn = (path: string, message: string) => void;

function placeOf(
  { positions }: PolicyDocument,
  path: string,
): { readonly line: number; readonly column: number } {
  for (let at = path; at !== ""; at = at.replace(/(?:\.[^.[\]]*|\[\d+\])$|^[^.[\]]*$/, "")) {
    const position = positions.get(at);
    if (position !== undefined) return position;
    if (!/[.[]/.test(at)) break;
  }
  return { line: 1, column: 1 };
}

function lintRules({ rules }: Section, warn: Warn): void {
  for (const [index, rule] of rules.entries()) {
    const { when, effect, path, id } = rule;
    const earlier = rules.slice(0, index).find((other) => shadows(other, rule));
    if (earlier !== undefined) warn(path, `rule ${id} is never reached: ${earlier.id} decides before it`);
    if (effect === "allow" && !names(when))
      warn(
        path,
        `rule ${id} allows nothing beyond the lists: name what it allows (kind, relation, function, setting, outside)`,
      );
    if (effect === "observe" && when.kind === null && !names(when) && when.bounded === null)
      warn(path, `rule ${id} observes every statement: each is recorded anyway`);
    const contradiction = never(when);
    if (contradiction !== null) warn(path, `rule ${id} never matches: ${contradiction}`);
    if (BUILT_IN_RULES.has(id))
      warn(path, `the id ${id} is one of the gateway's own: refusals would not tell them apart`);
  }
}

/** Earlier and wider: whatever the later one fits, the earlier one decides. */
function shadows(earlier: Rule, later: Rule): boolean {
  // An allow rule has to fit the whole statement; a later refusal needs a part of it alone.
  if (earlier.effect === "observe" || (earlier.effect === "allow" && later.effect !== "allow")) return false;
  return sameOrWider(earlier.when, later.when);
}

function sameOrWider(wide: When, narrow: When): boolean {
  if (!kindsSameOrWider(wide.kind, narrow.kind)) return false;
  const keys = (Object.keys(wide) as (keyof When)[]).filter((key) => key !== "kind");
  return keys.every((key) => {
    const asked = wide[key];
    if (asked === null) return true;
    const own = narrow[key];
    return own !== null && canonical(asked) === canonical(own);
  });
}

function kindsSameOrWider(wide: When["kind"], narrow: When["kind"]): boolean {
  if (wide === null || wide === "any") return true;
  return narrow !== null && narrow !== "any" && [...narrow].every((kind) => wide.has(kind));
}

function canonical(value: unknown): string {
  return JSON.stringify(value);
}

function names({
  kind,
  relation,
  column,
  action,
  function: called,
  setting,
  outside,
  via,
  volatility,
  language,
}: When): boolean {
  return [kind, relation, column, action, called, setting, outside, via, volatility, language].some(
    (part) => part !== null,
  );
}

function never({ kind, bounded, setting, outside, time, relation }: When): string | null {
  const kinds = kind === null || kind === "any" ? null : [...kind];
  if (kinds !== null && bounded !== null) {
    const modifies = kinds.some((each) =>
      ["update", "delete", "merge", "truncate", "do", "call", "select", "insert", "execute"].includes(each),
    );
    if (!modifies) return "bounded is asked of UPDATE, DELETE, MERGE and TRUNCATE";
  }
  if (kinds !== null && setting !== null && outside === null) {
    const sets = kinds.some(
      (each) => KIND_CLASSES[each] === "session" || KIND_CLASSES[each] === "transaction" || each === "select",
    );
    if (!sets) return "no statement of these kinds changes a setting";
  }
  if (
    relation !== null &&
    relation.every(({ negated }) => negated) &&
    relation.some(({ schema }) => schema === null)
  )
    return "it excludes every relation";
  if (time !== null && time.after !== null && time.before !== null && time.after >= time.before)
    return "its time ends before it begins";
  if (time !== null && time.from !== null && time.from === time.until)
    return "from and until are the same time";
  return null;
}

function lintLists(
  { relations, functions, path }: Section,
  name: PolicyDocument["extends"],
  warn: Warn,
): void {
  const under = (list: string): string => (path === "" ? list : `${path}.${list}`);
  const lists = [
    ["relations.read", relations.read, relations.deny],
    ["relations.write", relations.write, relations.deny],
    ["functions.call", functions.call, functions.deny],
  ] as const;
  for (const [list, granted, denied] of lists) {
    if (granted !== null && granted.length > 0 && granted.every(({ negated }) => negated))
      warn(
        under(list),
        'this list only takes away, and so grants nothing: add "*" or what it takes away from',
      );
    for (const [index, pattern] of (granted ?? []).entries()) {
      const at = `${under(list)}[${index}]`;
      const deny = denied.find((other) => covers(other, pattern));
      if (deny !== undefined) warn(at, `${pattern.source} is useless here: ${deny.source} is denied`);
      const not = (granted ?? []).find(
        (other) => other.negated && !pattern.negated && covers(other, pattern),
      );
      if (not !== undefined) warn(at, `${pattern.source} is useless here: ${not.source} takes it away`);
      const wider = (granted ?? []).findIndex(
        (other, i) =>
          i !== index &&
          !other.negated &&
          !pattern.negated &&
          !pattern.exact &&
          covers(other, pattern) &&
          (other.source !== pattern.source || i < index),
      );
      if (wider >= 0) warn(at, `${pattern.source} is in the list already, by ${granted?.[wider]?.source}`);
    }
  }
  if (name === "read-only" && (relations.write ?? []).length > 0)
    warn(
      under("relations.write"),
      "extends: read-only writes nothing, whatever stands here: extend agent to write",
    );
}

function covers(wide: NamePattern, narrow: NamePattern): boolean {
  if (wide.schema !== null && narrow.schema === null) return false;
  const part = (a: NamePattern["name"], b: NamePattern["name"]): boolean =>
    partMatches(a, b.text) && (a.wild || !b.wild);
  return (
    (wide.schema === null || narrow.schema === null || part(wide.schema, narrow.schema)) &&
    part(wide.name, narrow.name)
  );
}

function lintLimits({ limits, extends: name, path }: Section, warn: Warn): void {
  const all = { ...NO_LIMITS, ...(name === null ? {} : profile(name).limits), ...limits };
  const at = path === "" ? "limits" : `${path}.limits`;
  const { rowsChanged, rowsChangedSession, statementTimeMs, sessionTimeMs, idleTimeMs, rowsReturned } = all;
  if (limits.rowsChanged !== undefined || limits.rowsChangedSession !== undefined)
    if (rowsChanged !== null && rowsChangedSession !== null && rowsChanged > rowsChangedSession)
      warn(`${at}.rows_changed`, "a statement may change more rows here than its whole session");
  if (statementTimeMs !== null && sessionTimeMs !== null && statementTimeMs > sessionTimeMs)
    warn(`${at}.statement_time`, "a statement may take longer here than its whole session");
  if (idleTimeMs !== null && sessionTimeMs !== null && idleTimeMs > sessionTimeMs)
    warn(`${at}.idle_time`, "a session may be idle for longer here than it may last");
  if (rowsReturned === 0) warn(`${at}.rows_returned`, "no statement can return a row");
}

function lintSettings({ settings, path }: Section, warn: Warn): void {
  for (const [index, name] of settings.set.entries()) {
    const at = `${path === "" ? "" : `${path}.`}settings.set[${index}]`;
    if (DANGEROUS_SETTINGS.has(name))
      warn(
        at,
        `${name} changes who the session is or what statements do: whoever may set it may leave this policy`,
      );
    if (FIXED_SETTINGS.has(name))
      warn(at, `${name} keeps its value whatever stands here: the gateway reads statements by it`);
  }
}

function lintRecord({ record, path }: Section, { rules, roles }: PolicyDocument, warn: Warn): void {
  const ids = new Set([...rules, ...roles.flatMap((section) => section.rules)].map(({ id }) => id));
  const ofProfiles = (["read-only", "agent", "owner"] as const).flatMap((name) =>
    profile(name).rules.map(({ id }) => id),
  );
  for (const [index, id] of record.exclude.entries())
    if (!ids.has(id) && !ofProfiles.includes(id) && id !== "relations")
      warn(`${path === "" ? "" : `${path}.`}record.exclude[${index}]`, `no rule has the id ${id}`);
}

function lintRoles({ roles }: PolicyDocument, warn: Warn): void {
  for (const [index, { audience, path, name }] of roles.entries()) {
    const earlier = roles
      .slice(0, index)
      .find(
        (other) =>
          other.audience.kind === audience.kind &&
          (other.audience.pattern === "*" || other.audience.pattern === audience.pattern),
      );
    if (earlier !== undefined) warn(path, `the section ${name} is never used: ${earlier.name} fits first`);
  }
}

function isEmpty({ relations, rules, functions, settings }: Section): boolean {
  return (
    relations.read === null &&
    relations.write === null &&
    functions.call === null &&
    settings.set.length === 0 &&
    rules.length === 0
  );
}
