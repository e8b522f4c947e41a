// Detectors over the values of a column that no rule masks: in each text inside of it, whatever the format, so that what is
// hidden leaves a value of the type. Pure.

import { concat, utf8Decode, utf8Encode } from "#core/bytes";
import type { Format, Value } from "#core/wire";
import { endOfString, endOfValue, keyOf } from "../json/scan.ts";
import { DETECTOR_NAMES, type DetectorActions, type DetectorName, REDACTED } from "#core/policy";
import { changeArrayBinary, changeArrayText } from "../nested/array.ts";
import { changeRecordBinary, changeRecordText } from "../nested/record.ts";
import type { TypeRef } from "../type-ref.ts";
import { JSON_OID, JSONB_OID } from "../types.ts";
import type { Change } from "../values/codec.ts";
import { compileScan, type Scan } from "./scan.ts";

export interface Detection {
  /** The value with what is masked hidden; the same bytes where nothing was. */
  readonly value: Value;
  /** What was found, without doubles: masked or observed. */
  readonly found: readonly DetectorName[];
}

/** text, varchar, char(n), name, xml, unknown, cstring. */
const TEXT_OIDS = new Set([25, 1043, 1042, 19, 142, 705, 2275]);
const STARS = utf8Encode(REDACTED);
const UNCHANGED = Symbol("unchanged");

/** null: values of this type are not looked at. */
export function compileDetection(
  type: TypeRef,
  format: Format,
  actions: DetectorActions,
): ((value: Value) => Detection) | null {
  const search = new Search(actions);
  const change = compile(type, format, search);
  if (change === null) return null;
  return (value) => {
    search.found.clear();
    search.hidden = false;
    const changed = value === null ? null : change(value);
    return { value: search.hidden ? changed : value, found: [...search.found] };
  };
}

/** What one value's texts give. */
class Search {
  readonly found = new Set<DetectorName>();
  hidden = false;
  readonly #scan: Scan;
  readonly #actions: DetectorActions;

  constructor(actions: DetectorActions) {
    this.#scan = compileScan(DETECTOR_NAMES.filter((name) => actions[name] !== undefined));
    this.#actions = actions;
  }

  /** The text without what is masked in it. */
  text(bytes: Uint8Array): Uint8Array | typeof UNCHANGED {
    const parts: Uint8Array[] = [];
    let copied = 0;
    for (const { name, start, end } of this.#scan(bytes)) {
      this.found.add(name);
      if (this.#actions[name] !== "mask") continue;
      parts.push(bytes.subarray(copied, start), STARS);
      copied = end;
    }
    if (copied === 0) return UNCHANGED;
    this.hidden = true;
    return concat([...parts, bytes.subarray(copied)]);
  }
}

function compile(type: TypeRef, format: Format, search: Search): Change | null {
  switch (type.kind) {
    case "array": {
      const element = compile(type.element, format, search);
      if (element === null) return null;
      const change = format === 0 ? changeArrayText : changeArrayBinary;
      return (bytes) => change(bytes, type.elementOid, element);
    }
    case "composite": {
      const fields = type.fields.map(({ oid, type: own }) => ({ oid, change: compile(own, format, search) }));
      const change = format === 0 ? changeRecordText : changeRecordBinary;
      return fields.some((field) => field.change !== null) ? (bytes) => change(bytes, fields) : null;
    }
    case "extension":
      // hstore's quotes and lengths are not kept up: a value with something to hide becomes NULL.
      return type.name === "citext"
        ? texts(search)
        : (bytes) => (search.text(bytes) === UNCHANGED ? bytes : null);
    case "base":
      if (type.oid === JSON_OID || type.oid === JSONB_OID) {
        return (bytes) => searchJson(bytes, type.oid === JSONB_OID && format === 1 ? 1 : 0, search);
      }
      return TEXT_OIDS.has(type.oid) ? texts(search) : null;
    case "range":
    case "multirange":
    case "enum":
    case "unknown":
      return null;
  }
}

function texts(search: Search): Change {
  return (bytes) => {
    const changed = search.text(bytes);
    return changed === UNCHANGED ? bytes : changed;
  };
}

/** Each string and number of a JSON text by itself, keys too. `head`: bytes before the text. */
function searchJson(bytes: Uint8Array, head: number, search: Search): Uint8Array | null {
  const text = utf8Decode(bytes.subarray(head));
  // Not what was said to be sent: as one text, and NULL where that has something to hide.
  if (text === null) return search.text(bytes) === UNCHANGED ? bytes : null;
  const pieces: string[] = [];
  let copied = 0;
  for (let at = 0; at < text.length; at++) {
    const isString = text[at] === '"';
    if (!isString && !/[-\d]/.test(text[at] ?? "")) continue;
    const end = isString ? endOfString(text, at) : endOfValue(text, at);
    const token = text.slice(at, end);
    const changed = search.text(utf8Encode(isString ? keyOf(token) : token));
    if (changed !== UNCHANGED) {
      pieces.push(text.slice(copied, at), isString ? JSON.stringify(utf8Decode(changed)) : "0");
      copied = end;
    }
    at = end - 1;
  }
  if (copied === 0) return bytes;
  return concat([bytes.subarray(0, head), utf8Encode(pieces.join("") + text.slice(copied))]);
}
