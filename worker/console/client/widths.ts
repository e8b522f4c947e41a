// How wide the columns of a result are: as their values want to be, within bounds, guessed from the first rows. By the font that the
// browser has, so that what has room is not cut.

import { type Masks, type ResultItem } from "../components/response.tsx";
import { typeName } from "../text/format.ts";
import { make } from "./element.ts";

const LEAST_PX = 64;
const MOST_PX = 340;
/** Padding of a cell on both sides, and a little: the last character is not to touch its edge. */
const AROUND_PX = 24;
const SAMPLED_ROWS = 60;

/** Left edge of each column, and the right one of the last. */
export function edgesOf({ columns, rows }: ResultItem, masks: Masks): readonly number[] {
  const edges = [0];
  const characterPx = widthOfCharacter();
  for (const [i, { name, type_oid: oid }] of columns.entries()) {
    let characters = Math.max(
      (name ?? "").length + 1,
      typeName(oid).length + (masks.get(i)?.length ?? 0) + 3,
    );
    for (const row of rows.slice(0, SAMPLED_ROWS)) {
      const value = row[i] ?? null;
      characters = Math.max(
        characters,
        value === null ? 4 : typeof value === "string" ? value.length : value.base64.length,
      );
    }
    edges.push(
      (edges.at(-1) ?? 0) + Math.min(MOST_PX, Math.max(LEAST_PX, characters * characterPx + AROUND_PX)),
    );
  }
  return edges;
}

const MEASURED = 100;

/** Of the tables' own font, which is one of fixed width. */
function widthOfCharacter(): number {
  const probe = make("span", "grid-probe", "0".repeat(MEASURED));
  document.body.append(probe);
  const { width } = probe.getBoundingClientRect();
  probe.remove();
  return width / MEASURED;
}
