// `sluice policy apply FILE`: makes a document the policy in force, unless somebody else changed it meanwhile.

import { UsageError } from "../../cli/usage.ts";
import type { PolicyContext } from "../context.ts";
import { describe } from "../diagnostics.ts";
import { diagnosticsOf, member, printable, targetPath, textMember } from "../gateway.ts";
import { currentPolicy } from "./current.ts";

/** False where the document is wrong, or another version came first. */
export async function apply(context: PolicyContext, file: string): Promise<boolean> {
  const document = context.read(file);
  const comment = context.text("comment");
  const { status, body } = await context.gateway.call(
    targetPath(context.target(), comment === null ? "" : `?comment=${encodeURIComponent(comment)}`),
    { method: "PUT", text: document, headers: await condition(context), expected: [412, 422] },
  );
  if (status === 422) {
    for (const diagnostic of diagnosticsOf(body)) context.say(describe(file, diagnostic));
    return false;
  }
  if (status === 412) {
    context.say(`not applied: ${printable(textMember(body, "detail"))}`);
    return false;
  }
  context.say(
    `${context.target()}: ${file} is version ${String(member(body, "version"))}, in force within 5 seconds`,
  );
  return true;
}

/** What it replaces: the version that --replaces names, or what is there now. */
async function condition(context: PolicyContext): Promise<Readonly<Record<string, string>>> {
  const replaces = context.text("replaces");
  if (replaces !== null) {
    if (replaces === "none") return { "if-none-match": "*" };
    if (!/^[1-9]\d*$/.test(replaces))
      throw new UsageError("--replaces has to be a version's number, or none");
    return { "if-match": `"${replaces}"` };
  }
  const { version } = await currentPolicy(context);
  return version === null ? { "if-none-match": "*" } : { "if-match": `"${version}"` };
}
