// `sluice policy check FILE`: what is wrong with a document, by line.

import type { PolicyContext } from "../context.ts";
import { describe, summary } from "../diagnostics.ts";
import { diagnosticsOf } from "../gateway.ts";

/** True where the document can be applied; with --strict, where it has no warnings either. */
export async function check(context: PolicyContext, file: string): Promise<boolean> {
  const sample = context.on("sample");
  const target = sample ? context.target() : context.targetIfNamed;
  const query = target === null ? "" : `?target=${encodeURIComponent(target)}${sample ? "&sample=true" : ""}`;
  const { body } = await context.gateway.call(`/v1/policy/lint${query}`, {
    method: "POST",
    text: context.read(file),
  });
  const diagnostics = diagnosticsOf(body);
  for (const diagnostic of diagnostics) context.say(describe(file, diagnostic));
  context.say(`${file}: ${diagnostics.length === 0 ? "no problems" : summary(diagnostics)}`);
  const bad = context.on("strict") ? diagnostics : diagnostics.filter(({ severity }) => severity === "error");
  return bad.length === 0;
}
