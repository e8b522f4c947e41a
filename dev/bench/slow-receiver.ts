// `node dev/bench/slow-receiver.ts`: does a slow receiver of webhooks slow statements? The same sessions at four gateways before
// one database, by turns: nobody is told, and a receiver that answers at once, after 20 s, never. Every session, every refused statement and
// every limit is an event, so that the slow ones soon have many waiting. Prints times and their ratios.
//
//   --rounds N      turns of each gateway (30)
//   --statements N  of each kind in a session (20)

import { join } from "node:path";
import { readOptions } from "../options.ts";
import type { StackProcess } from "../crash/stack-process.ts";
import { LOOPBACK } from "../ports.ts";
import { Supervisor } from "../supervisor.ts";
import { openStack } from "./paths.ts";
import { AGENT_POLICY } from "./policy.ts";
import type { ReceiverSettings } from "./receiver.ts";
import type { RelayFacts } from "./tcp-relay.ts";
import { ServerError, WireClient } from "./wire-client.ts";
import { query } from "./wire-messages.ts";
import { median } from "./workloads.ts";

const values = readOptions({
  rounds: { type: "string", default: "30" },
  statements: { type: "string", default: "20" },
});
const SLOW_MS = 20_000;
const RECEIVERS = ["none", "quick", "slow", "silent"] as const;
type Receiver = (typeof RECEIVERS)[number];
const HEADINGS: Readonly<Record<Receiver, string>> = {
  none: "nobody is told",
  quick: "answers at once",
  slow: `answers after ${SLOW_MS / 1000} s`,
  silent: "never answers",
};

/** What is timed; the second is refused, and told. */
const KINDS: Readonly<Record<string, (client: WireClient, n: number) => Promise<unknown>>> = {
  "SELECT that runs": (client, n) => client.exchange(query(`SELECT ${n}`)),
  "COPY … TO PROGRAM, refused": (client) => refused(client, "COPY (SELECT 1) TO PROGRAM 'true'"),
};
const SESSION = "session: from connecting to the first answer";
const ENDING = "session: from Terminate to the connection's end";
const MEASURED = [...Object.keys(KINDS), SESSION, ENDING];

type Times = Readonly<Record<string, number[]>>;

interface Gateway {
  readonly receiver: Receiver;
  readonly stack: StackProcess;
  /** One of each round. */
  readonly rounds: Times[];
}

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
const supervisor = new Supervisor({
  note: (part, text) => console.error(`${part}: ${text}`),
  lost: (error) => console.error(error.message),
});
const gateways: Gateway[] = [];
try {
  const { port } = await supervisor.start<RelayFacts>({
    name: "receiver",
    main: join(import.meta.dirname, "receiver.ts"),
    settings: { slowMs: SLOW_MS } satisfies ReceiverSettings,
  });
  for (const receiver of RECEIVERS) {
    const upstream = gateways[0]?.stack.dev.upstream;
    const stack = await openStack({
      policy: AGENT_POLICY,
      flags: upstream === undefined ? [] : ["--upstream", upstream],
      ...(receiver === "none"
        ? {}
        : { webhooks: JSON.stringify([{ url: `http://${LOOPBACK}:${port}/${receiver}` }]) }),
    });
    gateways.push({ receiver, stack, rounds: [] });
  }
  // What first sessions cost (plans, caches, a lazy compile) is not what is asked here.
  for (const { stack } of gateways) for (let i = 0; i < 3; i++) await session(stack.dev.postgres);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (let turn = 0; turn < gateways.length; turn++) {
      const gateway = gateways[(turn + round) % gateways.length];
      if (gateway !== undefined) gateway.rounds.push(await session(gateway.stack.dev.postgres));
    }
  }
  console.log(table());
  for (const { receiver, stack } of gateways)
    if (receiver !== "none") console.log(`${HEADINGS[receiver]}: ${await waiting(stack)} events wait`);
} finally {
  // The first has the database.
  for (const { stack } of gateways.toReversed()) await stack.stop();
  await supervisor.stop();
}

/** One session of all kinds by turns. */
async function session(url: string): Promise<Times> {
  const times: Record<string, number[]> = Object.fromEntries(MEASURED.map((what) => [what, []]));
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const from = performance.now();
    const result = await work();
    times[what]?.push(performance.now() - from);
    return result;
  };
  const client = await timed(SESSION, async () => {
    const opened = await WireClient.connect(url);
    await opened.exchange(query("SELECT 0"));
    return opened;
  });
  for (let i = 1; i <= Number(values.statements); i++)
    for (const [what, run] of Object.entries(KINDS)) await timed(what, () => run(client, i));
  await timed(ENDING, () => client.end());
  return times;
}

async function refused(client: WireClient, text: string): Promise<void> {
  const outcome = await client.exchange(query(text)).catch((error: unknown) => error);
  if (!(outcome instanceof ServerError) || outcome.sqlstate !== "42501")
    throw new Error(`${text} should have been refused: ${String(outcome)}`);
}

async function waiting({ dev }: StackProcess): Promise<number> {
  const answer = await fetch(`${dev.gateway}/v1/health`, {
    headers: { authorization: `Bearer ${dev.tokens.admin}` },
  });
  const { webhooks } = (await answer.json()) as {
    readonly webhooks: readonly { readonly waiting: number }[];
  };
  return webhooks.reduce((sum, one) => sum + one.waiting, 0);
}

/** Milliseconds over all turns, and behind them their ratio to those of the gateway that tells nobody. */
function table(): string {
  const row = (what: string, name: string, of: (times: readonly number[]) => number): string => {
    const all = gateways.map(({ rounds }) => of(rounds.flatMap((times) => times[what] ?? [])));
    const [base = Number.NaN] = all;
    const cells = all.map((ms, i) => `${ms.toFixed(2)}${i === 0 ? "" : ` (×${(ms / base).toFixed(2)})`}`);
    return `| ${what}, ${name} (ms) | ${cells.join(" | ")} |`;
  };
  return [
    `| | ${RECEIVERS.map((receiver) => HEADINGS[receiver]).join(" | ")} |`,
    `|---|${RECEIVERS.map(() => "---:").join("|")}|`,
    ...MEASURED.flatMap((what) => [row(what, "median", median), row(what, "p95", p95)]),
  ].join("\n");
}

function p95(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? Number.NaN;
}
