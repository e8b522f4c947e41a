// The figures as a Markdown table and as JSON. Pure.

import { median, type Workload } from "./workloads.ts";

export interface Measured {
  readonly workload: Pick<Workload, "name" | "unit">;
  /** Path name -> one figure a round. */
  readonly figures: Readonly<Record<string, readonly number[]>>;
}

/** Median of the rounds, with the least and the greatest behind it. */
export function toTable(measured: readonly Measured[], paths: readonly string[]): string {
  const head = `| | ${paths.join(" | ")} |`;
  const rule = `|---|${paths.map(() => "---:").join("|")}|`;
  const rows = measured.map(({ workload, figures }) => {
    const cells = paths.map((path) => cell(figures[path] ?? [], workload.unit));
    return `| ${workload.name} (${workload.unit}) | ${cells.join(" | ")} |`;
  });
  return [head, rule, ...rows].join("\n");
}

function cell(values: readonly number[], unit: Workload["unit"]): string {
  if (values.length === 0) return "-";
  const digits = unit === "per second" ? 0 : 2;
  const [least, middle, most] = [Math.min(...values), median(values), Math.max(...values)];
  return `${middle.toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}
