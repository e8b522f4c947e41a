// The table of cases for `sluice policy test`: YAML or JSON, a list of statements with who asks and what has to come of it.
// What is wrong with it is told with its line. Pure.

import { LineCounter, isMap, isScalar, isSeq, parseDocument, type Node, type YAMLMap } from "yaml";

export const EFFECTS = ["allow", "observe", "approve", "deny"] as const;
export type Effect = (typeof EFFECTS)[number];

export interface CasePrincipal {
  readonly subject?: string;
  readonly issuer?: string;
  readonly roles?: readonly string[];
  readonly groups?: readonly string[];
}

export interface Case {
  /** In the file, from 1. */
  readonly line: number;
  readonly column: number;
  readonly statement: string;
  readonly as: CasePrincipal;
  readonly expect: Effect;
  /** The rule that has to decide; null: any. */
  readonly rule: string | null;
}

/** What is wrong with the file, at a place of it. */
export class CasesError extends Error {
  override readonly name = "CasesError";
}

const CASE_KEYS = ["statement", "as", "expect", "rule"];
const AS_KEYS = ["subject", "issuer", "roles", "groups"];

/** `- {statement: …, as: {roles, groups, subject}, expect: deny, rule: …}`, at the top or under `cases:`. */
export function readCases(file: string, text: string): readonly Case[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: true });
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const fail: Fail = (offset, message) => {
    const { line, column } = placeOf(offset);
    throw new CasesError(`${file}:${line}:${column}: ${message}`);
  };
  const [fault] = document.errors;
  if (fault !== undefined) fail(fault.pos[0], fault.message.split(/ at line |\n/)[0] ?? "not YAML");
  const top = document.contents;
  const list = isMap(top) ? top.get("cases", true) : top;
  if (!isSeq(list)) return fail(0, "write a list of cases: - {statement: SELECT 1, expect: allow}");
  return list.items.map((item) => {
    const offset = offsetOf(item);
    if (!isMap(item)) return fail(offset, "a case is a map with `statement` and `expect`");
    return readCase(item, item.toJS(document), placeOf(offset), fail);
  });
}

interface Place {
  readonly line: number;
  readonly column: number;
}

type Fail = (offset: number, message: string) => never;

function readCase(item: YAMLMap, value: object, { line, column }: Place, fail: Fail): Case {
  const stray = item.items.find(({ key }) => !isScalar(key) || !CASE_KEYS.includes(String(key.value)));
  if (stray !== undefined) fail(offsetOf(stray.key), `a case has ${CASE_KEYS.join(", ")} and nothing else`);
  const read = (key: string): unknown => Reflect.get(value, key);
  const wrong = (key: string, message: string): never =>
    fail(offsetOf(item.get(key, true) ?? item), `\`${key}\` has to be ${message}`);
  const statement = read("statement");
  if (typeof statement !== "string" || statement.trim() === "") return wrong("statement", "SQL");
  const expect = EFFECTS.find((effect) => effect === read("expect"));
  if (expect === undefined) return wrong("expect", EFFECTS.join(", "));
  const rule = read("rule") ?? null;
  if (rule !== null && typeof rule !== "string") return wrong("rule", "a rule's id");
  const as = readPrincipal(read("as"));
  if (as === null) return wrong("as", "{roles: [agent], groups: [support], subject: bot-1}");
  return { line, column, statement, as, expect, rule };
}

function readPrincipal(value: unknown): CasePrincipal | null {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) return null;
  const as: Record<string, string | readonly string[]> = {};
  for (const [key, given] of Object.entries(value)) {
    if (!AS_KEYS.includes(key)) return null;
    const several = key === "roles" || key === "groups";
    if (several ? !isTexts(given) : typeof given !== "string") return null;
    as[key] = given as string | readonly string[];
  }
  return as;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function offsetOf(node: unknown): number {
  return (node as Node | undefined)?.range?.[0] ?? 0;
}
