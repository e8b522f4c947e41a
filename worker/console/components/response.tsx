// What a statement was answered with, as a plain table: for the statement's own page, and where scripts are off. The player has
// a table of its own for results of any size (client/grid.ts).

import type { JSX } from "hono/jsx/jsx-runtime";
import type * as v from "valibot";
import type { ResponseBody, StatementItem } from "../../records/items.ts";
import { counted, isNumeric, typeName } from "../text/format.ts";
import { Asides } from "./asides.tsx";
import { Text } from "./text.tsx";
import { Masked, type Value, ValueText } from "./value.tsx";

export type Response = v.InferOutput<typeof ResponseBody>;
export type ResultItem = Response["results"][number];

const MOST_ROWS = 100;
const MOST_COLUMNS = 60;
const CELL_CHARACTERS = 300;

/** By column: how it is masked. */
export type Masks = ReadonlyMap<number, string>;

export function masksOf(columns: StatementItem["masked_columns"], result: number): Masks {
  return new Map(
    columns
      .filter((one) => one.result === result)
      .map(({ column, mask, reason }) => [column, reason === "masked" ? mask : `${mask}, ${reason}`]),
  );
}

interface Props {
  readonly response: Response;
  readonly masked: StatementItem["masked_columns"];
}

export function ResponseView({ response, masked }: Props): JSX.Element {
  return (
    <>
      {response.results.map((result, n) => (
        <ResultTable result={result} masks={masksOf(masked, n)} />
      ))}
      <Asides response={response} />
    </>
  );
}

function ResultTable({
  result,
  masks,
}: {
  readonly result: ResultItem;
  readonly masks: Masks;
}): JSX.Element | null {
  const { columns, rows } = result;
  if (columns.length === 0) return null;
  return (
    <figure class="result">
      <figcaption>
        {counted(rows.length, "row")}, {counted(columns.length, "column")}
        {rows.length > MOST_ROWS || columns.length > MOST_COLUMNS
          ? `: the first ${String(Math.min(rows.length, MOST_ROWS))} by ${String(Math.min(columns.length, MOST_COLUMNS))} are shown here, all of them in the downloads`
          : ""}
      </figcaption>
      <div class="scroll" tabindex={0} role="region" aria-label="Result">
        <table class="rows">
          <thead>
            <tr>
              {columns.slice(0, MOST_COLUMNS).map(({ name, type_oid }, i) => (
                <th scope="col">
                  <Text value={name ?? "?column?"} /> <small>{typeName(type_oid)}</small>
                  <MaskedHow how={masks.get(i)} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map((row) => (
              <tr>
                {row.slice(0, MOST_COLUMNS).map((value, i) => (
                  <td
                    class={cellClass(value, columns[i]?.type_oid ?? 0, masks.has(i))}
                    title={titleOf(masks.get(i))}
                  >
                    <ValueText value={value} most={CELL_CHARACTERS} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

/** Lines of more characters are broken. */
const LINE_CHARACTERS = 48;

function cellClass(value: Value, oid: number, masked: boolean): string {
  const length = typeof value === "string" ? value.length : 0;
  return [
    ...(isNumeric(oid) ? ["number"] : []),
    ...(masked ? ["is-masked"] : []),
    ...(length > LINE_CHARACTERS ? ["long"] : ["one-line"]),
  ].join(" ");
}

function titleOf(how: string | undefined): string | undefined {
  return how === undefined ? undefined : `masked: ${how}`;
}

function MaskedHow({ how }: { readonly how: string | undefined }): JSX.Element | null {
  return how === undefined ? null : <Masked how={how} />;
}
