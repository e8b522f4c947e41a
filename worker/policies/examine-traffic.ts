// Recorded statements -> what each text means. Agents repeat themselves, so each text is looked at once.

import { ok, type Result } from "../../core/result.ts";
import type { Refusal } from "../../durable-objects/connection.ts";
import type { Finding, Inspection } from "../../durable-objects/inspection/index.ts";
import type { RecordedStatement } from "./traffic.ts";

/** By text; nothing of a statement whose text the record does not have, or that is no statement (FunctionCall). */
export async function examineTraffic(
  inspection: Inspection,
  statements: readonly RecordedStatement[],
): Promise<Result<ReadonlyMap<string, Finding>, Refusal>> {
  const texts = new Set<string>();
  for (const { text, operation } of statements) {
    if (text !== null && operation !== "function_call") texts.add(text);
  }
  const examined = await inspection.examine([...texts]);
  if (!examined.ok) return examined;
  const findings = new Map<string, Finding>();
  for (const [i, text] of [...texts].entries()) {
    const finding = examined.value[i];
    if (finding !== undefined) findings.set(text, finding);
  }
  return ok(findings);
}
