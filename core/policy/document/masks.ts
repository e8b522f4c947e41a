// Reads `mask` and `masking` out of the tree of a document: a mask by its name, or a map with the parameters that belong to it.

import { isScalar } from "yaml";
import type { FieldMask, JsonPathMask, Mask } from "../masks/mask.ts";
import { DETECTOR_NAMES, type DetectorAction, type DetectorActions } from "../masks/masks.ts";
import {
  DETECTOR_ACTIONS,
  INFERENCES,
  type Inference,
  MASKING_MODES,
  type MaskingSettings,
  type MaskRule,
} from "./document.ts";
import { type ColumnPattern, parseColumnPattern, type PartPattern } from "./patterns.ts";
import type { DocumentReader, Place } from "./reader.ts";
import { readPattern } from "./rules.ts";

const MAX_MASKS = 10_000;
/** Of masks in masks, as of elements of composites; no type of anyone's is deeper. */
const MAX_DEPTH = 8;
const MAX_CHARACTERS = 1_000;

/** What may stand beside `mask`. */
export const MASK_PARAMETERS = {
  null: [],
  constant: ["value"],
  redact: [],
  partial: ["first", "last"],
  email: ["domain"],
  hash: [],
  year: [],
  month: [],
  bucket: ["width"],
  json: ["paths"],
  elements: ["with"],
  fields: ["fields"],
} as const satisfies Readonly<Record<Mask["kind"], readonly string[]>>;

export const MASK_NAMES = Object.keys(MASK_PARAMETERS) as readonly Mask["kind"][];

/** Masks of values that have parts: inside of a JSON document there are none but paths, and those are its own. */
const NESTING: ReadonlySet<Mask["kind"]> = new Set(["json", "elements", "fields"]);

export const MASKING_KEYS = ["mode", "inference", "agent", "record", "exempt", "detect"] as const;

export const NO_MASKING: MaskingSettings = {
  mode: null,
  inference: null,
  agent: null,
  record: null,
  exempt: [],
  detect: {},
};

export function readMasks(reader: DocumentReader, place: Place): readonly MaskRule[] {
  const entries = reader.entries(place, "a map from columns (schema.relation.column) to masks");
  if (entries === null) return [];
  if (entries.size > MAX_MASKS) reader.error(place, `mask at most ${MAX_MASKS} columns; use * for many`);
  const seen = new Map<string, string>();
  return [...entries].slice(0, MAX_MASKS).flatMap(([source, at]): MaskRule[] => {
    const key = { ...at, node: null };
    const pattern = parseMasked(reader, key, source);
    const mask = readMask(reader, at, ["inference"], 0);
    if (pattern === null || mask === null) return [];
    const known = seen.get(patternKey(pattern));
    if (known !== undefined)
      reader.error(key, `${known} above is the same column: give each column one mask`);
    seen.set(patternKey(pattern), source);
    return [{ pattern, mask, inference: readInference(reader, at), path: at.path }];
  });
}

export function readMasking(reader: DocumentReader, place: Place): MaskingSettings {
  const fields = reader.map(place, MASKING_KEYS);
  if (fields === null) return NO_MASKING;
  const word = <T extends string>(key: string, known: readonly T[]): T | null => {
    const at = fields.get(key);
    return at === undefined ? null : reader.oneOf(at, known);
  };
  const flag = (key: string): boolean | null => {
    const at = fields.get(key);
    return at === undefined ? null : reader.boolean(at);
  };
  const exempt = fields.get("exempt");
  const detect = fields.get("detect");
  return {
    mode: word("mode", MASKING_MODES),
    inference: word("inference", INFERENCES),
    agent: flag("agent"),
    record: flag("record"),
    exempt: exempt === undefined ? [] : readExempt(reader, exempt),
    detect: detect === undefined ? {} : readDetect(reader, detect),
  };
}

/** The same for patterns that are the same column, however they are written. */
export function patternKey({ relation, column }: ColumnPattern): string {
  const parts = [relation?.schema, relation?.name, column];
  return parts.map((part) => (part?.wild === true ? `*${part.text}` : `=${part?.text}`)).join("\0");
}

export function readExempt(reader: DocumentReader, place: Place): readonly ColumnPattern[] {
  const items = reader.items(place, "a column (schema.relation.column) or a list of columns");
  if (items.length > MAX_MASKS) reader.error(place, `name at most ${MAX_MASKS}; use * for many`);
  return items.slice(0, MAX_MASKS).flatMap((item) => {
    const pattern = readPattern(reader, item, parseColumnPattern);
    return pattern === null ? [] : (whole(reader, item, pattern) ?? []);
  });
}

function readDetect(reader: DocumentReader, place: Place): DetectorActions {
  const actions: { -readonly [Name in keyof DetectorActions]: DetectorAction } = {};
  const fields = reader.map(place, DETECTOR_NAMES) ?? new Map<string, Place>();
  for (const name of DETECTOR_NAMES) {
    const at = fields.get(name);
    const action = at === undefined ? null : reader.oneOf(at, DETECTOR_ACTIONS);
    if (action !== null) actions[name] = action;
  }
  return actions;
}

function parseMasked(reader: DocumentReader, key: Place, source: string): ColumnPattern | null {
  const parsed = parseColumnPattern(source);
  if (parsed.ok) return whole(reader, key, parsed.value);
  reader.error(key, parsed.error);
  return null;
}

/** With schema and relation, and nothing taken away. */
function whole(reader: DocumentReader, place: Place, pattern: ColumnPattern): ColumnPattern | null {
  if (pattern.negated)
    reader.error(place, "name what is meant: masking.exempt takes columns away from masks");
  else if (pattern.relation === null)
    reader.error(place, `say the relation too: public.customers.${nameOf(pattern.column)}`);
  else return pattern;
  return null;
}

function nameOf({ text, wild }: PartPattern): string {
  return wild || /^[\p{Ll}_][\p{Ll}\p{N}_$]*$/u.test(text) ? text : `"${text}"`;
}

function readInference(reader: DocumentReader, place: Place): Inference | null {
  // Read as a mask already: if it is no map, it has none.
  if (isScalar(place.node)) return null;
  const at = reader.entries(place, "a mask")?.get("inference");
  return at === undefined ? null : reader.oneOf(at, INFERENCES);
}

function readMask(
  reader: DocumentReader,
  place: Place,
  beside: readonly string[],
  depth: number,
): Mask | null {
  if (depth > MAX_DEPTH) {
    reader.error(place, `put masks at most ${MAX_DEPTH} deep into one another`);
    return null;
  }
  if (isScalar(place.node)) {
    const kind = readKind(reader, place);
    return kind === null ? null : maskOf(reader, place, kind, new Map(), depth);
  }
  const entries = reader.entries(place, `a mask such as redact, or a map with mask and its parameters`);
  if (entries === null) return null;
  const named = entries.get("mask");
  if (named === undefined) {
    reader.error(place, `say which mask: { mask: redact }`);
    return null;
  }
  const kind = readKind(reader, named);
  if (kind === null) return null;
  const own: readonly string[] = MASK_PARAMETERS[kind];
  for (const [key, at] of entries)
    if (key !== "mask" && !own.includes(key) && !beside.includes(key))
      reader.error({ ...at, node: null }, strange(kind, key, own, depth));
  return maskOf(reader, place, kind, entries, depth);
}

function strange(kind: Mask["kind"], key: string, own: readonly string[], depth: number): string {
  if (key === "inference" && depth > 0)
    return "write inference beside the column's own mask: it is for the column";
  return `the mask ${kind} has no ${key}: ${own.length === 0 ? "it has no parameters" : `it has ${own.join(" and ")}`}`;
}

/** YAML reads a bare `null` as nothing; here it is a mask. */
function readKind(reader: DocumentReader, place: Place): Mask["kind"] | null {
  const { node } = place;
  if (isScalar(node) && node.value === null && node.source === "null") return "null";
  return reader.oneOf(place, MASK_NAMES);
}

function maskOf(
  reader: DocumentReader,
  place: Place,
  kind: Mask["kind"],
  fields: ReadonlyMap<string, Place>,
  depth: number,
): Mask | null {
  switch (kind) {
    case "null":
    case "redact":
    case "hash":
    case "year":
    case "month":
      return { kind };
    case "constant": {
      const value = constantOf(reader, place, fields.get("value"));
      return value === null ? null : { kind, value };
    }
    case "partial": {
      const first = characters(reader, fields.get("first"));
      const last = characters(reader, fields.get("last"));
      if (first !== 0 || last !== 0) return { kind, first, last };
      if (!fields.has("first") && !fields.has("last"))
        reader.error(place, "say how many characters stay: { mask: partial, last: 4 }");
      else reader.error(place, "leave at least one character, or write redact");
      return null;
    }
    case "email": {
      const domain = fields.get("domain");
      return domain === undefined ? { kind } : { kind, domain: reader.boolean(domain) ?? false };
    }
    case "bucket": {
      const width = fields.get("width");
      const value = width === undefined ? undefined : reader.scalar(width);
      if (typeof value === "number" && value > 0 && Number.isFinite(value)) return { kind, width: value };
      reader.error(width ?? place, "say how wide a bucket is: { mask: bucket, width: 1000 }");
      return null;
    }
    case "json": {
      const paths = readPaths(reader, place, fields.get("paths"), depth);
      return paths === null ? null : { kind, paths };
    }
    case "elements": {
      const each = fields.get("with");
      if (each === undefined)
        reader.error(place, "say how each element is masked: { mask: elements, with: redact }");
      const mask = each === undefined ? null : readMask(reader, each, [], depth + 1);
      return mask === null ? null : { kind, mask };
    }
    case "fields": {
      const named = readFields(reader, place, fields.get("fields"), depth);
      return named === null ? null : { kind, fields: named };
    }
  }
}

/** As PostgreSQL writes it; numbers keep the digits that they are written with. */
function constantOf(reader: DocumentReader, place: Place, at: Place | undefined): string | null {
  const node = at?.node;
  if (isScalar(node)) {
    if (typeof node.value === "string") return node.value;
    if (typeof node.value === "number" || typeof node.value === "boolean")
      return node.source ?? String(node.value);
  }
  reader.error(at ?? place, 'say what is shown instead: { mask: constant, value: "hidden" }');
  return null;
}

function characters(reader: DocumentReader, at: Place | undefined): number {
  if (at === undefined) return 0;
  const value = reader.scalar(at);
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= MAX_CHARACTERS)
    return value;
  reader.error(at, `write a whole number of characters between 0 and ${MAX_CHARACTERS}`);
  // It is told already: not zero, which would be told once more.
  return 1;
}

function readPaths(
  reader: DocumentReader,
  place: Place,
  at: Place | undefined,
  depth: number,
): readonly JsonPathMask[] | null {
  const example = '{ mask: json, paths: { "address.street": redact } }';
  const entries = at === undefined ? null : reader.entries(at, `a map from paths to masks: ${example}`);
  if (at === undefined) reader.error(place, `say what is masked in the document: ${example}`);
  else if (entries?.size === 0) reader.error(at, `name at least one path: ${example}`);
  if (entries === null || entries.size === 0) return null;
  return [...entries].flatMap(([source, item]): JsonPathMask[] => {
    const path = parsePath(source);
    if (path === null)
      reader.error(
        { ...item, node: null },
        'write keys with dots between them, * for any, "quotes" around keys with dots: address.street, phones.*.number',
      );
    const mask = readMask(reader, item, [], depth + 1);
    if (mask !== null && NESTING.has(mask.kind)) {
      reader.error(item, `write a longer path instead: ${mask.kind} is for values of PostgreSQL's own types`);
      return [];
    }
    return path === null || mask === null ? [] : [{ path, mask }];
  });
}

/** null: it is no path. */
function parsePath(source: string): readonly string[] | null {
  const steps: string[] = [];
  for (let rest = source; ;) {
    const found = /^(?:"((?:[^"]|"")+)"|([^".]+))(\.|$)/.exec(rest);
    if (found === null) return null;
    steps.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? "");
    rest = rest.slice(found[0].length);
    if (found[3] === "") return steps;
  }
}

function readFields(
  reader: DocumentReader,
  place: Place,
  at: Place | undefined,
  depth: number,
): readonly FieldMask[] | null {
  const example = "{ mask: fields, fields: { street: redact } }";
  const entries = at === undefined ? null : reader.entries(at, `a map from fields to masks: ${example}`);
  if (at === undefined) reader.error(place, `say which fields are masked: ${example}`);
  else if (entries?.size === 0) reader.error(at, `name at least one field: ${example}`);
  if (entries === null || entries.size === 0) return null;
  return [...entries].flatMap(([name, item]): FieldMask[] => {
    const mask = readMask(reader, item, [], depth + 1);
    return mask === null ? [] : [{ name, mask }];
  });
}
