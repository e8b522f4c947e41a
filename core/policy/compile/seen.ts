// What of a statement's facts policy looks at: all of it, less what lies inside of things that the document names exactly and
// so trusts as a whole. What does not run (EXPLAIN without ANALYZE, PREPARE) counts as reading what it names.

import {
  type Access,
  type Call,
  KIND_CLASSES,
  type Modification,
  type SettingChange,
  type StatementFacts,
  type StatementKind,
  type Via,
} from "#core/sql";

export interface Seen {
  readonly facts: StatementFacts;
  /** With what the statement's accesses do beside its own command: an upsert is `insert` and `update`. */
  readonly kinds: ReadonlySet<StatementKind>;
  readonly accesses: readonly Access[];
  readonly calls: readonly Call[];
  readonly modifications: readonly Modification[];
  /** With those of set_config. */
  readonly settings: readonly SettingChange[];
}

export interface Trust {
  /** The view is named exactly, for reading or writing as asked. */
  view(qualified: string, writes: boolean): boolean;
  function(qualified: string): boolean;
}

const WRITES: ReadonlySet<string> = new Set(["insert", "update", "delete", "truncate"]);

export function isWrite(action: Access["action"]): action is "insert" | "update" | "delete" | "truncate" {
  return WRITES.has(action);
}

export function isTrusted(via: readonly Via[] | undefined, trust: Trust, writes: boolean): boolean {
  if (via === undefined || via.length === 0) return false;
  return via.some(
    ({ kind, name }) =>
      (kind === "view" && trust.view(name, writes)) ||
      (kind === "function" && trust.function(withoutArguments(name))),
  );
}

/** Via tells overloads apart by their arguments; documents do not. */
function withoutArguments(name: string): string {
  const at = name.indexOf("(");
  return at < 0 ? name : name.slice(0, at);
}

export function see(facts: StatementFacts, trust: Trust): Seen {
  const calls = facts.calls.filter(({ via }) => !isTrusted(via, trust, false));
  const settings = [...facts.settings, ...calls.flatMap(settingOf)];
  if (!facts.executes) {
    const accesses = facts.accesses.filter(({ via }) => !isTrusted(via, trust, false)).map(named);
    return {
      facts,
      kinds: new Set([facts.kind]),
      accesses,
      calls,
      modifications: [],
      settings: facts.settings,
    };
  }
  const accesses = facts.accesses
    .map(reading)
    .filter(({ via, action }) => !isTrusted(via, trust, action !== "select"));
  const modifications = facts.modifications.filter(({ via }) => !isTrusted(via, trust, true));
  const written = new Set(accesses.map(({ action }) => action).filter(isWrite));
  const dropped = new Set(facts.accesses.map(({ action }) => action).filter(isWrite));
  const kinds = new Set<StatementKind>(written);
  for (const kind of facts.kinds) {
    // A writing command that only stood inside of something trusted; others cannot be told apart and stay.
    const inTrusted =
      kind !== facts.kind &&
      KIND_CLASSES[kind] === "write" &&
      isWriteKind(kind) &&
      dropped.has(kind) &&
      !written.has(kind);
    if (!inTrusted) kinds.add(kind);
  }
  return { facts, kinds, accesses, calls, modifications, settings };
}

/** What does not run is read at most: its plan is. */
function named(access: Access): Access {
  return { ...access, action: "select" };
}

/** What LOCK … IN ACCESS SHARE MODE takes, every SELECT takes; pg_dump begins with it. */
function reading(access: Access): Access {
  return access.action === "lock" && access.weak === true ? { ...access, action: "select" } : access;
}

function isWriteKind(kind: StatementKind): kind is "insert" | "update" | "delete" | "truncate" {
  return WRITES.has(kind);
}

/** set_config(name, value, is_local) is SET by another name; what it sets may only be known when it runs. */
function settingOf({ function: { schema, name }, constants }: Call): readonly SettingChange[] {
  if (schema !== "pg_catalog" || name !== "set_config") return [];
  const [setting, value = null] = constants;
  if (setting === null || setting === undefined)
    return [{ name: UNKNOWN_SETTING, value: null, constant: false, scope: "session" }];
  return [{ name: setting.toLowerCase(), value, constant: value !== null, scope: "session" }];
}

/** No setting has this name, so no list has it either. */
export const UNKNOWN_SETTING = "?";
