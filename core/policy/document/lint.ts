// What is valid in a document and yet no one means: rules that nothing reaches, lists without effect, limits at odds.

import type { Diagnostic, PolicyDocument } from "./document.ts";

export function lint(_document: PolicyDocument): readonly Diagnostic[] {
  return [];
}
