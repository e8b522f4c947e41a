// What the gateway did over a period, in a few plots.

import type { Statistics } from "../../insight/items.ts";
import type { Api } from "../api.ts";
import { Layout } from "../components/layout.tsx";
import { Plot, type Series } from "../components/plot.tsx";
import type { ConsoleContext } from "../env.ts";
import { clock, count, moment } from "../text/format.ts";
import { page, problemPage } from "./page.tsx";

const PATH = "/console/overview";
const HOUR_MS = 3600_000;

const PERIODS = [
  { name: "5 minutes", ms: HOUR_MS / 12 },
  { name: "hour", ms: HOUR_MS },
  { name: "day", ms: 24 * HOUR_MS },
  { name: "week", ms: 7 * 24 * HOUR_MS },
  { name: "month", ms: 30 * 24 * HOUR_MS },
] as const;

export async function overviewPage(c: ConsoleContext, api: Api): Promise<Response> {
  const asked = c.req.query("last") ?? "day";
  const period = PERIODS.find(({ name }) => name === asked) ?? PERIODS[2];
  const to = Date.now();
  const query = new URLSearchParams({
    from: new Date(to - period.ms).toISOString(),
    to: new Date(to).toISOString(),
  });
  const found = await api.get<Statistics>("/statistics", query);
  if (!found.ok) return problemPage(c, PATH, found.error);
  const statistics = found.value;
  const start = Date.parse(statistics.from);
  const at = (bucket: number): string =>
    moment(new Date(start + bucket * statistics.bucket_ms).toISOString());
  const end = (time: string): string =>
    period.ms <= HOUR_MS ? clock(time).slice(0, 5) : moment(time).slice(5, 16);
  const frame = { ends: [end(statistics.from), `${end(statistics.to)} UTC`] as const, at };
  const one = (name: string, values: Series["values"]): readonly Series[] => [{ name, values }];
  return page(
    c,
    <Layout title="Overview" at={PATH} signedIn={c.get("signedIn")} wide>
      <div class="title">
        <h1>Overview</h1>
        <nav aria-label="Period" class="tabs">
          {PERIODS.map(({ name }) => (
            <a
              href={`${PATH}?${new URLSearchParams({ last: name }).toString()}`}
              aria-current={name === period.name ? "true" : undefined}
            >
              last {name}
            </a>
          ))}
        </nav>
      </div>
      <p class="note">
        {count(statistics.statements)} statements counted
        {statistics.complete ? "" : ", the newest of more: what is older in this period is not in the plots"}.
      </p>
      <div class="plots">
        <Plot
          {...frame}
          title="Statements"
          about="By what they do; one that does several things counts as the weightiest."
          kind="bars"
          series={named(statistics.by_class)}
        />
        <Plot
          {...frame}
          title="Refused"
          about="By the rule that refused."
          kind="bars"
          series={named(statistics.refused_by_rule)}
        />
        <Plot
          {...frame}
          title="Sessions"
          about="That agents opened."
          kind="bars"
          series={one("sessions", statistics.sessions)}
        />
        <Plot
          {...frame}
          title="Held"
          about="Statements that waited for a person."
          kind="bars"
          series={one("held", statistics.held)}
        />
        <Plot
          {...frame}
          title="Added latency"
          about="What the gateway itself added to a statement, in whole milliseconds of its clock: deciding, asking the catalog, storing the intent. Not waiting for approval, not storing the outcome."
          kind="lines"
          unit="ms"
          series={[
            { name: "p50", values: statistics.added_p50_ms },
            { name: "p95", values: statistics.added_p95_ms },
            { name: "average", values: statistics.added_mean_ms },
          ]}
        />
        <Plot
          {...frame}
          title="Time to the first byte"
          about="From a statement's start, once its names are known, to PostgreSQL's first byte: gateway and database together, without waiting for approval."
          kind="lines"
          unit="ms"
          series={[
            { name: "p50", values: statistics.first_byte_p50_ms },
            { name: "p95", values: statistics.first_byte_p95_ms },
          ]}
        />
        <Plot
          {...frame}
          title="Rows"
          about="That agents were given."
          kind="bars"
          series={one("rows", statistics.rows)}
        />
      </div>
    </Layout>,
  );
}

/** The largest first: it gets the first colour. */
function named(series: Readonly<Record<string, readonly number[]>>): readonly Series[] {
  const total = ({ values }: Series): number => values.reduce((sum: number, value) => sum + (value ?? 0), 0);
  return Object.entries(series)
    .map(([name, values]) => ({ name, values }))
    .toSorted((a, b) => total(b) - total(a));
}
