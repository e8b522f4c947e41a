// Diagnostics as compilers print them, so that editors and CI find the line: `policy.yaml:3:5: message`. Pure.

import type { Diagnostic } from "./gateway.ts";

export function describe(file: string, { severity, line, column, message }: Diagnostic): string {
  const at = line === 0 ? file : `${file}:${line}:${column}`;
  return `${at}: ${severity === "warning" ? "warning: " : ""}${message}`;
}

export function summary(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  return `${counted(errors, "error")}, ${counted(diagnostics.length - errors, "warning")}`;
}

export function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
