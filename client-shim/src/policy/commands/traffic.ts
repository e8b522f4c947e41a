// `sluice policy replay FILE` decides recorded statements anew; `sluice policy suggest` writes a document from them.

import { UsageError } from "../../cli/usage.ts";
import type { PolicyContext } from "../context.ts";
import { counted, describe } from "../diagnostics.ts";
import {
  diagnosticsOf,
  listMember,
  member,
  numberMember,
  printable,
  targetPath,
  textMember,
} from "../gateway.ts";
import { readTime } from "../period.ts";
import { shorten, table } from "../table.ts";

const KINDS = ["newly_refused", "newly_held", "newly_allowed", "not_decidable"] as const;
type Counts = Record<(typeof KINDS)[number], number>;

const DEFAULT_FROM = "7d";
/** Examples that are shown of each kind. */
const SHOWN = 10;

/** False where the candidate refuses or holds what ran, or the document is wrong. */
export async function replay(context: PolicyContext, file: string): Promise<boolean> {
  const document = context.read(file);
  const asked = period(context);
  const totals = zero();
  const rules = new Map<string, Counts>();
  const examples = new Map<string, string[][]>();
  let statements = 0;
  for (let cursor: string | null = null; ;) {
    const { status, body } = await context.gateway.call(targetPath(context.target(), "/replay"), {
      method: "POST",
      expected: [422],
      json: { document, ...asked, ...(cursor === null ? {} : { cursor }) },
    });
    if (status === 422) {
      for (const diagnostic of diagnosticsOf(body)) context.say(describe(file, diagnostic));
      return false;
    }
    statements += numberMember(body, "statements");
    add(totals, member(body, "counts"));
    for (const entry of listMember(body, "by_rule")) {
      const rule = textMember(entry, "rule");
      const counts = rules.get(rule) ?? zero();
      add(counts, entry);
      rules.set(rule, counts);
    }
    for (const example of listMember(body, "examples")) collect(examples, example);
    const next = member(body, "next_cursor");
    if (typeof next !== "string") break;
    cursor = next;
  }
  context.say(`${counted(statements, "statement")} recorded from ${asked.from} to ${asked.to}`);
  for (const kind of KINDS) context.say(`  ${kind.replace("_", " ").padEnd(14)} ${totals[kind]}`);
  for (const line of byRule(rules)) context.say(line);
  for (const [kind, rows] of examples) {
    context.say(`\n${kind.replace("_", " ")}:`);
    for (const line of table(rows)) context.say(`  ${line}`);
  }
  return totals.newly_refused === 0 && totals.newly_held === 0;
}

function byRule(rules: ReadonlyMap<string, Counts>): readonly string[] {
  if (rules.size === 0) return [];
  const rows = [...rules].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    "",
    ...table([
      ["rule", "newly refused", "newly held", "newly allowed"],
      ...rows.map(([rule, { newly_refused, newly_held, newly_allowed }]) => [
        rule,
        String(newly_refused),
        String(newly_held),
        String(newly_allowed),
      ]),
    ]),
  ];
}

export async function suggest(context: PolicyContext): Promise<boolean> {
  const { body } = await context.gateway.call(targetPath(context.target(), "/suggest"), {
    method: "POST",
    json: period(context),
  });
  for (const line of textMember(body, "document").trimEnd().split("\n")) context.say(line);
  return true;
}

function period(context: PolicyContext): { from: string; to: string; subject?: string } {
  const now = Date.now();
  const read = (flag: string, fallback: string): string => {
    const time = readTime(context.text(flag) ?? fallback, now);
    if (time !== null) return time;
    throw new UsageError(
      `--${flag} has to be a time like 2026-11-20T09:00:00Z, a day like 2026-11-20, or 24h, 7d ago`,
    );
  };
  const subject = context.text("subject");
  const asked = { from: read("from", DEFAULT_FROM), to: read("to", new Date(now).toISOString()) };
  return subject === null ? asked : { ...asked, subject };
}

function zero(): Counts {
  return { newly_refused: 0, newly_held: 0, newly_allowed: 0, not_decidable: 0 };
}

function add(counts: Counts, more: unknown): void {
  for (const kind of KINDS) counts[kind] += numberMember(more, kind);
}

function collect(examples: Map<string, string[][]>, example: unknown): void {
  const kind = textMember(example, "kind");
  const rows = examples.get(kind) ?? [];
  examples.set(kind, rows);
  if (rows.length >= SHOWN) return;
  rows.push([
    `${textMember(example, "session_id")}:${numberMember(example, "seq")}`,
    textMember(member(example, "after"), "rule"),
    shorten(printable(textMember(example, "statement"))),
  ]);
}
