// Holds the table of docs/cost.md against what was counted: rows and bytes do not depend on the machine, so a document that says
// otherwise is wrong. Pure: text and figures in, sentences out.

import type { RowsWritten } from "./rows-written.ts";

/** A figure of the document is right within this share of what was counted. */
const TOLERANCE = 0.15;
const UNITS: Readonly<Record<string, number>> = { "": 1, B: 1, KB: 1e3, MB: 1e6, GB: 1e9 };
/** `2.01`, `1.04–1.06`, `1.0–1.1 KB`, `2.95 MB (30 %)`. */
const FIGURE = /^(\d+(?:\.\d+)?)(?:–(\d+(?:\.\d+)?))?(?: (B|KB|MB|GB))?(?: \(.*\))?$/;

/** One sentence for each figure that the document has otherwise, and for each row that it lacks. */
export function disagreements(document: string, counted: readonly RowsWritten[]): string[] {
  const lines = new Map(
    document
      .split("\n")
      .filter((line) => line.startsWith("| "))
      .map((line) => line.split("|").map((cell) => cell.trim()))
      .map(([, what = "", ...cells]) => [what, cells] as const),
  );
  return counted.flatMap(({ what, object, d1, storedBytes }) => {
    const cells = lines.get(what);
    if (cells === undefined) return [`docs/cost.md has no row "${what}"`];
    const figures = { "rows of the object": object, "rows of D1": d1, "bytes in D1": storedBytes };
    return Object.entries(figures).flatMap(([name, figure], i) => {
      const said = cells[i] ?? "";
      // Bytes of a session without statements are those of pages that others share.
      if (said === "" || says(said, figure)) return [];
      return [`${what}: ${name} are ${figure.toFixed(2)}, and docs/cost.md says ${said}`];
    });
  });
}

function says(cell: string, figure: number): boolean {
  const match = FIGURE.exec(cell);
  if (match === null) return false;
  const [, least = "", most = least, unit = ""] = match;
  const scale = UNITS[unit] ?? 1;
  return (
    figure >= Number(least) * scale * (1 - TOLERANCE) && figure <= Number(most) * scale * (1 + TOLERANCE)
  );
}
