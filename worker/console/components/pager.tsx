// On to the next page of a list that is read by cursors; back is the browser's own.

import type { JSX } from "hono/jsx/jsx-runtime";
import { counted } from "../text/format.ts";

interface Props {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly next: string | null;
  readonly shown: number;
  /** What is listed, one of it: "session". */
  readonly what: string;
}

export function Pager({ path, query, next, shown, what }: Props): JSX.Element {
  const onward = new URLSearchParams(query);
  if (next !== null) onward.set("cursor", next);
  const first = new URLSearchParams(query);
  first.delete("cursor");
  return (
    <nav class="pager" aria-label="Pages">
      {query.has("cursor") ? <a href={`${path}?${first.toString()}`}>« Newest</a> : null}
      <span class="note">
        {shown === 0 && next !== null
          ? `None of what was looked at so far: there is more to look through.`
          : counted(shown, what)}
      </span>
      {next === null ? null : (
        <a rel="next" href={`${path}?${onward.toString()}`}>
          {shown === 0 ? "Look further" : "Older"} »
        </a>
      )}
    </nav>
  );
}
