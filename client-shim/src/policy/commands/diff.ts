// `sluice policy diff FILE`: what applying a document would change, as text and in meaning.

import type { PolicyContext } from "../context.ts";
import { diffLines, unified } from "../lines.ts";
import { diffMeaning } from "../meaning.ts";
import { currentPolicy, nameOf } from "./current.ts";

/** True where nothing would change. */
export async function diff(context: PolicyContext, file: string): Promise<boolean> {
  const after = context.read(file);
  const current = await currentPolicy(context);
  if (current.document === after) {
    context.say(`${file} is ${nameOf(current)} of ${context.target()}`);
    return true;
  }
  context.say(`--- ${context.target()}, ${nameOf(current)}`);
  context.say(`+++ ${file}`);
  for (const line of unified(diffLines(linesOf(current.document), linesOf(after)))) context.say(line);
  context.say("");
  const changes = diffMeaning(current.document, after);
  if (changes === null) context.say("In meaning: cannot be told, since one of the two is not YAML");
  else if (changes.length === 0) context.say("In meaning: nothing changes");
  else for (const line of ["In meaning:", ...changes.map((change) => `  ${change}`)]) context.say(line);
  return false;
}

function linesOf(text: string): readonly string[] {
  const lines = text.split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}
