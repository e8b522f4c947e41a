// `sluice policy test FILE CASES`: decides each statement of a table by a document that need not be applied yet, without
// running it, and compares with what is expected.

import { CasesError, readCases, type Case } from "../cases.ts";
import type { PolicyContext } from "../context.ts";
import { describe } from "../diagnostics.ts";
import { diagnosticsOf, listMember, member, printable, textMember } from "../gateway.ts";
import { shorten, table } from "../table.ts";

/** As many as the gateway takes at once. */
const BATCH = 100;

interface Verdict {
  readonly effect: string;
  readonly rule: string;
  readonly why: string;
  /** `email: partial, ssn: null`. */
  readonly masked: string;
}

/** True where every case came out as expected. */
export async function test(context: PolicyContext, file: string, casesFile: string): Promise<boolean> {
  const document = context.read(file);
  const cases = casesOf(context, casesFile);
  if (cases === null) return false;
  const verdicts = await decide(context, file, document, cases);
  if (verdicts === null) return false;
  const masks = verdicts.some(({ masked }) => masked !== "");
  const rows = cases.map((each, i) => row(each, verdicts[i] ?? NO_VERDICT, masks));
  const head = ["", "line", "expected", "decided", "rule", ...(masks ? ["masked"] : []), "statement"];
  for (const line of table([head, ...rows])) context.say(line);
  const failed = cases.flatMap((each, i) => {
    const verdict = verdicts[i] ?? NO_VERDICT;
    return meets(each, verdict) ? [] : [{ each, verdict }];
  });
  for (const { each, verdict } of failed) {
    const expected = each.rule === null ? each.expect : `${each.expect} by ${each.rule}`;
    context.say(
      `${casesFile}:${each.line}:${each.column}: expected ${expected}, and it is ${verdict.effect} by ${verdict.rule}${verdict.why === "" ? "" : `: ${verdict.why}`}`,
    );
  }
  context.say(`${cases.length - failed.length} of ${cases.length} as expected`);
  return failed.length === 0;
}

const NO_VERDICT: Verdict = { effect: "(no answer)", rule: "", why: "", masked: "" };

function casesOf(context: PolicyContext, file: string): readonly Case[] | null {
  try {
    return readCases(file, context.read(file));
  } catch (fault) {
    if (!(fault instanceof CasesError)) throw fault;
    context.say(fault.message);
    return null;
  }
}

/** By principal and in batches; null where the document itself is wrong, which is then said. */
async function decide(
  context: PolicyContext,
  file: string,
  document: string,
  cases: readonly Case[],
): Promise<readonly Verdict[] | null> {
  const groups = byPrincipal(cases);
  const verdicts: Verdict[] = [];
  for (const indexes of groups.values()) {
    for (let from = 0; from < indexes.length; from += BATCH) {
      const batch = indexes.slice(from, from + BATCH);
      const { status, body } = await context.gateway.call("/v1/check", {
        method: "POST",
        expected: [422],
        json: {
          target: context.target(),
          document,
          principal: cases[batch[0] ?? 0]?.as ?? {},
          statements: batch.map((i) => cases[i]?.statement ?? ""),
        },
      });
      if (status === 422) {
        for (const diagnostic of diagnosticsOf(body)) context.say(describe(file, diagnostic));
        return null;
      }
      for (const [n, item] of listMember(body, "data").entries()) verdicts[batch[n] ?? 0] = verdictOf(item);
    }
  }
  return verdicts;
}

/** Indexes of the cases of each; Node 20 has no Map.groupBy. */
function byPrincipal(cases: readonly Case[]): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>();
  for (const [i, { as }] of cases.entries()) {
    const key = JSON.stringify(as);
    groups.set(key, [...(groups.get(key) ?? []), i]);
  }
  return groups;
}

function verdictOf(item: unknown): Verdict {
  const decision = member(item, "decision");
  const matched = listMember(decision, "matched").map(String).join(", ");
  return {
    effect: textMember(decision, "effect"),
    rule: textMember(decision, "rule"),
    why: printable(matched === "" ? textMember(member(item, "refusal"), "message") : matched),
    masked: shorten(listMember(item, "masked_columns").map(maskedColumn).join(", ")),
  };
}

function maskedColumn(item: unknown): string {
  return printable(`${textMember(item, "name")}: ${textMember(item, "mask")}`);
}

function meets(each: Case, verdict: Verdict): boolean {
  return each.expect === verdict.effect && (each.rule === null || each.rule === verdict.rule);
}

function row(each: Case, verdict: Verdict, masks: boolean): readonly string[] {
  return [
    meets(each, verdict) ? "ok" : "FAIL",
    String(each.line),
    each.rule === null ? each.expect : `${each.expect} (${each.rule})`,
    verdict.effect,
    verdict.rule,
    ...(masks ? [verdict.masked] : []),
    shorten(printable(each.statement)),
  ];
}
