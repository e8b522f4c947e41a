// A statement with its parts coloured, and what hides in it made visible.

import type { JSX } from "hono/jsx/jsx-runtime";
import { hex } from "../text/format.ts";
import { tokens } from "../text/sql.ts";
import { Folded, Pieces } from "./text.tsx";

/** Longer ones begin folded: a browser lays out every character. */
const SHOWN_CHARACTERS = 20_000;

interface Props {
  readonly statement: string;
  readonly encoding: "utf8" | "base64";
}

export function Sql({ statement, encoding }: Props): JSX.Element {
  if (encoding === "base64")
    return (
      <pre class="sql" tabindex={0} aria-label="Statement, not UTF-8">
        <span class="note">not UTF-8: </span>
        <Folded value={hex(statement, SHOWN_CHARACTERS)} />
      </pre>
    );
  if (statement === "") return <p class="note">An empty statement.</p>;
  const shown = statement.slice(0, SHOWN_CHARACTERS).toWellFormed();
  return (
    <pre class="sql" tabindex={0} aria-label="Statement">
      <code dir="ltr">
        {tokens(shown).map(({ kind, text }) =>
          kind === "plain" ? (
            <Pieces value={text} />
          ) : (
            <span class={`sql-${kind}`}>
              <Pieces value={text} />
            </span>
          ),
        )}
      </code>
      {statement.length > SHOWN_CHARACTERS ? (
        <details class="fold">
          <summary>… {(statement.length - SHOWN_CHARACTERS).toLocaleString("en-US")} more characters</summary>
          <Pieces value={statement.slice(SHOWN_CHARACTERS).toWellFormed()} />
        </details>
      ) : null}
    </pre>
  );
}
