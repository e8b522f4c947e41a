// What changed from one document to the next, line by line; long runs of what stayed are folded.

import type { JSX } from "hono/jsx/jsx-runtime";
import { diff, type DiffLine } from "../text/diff.ts";
import { counted } from "../text/format.ts";
import { Text } from "./text.tsx";

const SIGNS = { same: " ", gone: "−", new: "+" } as const;
const WORDS = { same: null, gone: "removed: ", new: "added: " } as const;
/** Of what stayed, beside a change. */
const CONTEXT_LINES = 3;

interface Props {
  readonly before: string;
  readonly after: string;
  readonly label: string;
}

export function DiffView({ before, after, label }: Props): JSX.Element {
  const lines = diff(before, after);
  if (lines.every(({ kind }) => kind === "same")) return <p class="note">Nothing differs.</p>;
  return (
    <div class="document diff scroll" tabindex={0} role="region" aria-label={label}>
      <ol>
        {folded(lines).map((part) =>
          typeof part === "number" ? (
            <li class="fold">{counted(part, "line")} as before</li>
          ) : (
            <Line {...part} />
          ),
        )}
      </ol>
    </div>
  );
}

function Line({ kind, text }: DiffLine): JSX.Element {
  return (
    <li class={kind}>
      <span class="sign" aria-hidden="true">
        {SIGNS[kind]}
      </span>
      {WORDS[kind] === null ? null : <span class="unseen">{WORDS[kind]}</span>}
      <code>
        <Text value={text === "" ? " " : text} />
      </code>
    </li>
  );
}

/** A number stands for that many lines that stayed. */
function folded(lines: readonly DiffLine[]): readonly (DiffLine | number)[] {
  const near = new Set<number>();
  for (const [n, { kind }] of lines.entries())
    if (kind !== "same") for (let i = n - CONTEXT_LINES; i <= n + CONTEXT_LINES; i++) near.add(i);
  const parts: (DiffLine | number)[] = [];
  for (const [n, line] of lines.entries()) {
    const last = parts.at(-1);
    if (near.has(n)) parts.push(line);
    else if (typeof last === "number") parts[parts.length - 1] = last + 1;
    else parts.push(1);
  }
  return parts;
}
