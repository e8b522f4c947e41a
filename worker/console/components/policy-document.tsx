// A policy document as it is read: numbered lines, each with what lint says of it beneath.

import type { JSX } from "hono/jsx/jsx-runtime";
import type { LintReport } from "../../policies/items.ts";
import { counted } from "../text/format.ts";
import { Text } from "./text.tsx";

interface DocumentProps {
  readonly document: string;
  /** null: nobody asked. */
  readonly lint: LintReport | null;
}

/** With its lines numbered, and what lint says under the line that it is about. */
export function Document({ document, lint }: DocumentProps): JSX.Element {
  const lines = document.replace(/\n$/, "").split("\n");
  const marks = Map.groupBy(lint?.diagnostics ?? [], ({ line }) => line);
  return (
    <>
      {lint === null ? null : (
        <p class="note" role="status">
          {lint.diagnostics.length === 0
            ? "✓ Lint has nothing to say."
            : `${lint.valid ? "" : "✕ Not valid. "}${counted(lint.diagnostics.length, "remark")} of lint, at their lines.`}
        </p>
      )}
      <div class="document scroll" tabindex={0} role="region" aria-label="Policy document">
        <ol>
          {lines.map((text, i) => (
            <li>
              <code>
                <Text value={text === "" ? " " : text} />
              </code>
              {(marks.get(i + 1) ?? []).map(({ severity, message, path }) => (
                <p class={`lint ${severity}`}>
                  <span aria-hidden="true">{severity === "error" ? "✕" : "▲"}</span> {severity}:{" "}
                  <Text value={message} />{" "}
                  <span class="note">
                    <Text value={path} />
                  </span>
                </p>
              ))}
            </li>
          ))}
        </ol>
      </div>
    </>
  );
}
