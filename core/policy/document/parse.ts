// Text of a policy (YAML, and so JSON) -> a document, or everything that is wrong with it, each with line and column.
// Bounded: the text's size, no aliases, no tags. Nothing is guessed: an unknown key is an error.

import { isAlias, LineCounter, parseDocument as parseYaml, visit } from "yaml";
import { err, ok, type Result } from "../../result.ts";
import {
  type ColumnLists,
  type Diagnostic,
  PROFILE_NAMES,
  SAFEGUARDS,
  type PolicyDocument,
  type RoleSection,
  type Section,
} from "./document.ts";
import { readAudience } from "./audience.ts";
import { readGrants } from "./grants.ts";
import { readLimits } from "./limits.ts";
import { NO_MASKING, readMasking, readMasks } from "./masks.ts";
import { type ColumnPattern, type NamePattern, parseColumnPattern, parseNamePattern } from "./patterns.ts";
import { DocumentReader, type Place } from "./reader.ts";
import { NO_RECORD_SETTINGS, readRecord } from "./record.ts";
import { readPattern, readRules } from "./rules.ts";

export const MAX_DOCUMENT_BYTES = 256 * 1024;
/** Flow collections deeper than any policy; the YAML parser recurses. */
const MAX_DEPTH = 32;
const MAX_LIST = 10_000;

export const SECTION_KEYS = [
  "extends",
  "relations",
  "columns",
  "functions",
  "settings",
  "rules",
  "limits",
  "record",
  "grants",
  "introspection",
  "safeguards",
  "mask",
  "masking",
] as const;

export const DOCUMENT_KEYS = ["version", "description", ...SECTION_KEYS, "roles"] as const;

export function parseDocument(text: string): Result<PolicyDocument, readonly Diagnostic[]> {
  const start = { line: 1, column: 1 };
  const fault = (message: string): Result<never, readonly Diagnostic[]> =>
    err([{ ...start, path: "", message, severity: "error" }]);
  // A UTF-16 unit is at most three bytes of UTF-8.
  if (
    text.length > MAX_DOCUMENT_BYTES ||
    (text.length * 3 > MAX_DOCUMENT_BYTES && utf8Length(text) > MAX_DOCUMENT_BYTES)
  )
    return fault(`keep the document below ${MAX_DOCUMENT_BYTES / 1024} KiB`);
  if (tooDeep(text)) return fault(`nest brackets at most ${MAX_DEPTH} deep`);
  const lines = new LineCounter();
  const reader = new DocumentReader(lines);
  let root: unknown;
  try {
    const yaml = parseYaml(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, merge: false });
    for (const { message, pos } of [...yaml.errors, ...yaml.warnings])
      reader.error({ node: null, path: "", at: reader.position(pos[0]) }, yamlMessage(message));
    visit(yaml, {
      Node(_, node) {
        if (isAlias(node) || node.anchor !== undefined)
          reader.error(
            { node, path: "", at: start },
            "write it out: anchors and aliases (& and *) are not taken here; quote names that begin with * or &",
          );
      },
    });
    root = yaml.contents;
  } catch {
    return fault("this is no YAML that can be read: nested too deep");
  }
  if (reader.diagnostics.length > 0) return err(reader.diagnostics);
  const document = readDocument(reader, { node: root, path: "", at: start });
  const failed = document === null || reader.diagnostics.some(({ severity }) => severity === "error");
  return failed ? err(reader.diagnostics) : ok(document);
}

function readDocument(reader: DocumentReader, place: Place): PolicyDocument | null {
  const fields = reader.map(place, DOCUMENT_KEYS);
  if (fields === null) return null;
  const version = fields.get("version");
  if (version !== undefined && reader.scalar(version) !== 1)
    reader.error(version, "write version: 1, the only version of the grammar");
  const description = fields.get("description");
  const roles = fields.get("roles");
  return {
    ...readSection(reader, fields, ""),
    description: description === undefined ? null : reader.text(description, "text"),
    roles: roles === undefined ? [] : readRoles(reader, roles),
    positions: reader.positions,
  };
}

function readRoles(reader: DocumentReader, place: Place): readonly RoleSection[] {
  const entries = reader.entries(place, "a map from roles, group:NAME or subject:NAME to sections");
  return [...(entries ?? [])].flatMap(([name, at]): RoleSection[] => {
    const audience = readAudience(name);
    if (audience === null) reader.error(at, "write a role, group:NAME or subject:NAME");
    const fields = reader.map(at, SECTION_KEYS);
    return audience === null || fields === null
      ? []
      : [{ ...readSection(reader, fields, at.path), audience, name }];
  });
}

function readSection(reader: DocumentReader, fields: ReadonlyMap<string, Place>, path: string): Section {
  const part = (key: string, known: readonly string[]): ReadonlyMap<string, Place> => {
    const place = fields.get(key);
    return (place === undefined ? null : reader.map(place, known)) ?? new Map<string, Place>();
  };
  const flag = (key: string): boolean | null => {
    const place = fields.get(key);
    return place === undefined ? null : reader.boolean(place);
  };
  const names = (place: Place | undefined): readonly NamePattern[] | null =>
    readList(reader, place, (item) => readPattern(reader, item, parseNamePattern));
  const denied = (place: Place | undefined): readonly NamePattern[] =>
    readList(reader, place, (item) =>
      notNegated(reader, item, readPattern(reader, item, parseNamePattern)),
    ) ?? [];
  const texts = (place: Place | undefined): readonly string[] | null =>
    readList(reader, place, (item) => reader.text(item, "a name, with * for any characters"));
  const relations = part("relations", ["read", "write", "deny"]);
  const functions = part("functions", ["call", "deny"]);
  const settings = part("settings", ["set", "deny"]);
  const record = fields.get("record");
  const extended = fields.get("extends");
  const rules = fields.get("rules");
  const limits = fields.get("limits");
  const grants = fields.get("grants");
  const safeguards = fields.get("safeguards");
  const masks = fields.get("mask");
  const masking = fields.get("masking");
  return {
    extends: extended === undefined ? null : reader.oneOf(extended, PROFILE_NAMES),
    relations: {
      read: names(relations.get("read")),
      write: names(relations.get("write")),
      deny: denied(relations.get("deny")),
    },
    columns: readColumns(reader, fields.get("columns")),
    functions: { call: names(functions.get("call")), deny: denied(functions.get("deny")) },
    settings: {
      set: (texts(settings.get("set")) ?? []).map((name) => name.toLowerCase()),
      deny: (texts(settings.get("deny")) ?? []).map((name) => name.toLowerCase()),
    },
    rules: rules === undefined ? [] : readRules(reader, rules),
    limits: limits === undefined ? {} : readLimits(reader, limits),
    record: record === undefined ? NO_RECORD_SETTINGS : readRecord(reader, record, texts),
    grants: grants === undefined ? null : readGrants(reader, grants),
    introspection: flag("introspection"),
    safeguards: safeguards === undefined ? null : reader.oneOf(safeguards, SAFEGUARDS),
    masks: masks === undefined ? [] : readMasks(reader, masks),
    masking: masking === undefined ? NO_MASKING : readMasking(reader, masking),
    path,
  };
}

function readList<T>(
  reader: DocumentReader,
  place: Place | undefined,
  read: (item: Place) => T | null,
): readonly T[] | null {
  if (place === undefined) return null;
  const items = reader.items(place, "a name or a list of names");
  if (items.length > MAX_LIST) reader.error(place, `name at most ${MAX_LIST}; use * for many`);
  return items.slice(0, MAX_LIST).flatMap((item) => read(item) ?? []);
}

function readColumns(reader: DocumentReader, place: Place | undefined): readonly ColumnLists[] {
  if (place === undefined) return [];
  const entries = reader.entries(place, "a map from relations to read, write and deny");
  return [...(entries ?? [])].flatMap(([name, at]): ColumnLists[] => {
    const relation = parseNamePattern(name);
    if (!relation.ok) reader.error({ ...at, node: null }, relation.error);
    else if (relation.value.negated)
      reader.error({ ...at, node: null }, "name the relation that the columns are of");
    const fields = reader.map(at, ["read", "write", "deny"]);
    if (!relation.ok || fields === null) return [];
    const list = (key: string): readonly ColumnPattern[] | null =>
      readList(reader, fields.get(key), (item) => {
        const pattern = readPattern(reader, item, parseColumnPattern);
        if (pattern === null || pattern.relation === null)
          return key === "deny" ? notNegated(reader, item, pattern) : pattern;
        reader.error(item, "write the column's name alone: the relation stands above");
        return null;
      });
    return [{ relation: relation.value, read: list("read"), write: list("write"), deny: list("deny") ?? [] }];
  });
}

function notNegated<T extends { readonly negated: boolean }>(
  reader: DocumentReader,
  place: Place,
  pattern: T | null,
): T | null {
  if (pattern?.negated === true) reader.error(place, "write what is denied: ! belongs in lists that grant");
  return pattern;
}

function yamlMessage(message: string): string {
  if (message.startsWith("Unresolved tag")) return 'put quotes around names that begin with "!"';
  if (message.startsWith("Map keys must be unique")) return "this key stands here twice: keep one";
  if (message.startsWith("Unresolved alias")) return 'put quotes around names that begin with "*" or "&"';
  return `this is no valid YAML: ${message.split("\n")[0] ?? ""}`;
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** Counts brackets wherever they stand; block collections cost an indentation a level, and so are bounded by the size. */
function tooDeep(text: string): boolean {
  // "- - - - …": a level every two characters.
  if (/(?:[-?:][ \t]+){33}/.test(text)) return true;
  let depth = 0;
  for (const character of text) {
    if (character === "[" || character === "{") depth++;
    else if (character === "]" || character === "}") depth = Math.max(0, depth - 1);
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}
