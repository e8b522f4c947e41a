// One value of a result or a parameter: NULL, the empty text, bytes and text are told apart at sight.

import type { JSX } from "hono/jsx/jsx-runtime";
import { hex } from "../text/format.ts";
import { Pieces } from "./text.tsx";

/** As the API gives it (records/items.ts). */
export type Value = string | { readonly base64: string } | null;

interface Props {
  readonly value: Value;
  /** Characters that are shown; the rest is told by its number. */
  readonly most: number;
}

export function ValueText({ value, most }: Props): JSX.Element {
  if (value === null) return <span class="null">NULL</span>;
  if (value === "") return <span class="null">empty text</span>;
  if (typeof value !== "string") return <span class="hex">{hex(value.base64, most / 2)}</span>;
  return (
    <bdi>
      <Pieces value={value.slice(0, most).toWellFormed()} />
      {value.length > most ? (
        <span class="more">… {(value.length - most).toLocaleString("en-US")} more</span>
      ) : null}
    </bdi>
  );
}

/** Stands at what a mask of the policy changed or took out. */
export function Masked({ how }: { readonly how: string }): JSX.Element {
  return (
    <span class="masked" title={`masked: ${how}`}>
      <span aria-hidden="true">▒</span> {how}
    </span>
  );
}
