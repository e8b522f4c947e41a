// The one door to libpg_query: messages to statements with their trees. Synchronous; PostgreSQL 18's own grammar. Nothing is
// guessed: what it does not take is a SyntaxError in PostgreSQL's words.

import { utf8Decode, utf8Encode } from "#core/bytes";
import type { Node } from "@pgsql/types";
import type { Result } from "../../result.ts";
import { TreeCache } from "./cache.ts";
import { defaultValues, type Token } from "./declarations.ts";
import type { Grammar, ParsedStatement, PlpgsqlBody, SyntaxError } from "./grammar.ts";
import { Parser } from "./parser.ts";
import { collectPlpgsql } from "./plpgsql.ts";
import { isTooDeep, moveLocations } from "./tree.ts";
import type { Instantiate } from "./wasm.ts";

export interface GrammarOptions {
  /** Bound on the cache of trees, in estimated bytes. */
  readonly cacheBytes?: number;
}

/** Some thousand statements of ordinary size, in an isolate of 128 MB. */
const CACHE_BYTES = 8 * 1024 * 1024;

/** A text is held several times over while it is parsed: as a string, as bytes, in the module's memory, in the tree. */
export const MAX_TEXT_BYTES = 4 * 1024 * 1024;

const LONE_SURROGATE = /\p{Surrogate}/u;

interface RawStatement {
  readonly stmt?: Node;
  /** 0 is left out. */
  readonly stmt_location?: number;
  /** Left out: to the end. */
  readonly stmt_len?: number;
}

interface RawTree {
  readonly stmts?: readonly RawStatement[];
}

const MAX_KEPT_BODIES = 64;
const MAX_KEPT_BODY_CHARACTERS = 16_384;

/** `instantiate` makes an instance of libpg-query's WebAssembly module: how one comes by a module is the platform's affair. */
export function createGrammar(instantiate: Instantiate, options: GrammarOptions = {}): Grammar {
  const parser = new Parser(instantiate);
  const cache = new TreeCache(options.cacheBytes ?? CACHE_BYTES);

  function parse(text: string): Result<readonly ParsedStatement[], SyntaxError> {
    const cached = cache.get(text);
    if (cached !== undefined) return { ok: true, value: cached };
    const bytes = encode(text);
    if (!bytes.ok) return bytes;
    const json = read(parser.parse(bytes.value));
    if (!json.ok) return json;
    const statements = split(text, bytes.value, json.value.tree as RawTree);
    cache.add(text, statements, json.value.length);
    return { ok: true, value: statements };
  }

  /** Triggers that call one another are walked on many paths: the last few bodies are kept. */
  const bodies = new Map<string, Result<PlpgsqlBody, SyntaxError>>();

  function plpgsql(source: string): Result<PlpgsqlBody, SyntaxError> {
    const known = bodies.get(source);
    if (known !== undefined) return known;
    const body = readPlpgsql(source);
    if (source.length > MAX_KEPT_BODY_CHARACTERS) return body;
    if (bodies.size >= MAX_KEPT_BODIES) bodies.clear();
    bodies.set(source, body);
    return body;
  }

  function readPlpgsql(source: string): Result<PlpgsqlBody, SyntaxError> {
    const bytes = encode(source);
    if (!bytes.ok) return bytes;
    const json = read(parser.plpgsql(bytes.value));
    if (!json.ok) return json;
    const body = bodyOf(parse(source));
    if (body === null) return fault("0A000", "no PL/pgSQL body");
    const scanned = read(parser.scan(body));
    if (!scanned.ok) return scanned;
    const { tokens = [] } = scanned.value.tree as { readonly tokens?: readonly Token[] };
    const defaults = defaultValues(body, tokens);
    if (defaults === null) return fault("0A000", "PL/pgSQL declarations cannot be read");
    return collectPlpgsql(json.value.tree, defaults, (text) => {
      const parsed = parse(text);
      return parsed.ok && parsed.value.length === 1;
    });
  }

  return {
    parse,
    plpgsql,
    get cachedBytes() {
      return cache.bytes;
    },
  };
}

/** The text of AS in CREATE FUNCTION, of the only literal in DO. */
function bodyOf(parsed: Result<readonly ParsedStatement[], SyntaxError>): Uint8Array | null {
  if (!parsed.ok || parsed.value.length !== 1) return null;
  const node = parsed.value[0]?.node;
  if (node === undefined) return null;
  const options =
    "DoStmt" in node ? node.DoStmt.args : "CreateFunctionStmt" in node ? node.CreateFunctionStmt.options : [];
  for (const option of options ?? []) {
    if (!("DefElem" in option) || option.DefElem.defname !== "as") continue;
    const { arg } = option.DefElem;
    const text = arg !== undefined && "List" in arg ? arg.List.items?.[0] : arg;
    if (text !== undefined && "String" in text) return utf8Encode(text.String.sval ?? "");
  }
  return null;
}

/**
 * At `/*` the scanner reads the whole run of operator characters and gives back all but two (scan.l, xcstart): a run of n
 * comment starts costs n². 200 KB of them took 100 seconds; PostgreSQL itself is as slow. Operators end at 63 characters.
 */
const OPERATOR_RUN = /[~!@#^&|`?+\-*/%<>=]{64,}/g;

/** About 0.1 s. */
const MAX_SCAN_STEPS = 20_000_000;

function scanSteps(text: string): number {
  let steps = 0;
  for (const [run] of text.matchAll(OPERATOR_RUN)) steps += (run.split("/*").length - 1) * run.length;
  return steps;
}

interface Read {
  readonly tree: unknown;
  readonly length: number;
}

function read(json: Result<string, SyntaxError>): Result<Read, SyntaxError> {
  if (!json.ok) return json;
  if (isTooDeep(json.value)) return fault("54001", "stack depth limit exceeded");
  return {
    ok: true,
    value: { tree: JSON.parse(json.value.replaceAll(CONTROL, escaped)), length: json.value.length },
  };
}

/**
 * libpg_query writes those of PL/pgSQL texts as they are, which JSON does not take. Line ends it escapes, and
 * puts between values of its own.
 */
// oxlint-disable-next-line no-control-regex -- they are what it is for
const CONTROL = /[\x01-\x09\x0b-\x1f]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function fault(sqlstate: string, message: string): Result<never, SyntaxError> {
  return { ok: false, error: { sqlstate, message, position: null } };
}

function encode(text: string): Result<Uint8Array, SyntaxError> {
  // UTF-8 is never longer than three bytes for each unit of UTF-16: most texts need no second look.
  if (text.length > MAX_TEXT_BYTES) return fault("54000", "statement is too long");
  // C would read to the zero and no further: the rest would run unread.
  if (text.includes("\0")) return fault("22021", 'invalid byte sequence for encoding "UTF8": 0x00');
  // Bytes that are not UTF-8 (core/bytes/text.ts). The server may read them in an encoding of its own, the parser cannot.
  if (LONE_SURROGATE.test(text)) return fault("22021", 'invalid byte sequence for encoding "UTF8"');
  if (scanSteps(text) > MAX_SCAN_STEPS) return fault("54000", "statement is too complex");
  const bytes = utf8Encode(text);
  return bytes.length > MAX_TEXT_BYTES ? fault("54000", "statement is too long") : { ok: true, value: bytes };
}

function split(text: string, bytes: Uint8Array, { stmts }: RawTree): readonly ParsedStatement[] {
  const ascii = bytes.length === text.length;
  const slice = (start: number, end: number): string =>
    ascii ? text.slice(start, end) : (utf8Decode(bytes.subarray(start, end)) ?? "");
  const statements: ParsedStatement[] = [];
  let countedBytes = 0;
  let countedCharacters = 0;
  for (const { stmt, stmt_location: start = 0, stmt_len: length = 0 } of stmts ?? []) {
    if (stmt === undefined) continue;
    countedCharacters += ascii ? start - countedBytes : characters(bytes, countedBytes, start);
    countedBytes = start;
    moveLocations(stmt, -start);
    statements.push({
      text: slice(start, length === 0 ? bytes.length : start + length),
      offsetBytes: start,
      offsetCharacters: countedCharacters,
      node: stmt,
    });
  }
  return statements;
}

/** Code points in a stretch of UTF-8: all bytes but continuations. */
function characters(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) if (((bytes[at] ?? 0) & 0xc0) !== 0x80) count++;
  return count;
}
