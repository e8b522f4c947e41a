// Reads `rules`: ids, conditions and effects, out of the tree of a document.

import { KIND_CLASSES, type KindClass, type StatementKind } from "#core/sql";
import { EFFECTS } from "../decision.ts";
import { DAYS, type Day, type Rule, type TimeCondition, type When } from "./document.ts";
import { type ColumnPattern, type NamePattern, parseColumnPattern, parseNamePattern } from "./patterns.ts";
import { readApprove } from "./approve.ts";
import type { DocumentReader, Place } from "./reader.ts";
import { readRuleRecord } from "./record.ts";
import type { Result } from "../../result.ts";

const MAX_RULES = 1_000;

export const ACTIONS = ["select", "insert", "update", "delete", "truncate", "lock", "define"] as const;
export const VOLATILITIES = ["immutable", "stable", "volatile"] as const;
export const OUTSIDES = ["program", "server_file", "library"] as const;
export const VIAS = [
  "view",
  "rule",
  "trigger",
  "cascade",
  "function",
  "inheritance",
  "prepared",
  "cursor",
  "expression",
] as const;

export const KINDS = Object.keys(KIND_CLASSES) as readonly StatementKind[];
export const CLASSES = [...new Set<KindClass>(Object.values(KIND_CLASSES))];

export const WHEN_KEYS = [
  "kind",
  "bounded",
  "relation",
  "column",
  "action",
  "function",
  "volatility",
  "security_definer",
  "language",
  "examined",
  "setting",
  "outside",
  "via",
  "subject",
  "group",
  "role",
  "target",
  "time",
] as const;

export const ALWAYS: When = {
  kind: null,
  bounded: null,
  relation: null,
  column: null,
  action: null,
  function: null,
  volatility: null,
  securityDefiner: null,
  language: null,
  examined: null,
  setting: null,
  outside: null,
  via: null,
  subject: null,
  group: null,
  role: null,
  target: null,
  time: null,
};

export function readRules(reader: DocumentReader, place: Place): readonly Rule[] {
  const items = reader.items(place, "a list of rules, each with id, when and then", false);
  if (items.length > MAX_RULES) reader.error(place, `write at most ${MAX_RULES} rules`);
  const ids = new Set<string>();
  return items.slice(0, MAX_RULES).flatMap((item) => {
    const rule = readRule(reader, item);
    if (rule === null) return [];
    if (ids.has(rule.id)) reader.error(item, `another rule has the id ${rule.id}: give each its own`);
    ids.add(rule.id);
    return [rule];
  });
}

function readRule(reader: DocumentReader, place: Place): Rule | null {
  const fields = reader.map(place, ["id", "when", "then", "approve", "record", "hint"]);
  if (fields === null) return null;
  const idPlace = fields.get("id");
  const thenPlace = fields.get("then");
  if (idPlace === undefined) reader.error(place, "give the rule an id: refusals and the record name it");
  if (thenPlace === undefined) reader.error(place, "say what then: allow, deny, approve or observe");
  const id = idPlace === undefined ? null : reader.text(idPlace, "an id such as no-deletes");
  const effect = thenPlace === undefined ? null : reader.oneOf(thenPlace, EFFECTS);
  if (idPlace !== undefined && id !== null && !/^[\p{L}\p{N}][\p{L}\p{N}_.:-]{0,99}$/u.test(id))
    reader.error(idPlace, "write ids with letters, digits, and - _ . : (at most 100)");
  const when = fields.get("when");
  const approve = fields.get("approve");
  const record = fields.get("record");
  const hint = fields.get("hint");
  if (approve !== undefined && effect !== null && effect !== "approve")
    reader.error({ ...approve, node: null }, "say how to approve where then is approve");
  const rule = {
    when: when === undefined ? ALWAYS : readWhen(reader, when),
    approve: approve === undefined ? null : readApprove(reader, approve),
    record: record === undefined ? null : readRuleRecord(reader, record),
    hint: hint === undefined ? null : reader.text(hint, "a sentence that tells the agent what to do"),
  };
  if (id === null || effect === null || rule.when === null) return null;
  return { ...rule, id, effect, when: rule.when, path: place.path };
}

function readWhen(reader: DocumentReader, place: Place): When | null {
  const fields = reader.map(place, WHEN_KEYS);
  if (fields === null) return null;
  const list = <T>(key: string, read: (item: Place) => T | null): readonly T[] | null => {
    const found = fields.get(key);
    if (found === undefined) return null;
    const items = reader.items(found, "a word or a list of words");
    if (items.length === 0) reader.error(found, "name at least one: an empty list never matches");
    return items.flatMap((item) => read(item) ?? []);
  };
  const words = <T extends string>(key: string, known: readonly T[]): readonly T[] | null =>
    list(key, (item) => reader.oneOf(item, known));
  const texts = (key: string): readonly string[] | null =>
    list(key, (item) => reader.text(item, "a name, with * for any characters"));
  const flag = (key: string): boolean | null => {
    const found = fields.get(key);
    return found === undefined ? null : reader.boolean(found);
  };
  const names = (key: string): readonly NamePattern[] | null =>
    list(key, (item) => readPattern(reader, item, parseNamePattern));
  const time = fields.get("time");
  return {
    kind: readKinds(reader, fields.get("kind")),
    bounded: flag("bounded"),
    relation: names("relation"),
    column: list("column", (item) => readPattern(reader, item, parseColumnPattern)),
    action: words("action", ACTIONS),
    function: names("function"),
    volatility: words("volatility", VOLATILITIES),
    securityDefiner: flag("security_definer"),
    language: texts("language"),
    examined: flag("examined"),
    setting: texts("setting")?.map((name) => name.toLowerCase()) ?? null,
    outside: words("outside", OUTSIDES),
    via: words("via", VIAS),
    subject: texts("subject"),
    group: texts("group"),
    role: texts("role"),
    target: texts("target"),
    time: time === undefined ? null : readTime(reader, time),
  };
}

function readKinds(reader: DocumentReader, place: Place | undefined): When["kind"] {
  if (place === undefined) return null;
  const items = reader.items(place, "a kind of statement or a list of kinds");
  if (items.length === 0) reader.error(place, "name at least one kind: an empty list never matches");
  const kinds = new Set<StatementKind>();
  let any = false;
  for (const item of items) {
    const word = reader.oneOf(item, ["any", ...CLASSES, ...KINDS]);
    if (word === "any") any = true;
    else if (word !== null) for (const kind of kindsOf(word)) kinds.add(kind);
  }
  return any ? "any" : kinds;
}

export function kindsOf(word: KindClass | StatementKind): readonly StatementKind[] {
  return KINDS.filter((kind) => kind === word || KIND_CLASSES[kind] === word);
}

export function readPattern<T extends NamePattern | ColumnPattern>(
  reader: DocumentReader,
  place: Place,
  parse: (source: string) => Result<T, string>,
): T | null {
  const text = reader.text(place, "a name such as public.orders");
  if (text === null) return null;
  const parsed = parse(text);
  if (parsed.ok) return parsed.value;
  reader.error(place, parsed.error);
  return null;
}

function readTime(reader: DocumentReader, place: Place): TimeCondition | null {
  const fields = reader.map(place, ["days", "from", "until", "zone", "after", "before"]);
  if (fields === null) return null;
  const days = fields.get("days");
  const minutes = (key: string): number | null => {
    const found = fields.get(key);
    if (found === undefined) return null;
    const clock = /^([01]\d|2[0-3]):([0-5]\d)$|^24:00$/.exec(
      reader.text(found, 'a time such as "08:30"') ?? "",
    );
    if (clock === null) reader.error(found, 'write a time of day such as "08:30"');
    return clock === null ? null : clock[0] === "24:00" ? 1_440 : Number(clock[1]) * 60 + Number(clock[2]);
  };
  const instant = (key: string): number | null => {
    const found = fields.get(key);
    if (found === undefined) return null;
    const text = reader.text(found, "an instant such as 2026-12-31T23:59:59Z") ?? "";
    const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(text)
      ? Date.parse(text)
      : Number.NaN;
    if (Number.isNaN(ms)) reader.error(found, "write an instant with its zone: 2026-12-31T23:59:59Z");
    return Number.isNaN(ms) ? null : ms;
  };
  const zonePlace = fields.get("zone");
  const zone =
    zonePlace === undefined ? "UTC" : (reader.text(zonePlace, "a zone such as Europe/Berlin") ?? "UTC");
  if (zonePlace !== undefined && !isZone(zone))
    reader.error(zonePlace, "write a zone such as UTC, +02:00 or Europe/Berlin");
  return {
    days:
      days === undefined
        ? null
        : reader.items(days, "a list of days: [mon, tue]").flatMap((item): Day[] => {
            const day = reader.oneOf(item, DAYS);
            return day === null ? [] : [day];
          }),
    from: minutes("from"),
    until: minutes("until"),
    zone,
    after: instant("after"),
    before: instant("before"),
  };
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
