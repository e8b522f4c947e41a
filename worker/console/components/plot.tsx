// Honest small plots: bars from zero, lines with gaps where nothing is known, a scale with its unit, and the figures as a table
// for whoever does not see the picture. By hand: they are few.

import type { JSX } from "hono/jsx/jsx-runtime";
import { count, duration } from "../text/format.ts";

export interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

interface Props {
  readonly title: string;
  /** What it says and what it leaves out, in a sentence. */
  readonly about: string;
  readonly series: readonly Series[];
  readonly kind: "bars" | "lines";
  /** Writes a value. */
  readonly unit?: "count" | "ms";
  /** What stands at the left and the right end. */
  readonly ends: readonly [string, string];
  /** The time of a bucket. */
  readonly at: (bucket: number) => string;
}

const WIDTH = 480;
const HEIGHT = 120;

export function Plot(props: Props): JSX.Element {
  const { title, about, series, kind, unit = "count", ends } = props;
  const write = unit === "ms" ? milliseconds : count;
  const total = series.flatMap(({ values }) => values).reduce((sum: number, value) => sum + (value ?? 0), 0);
  const top = niceTop(kind === "bars" ? highestStack(series) : highest(series));
  return (
    <figure class="plot">
      <figcaption>
        <h2>{title}</h2>
        <p class="note">{about}</p>
      </figcaption>
      {total === 0 ? (
        <p class="empty small">Nothing in this period.</p>
      ) : (
        <>
          <svg
            viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT + 18)}`}
            role="img"
            aria-label={`${title}: ${about}`}
          >
            <line class="axis" x1="0" x2={WIDTH} y1="0.5" y2="0.5" />
            <line class="axis" x1="0" x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} />
            {kind === "bars" ? <Bars series={series} top={top} /> : <Lines series={series} top={top} />}
            <line class="axis base" x1="0" x2={WIDTH} y1={HEIGHT} y2={HEIGHT} />
            <text x="3" y="12">
              {write(top)}
            </text>
            <text x="0" y={HEIGHT + 14}>
              {ends[0]}
            </text>
            <text x={WIDTH} y={HEIGHT + 14} text-anchor="end">
              {ends[1]}
            </text>
          </svg>
          <Legend series={series} kind={kind} write={write} />
          <Figures {...props} write={write} />
        </>
      )}
    </figure>
  );
}

/** Averages have fractions of the unit. */
function milliseconds(ms: number): string {
  return Number.isInteger(ms) || ms >= 100 ? duration(ms) : `${String(ms)}\u00a0ms`;
}

interface DrawProps {
  readonly series: readonly Series[];
  readonly top: number;
}

/** Stacked, the first at the bottom. */
function Bars({ series, top }: DrawProps): JSX.Element {
  const buckets = series[0]?.values.length ?? 0;
  const width = WIDTH / Math.max(1, buckets);
  const below = Array.from({ length: buckets }, () => 0);
  return (
    <>
      {series.map(({ values }, n) =>
        values.map((value, i) => {
          if (value === null || value === 0) return null;
          const height = (value / top) * HEIGHT;
          below[i] = (below[i] ?? 0) + height;
          return (
            <rect
              class={`s${String(n % 8)}`}
              x={i * width + 0.5}
              y={HEIGHT - (below[i] ?? 0)}
              width={width - 1}
              height={height}
            />
          );
        }),
      )}
    </>
  );
}

function Lines({ series, top }: DrawProps): JSX.Element {
  const width = WIDTH / Math.max(1, series[0]?.values.length ?? 0);
  const y = (value: number): number => HEIGHT - (value / top) * HEIGHT;
  return (
    <>
      {series.map(({ values }, n) => (
        <>
          <path class={`l${String(n % 8)}`} d={path(values, width, y)} />
          {values.map((value, i) =>
            value === null ? null : (
              <circle class={`s${String(n % 8)}`} cx={(i + 0.5) * width} cy={y(value)} r="2" />
            ),
          )}
        </>
      ))}
    </>
  );
}

/** From one known value to the next only where they are neighbours. */
function path(values: readonly (number | null)[], width: number, y: (value: number) => number): string {
  return values
    .map((value, i) => {
      if (value === null) return "";
      const before = values[i - 1];
      return `${before === null || before === undefined ? "M" : "L"}${((i + 0.5) * width).toFixed(1)} ${y(value).toFixed(1)}`;
    })
    .join("");
}

interface WriteProps {
  readonly series: readonly Series[];
  readonly write: (value: number) => string;
}

function Legend({ series, kind, write }: WriteProps & { readonly kind: "bars" | "lines" }): JSX.Element {
  return (
    <ul class="legend">
      {series.map(({ name, values }, n) => {
        const known = values.filter((value) => value !== null);
        const figure = kind === "bars" ? known.reduce((a, b) => a + b, 0) : Math.max(0, ...known);
        return (
          <li>
            <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
              <rect class={`s${String(n % 8)}`} width="10" height="10" rx="2" />
            </svg>{" "}
            {name} <b>{kind === "bars" ? write(figure) : `${write(figure)} at most`}</b>
          </li>
        );
      })}
    </ul>
  );
}

function Figures({ title, series, at, write }: Props & WriteProps): JSX.Element {
  const buckets = series[0]?.values.map((_, i) => i) ?? [];
  const shown = buckets.filter((i) => series.some(({ values }) => (values[i] ?? 0) !== 0));
  return (
    <details class="figures">
      <summary>Figures</summary>
      <div class="scroll" tabindex={0} role="region" aria-label={`${title}, figures`}>
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">From</th>
              {series.map(({ name }) => (
                <th scope="col">{name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((i) => (
              <tr>
                <td>{at(i)}</td>
                {series.map(({ values }) => {
                  const value = values[i] ?? null;
                  return <td class="number">{value === null ? "" : write(value)}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function highest(series: readonly Series[]): number {
  return Math.max(1, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
}

function highestStack(series: readonly Series[]): number {
  const buckets = series[0]?.values.length ?? 0;
  const stacks = Array.from({ length: buckets }, (_, i) =>
    series.reduce((sum, { values }) => sum + (values[i] ?? 0), 0),
  );
  return Math.max(1, ...stacks);
}

/** The next of 1, 2, 5 times a power of ten: a scale that can be read. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}
