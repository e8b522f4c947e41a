// A small table of the gateway's own figures. Results have tables of their own (response.tsx, client/grid.ts).

import type { JSX } from "hono/jsx/jsx-runtime";

/** Of a column; one of numbers is set to the right, as they are. */
export type Head = string | { readonly number: string };

interface Props {
  readonly label: string;
  readonly heads: readonly Head[];
  readonly children: JSX.Element[];
}

export function Table({ label, heads, children }: Props): JSX.Element {
  return (
    <div class="scroll fit" tabindex={0} role="region" aria-label={label}>
      <table class="rows sums">
        <thead>
          <tr>
            {heads.map((head) =>
              typeof head === "string" ? (
                <th scope="col">{head}</th>
              ) : (
                <th scope="col" class="number">
                  {head.number}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
