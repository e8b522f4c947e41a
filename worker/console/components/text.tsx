// Text that came from outside, shown inertly: what would not be seen, or would turn its surroundings around, is marked.

import type { JSX } from "hono/jsx/jsx-runtime";
import { code, visible } from "../text/visible.ts";

/** On one line or several, as it is; isolated from the writing direction around it. */
export function Text({ value }: { readonly value: string }): JSX.Element {
  return (
    <bdi>
      <Pieces value={value} />
    </bdi>
  );
}

export function Pieces({ value }: { readonly value: string }): JSX.Element {
  return (
    <>
      {visible(value).map(({ text, mark }) =>
        mark === null ? (
          text
        ) : (
          <span class="hidden-char" title={mark}>
            {code(text)}
          </span>
        ),
      )}
    </>
  );
}

/** The beginning, and the rest where one asks for it. */
export function Folded({
  value,
  most = 2_000,
}: {
  readonly value: string;
  readonly most?: number;
}): JSX.Element {
  if (value.length <= most) return <Text value={value} />;
  return (
    <>
      <Text value={value.slice(0, most).toWellFormed()} />
      <details class="fold">
        <summary>… {(value.length - most).toLocaleString("en-US")} more characters</summary>
        <Text value={value.slice(most).toWellFormed()} />
      </details>
    </>
  );
}
