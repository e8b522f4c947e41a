// A line diff: the shortest edit by Myers's greedy algorithm (Algorithmica 1986), shown in the way of `diff -U3`. Pure.

export interface Edit {
  readonly kind: " " | "-" | "+";
  readonly line: string;
}

const CONTEXT_LINES = 3;

export function diffLines(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const traces = search(before, after);
  const edits: Edit[] = [];
  let x = before.length;
  let y = after.length;
  for (let d = traces.length - 1; d >= 0; d--) {
    const reach = traces[d] ?? new Map<number, number>();
    const k = x - y;
    const down = k === -d || (k !== d && at(reach, k - 1) < at(reach, k + 1));
    const previous = down ? k + 1 : k - 1;
    const startX = d === 0 ? 0 : at(reach, previous);
    const startY = startX - previous;
    // Back along the diagonal, as far as the edit that led to it.
    while (
      x > Math.max(0, startX) &&
      y > Math.max(0, d === 0 ? 0 : startY) &&
      before[x - 1] === after[y - 1]
    ) {
      edits.push({ kind: " ", line: before[x - 1] ?? "" });
      x--;
      y--;
    }
    if (d === 0) break;
    if (down) edits.push({ kind: "+", line: after[--y] ?? "" });
    else edits.push({ kind: "-", line: before[--x] ?? "" });
  }
  return edits.toReversed();
}

/** How far each diagonal reaches after d edits, as it was before each step. */
function search(before: readonly string[], after: readonly string[]): readonly ReadonlyMap<number, number>[] {
  const reach = new Map<number, number>([[1, 0]]);
  const traces: Map<number, number>[] = [];
  for (let d = 0; d <= before.length + after.length; d++) {
    traces.push(new Map(reach));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && at(reach, k - 1) < at(reach, k + 1));
      let x = down ? at(reach, k + 1) : at(reach, k - 1) + 1;
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x++;
      reach.set(k, x);
      if (x >= before.length && x - k >= after.length) return traces;
    }
  }
  return traces;
}

function at(reach: ReadonlyMap<number, number>, k: number): number {
  return reach.get(k) ?? -1;
}

/** Changed lines with three around them; places that are further apart are divided by a line of where. */
export function unified(edits: readonly Edit[]): readonly string[] {
  const near = edits.map((_, i) =>
    edits.slice(Math.max(0, i - CONTEXT_LINES), i + CONTEXT_LINES + 1).some(({ kind }) => kind !== " "),
  );
  const lines: string[] = [];
  let line = 0;
  for (const [i, edit] of edits.entries()) {
    if (edit.kind !== "+") line++;
    if (near[i] !== true) continue;
    if (near[i - 1] !== true) lines.push(`@@ line ${Math.max(1, line)} @@`);
    lines.push(`${edit.kind}${edit.line}`);
  }
  return lines;
}
