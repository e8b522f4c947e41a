// What deciding costs the processor, without a gateway around it: text to tree to facts to decision, by the session's own
// Gate, with names from a real PostgreSQL. In Node's V8, which is workerd's. Run by itself it starts a PostgreSQL of the
// local stack and prints the rows; `npm run bench` has them in its table.

import pg from "pg";
import { compilePolicy, parseDocument, type Policy } from "#core/policy";
import { answers, CatalogCache, createGrammar, type Grammar, inquiry, type ParsedStatement } from "#core/sql";
import { PreparedState } from "#core/wire";
import { utf8Decode, utf8Encode } from "#core/bytes";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Gate } from "../../durable-objects/session/gate/gate.ts";
import { Names } from "../../durable-objects/session/gate/names.ts";
import { openStack } from "./paths.ts";
import { AGENT_POLICY } from "./policy.ts";
import { median, SET_UP, TABLE } from "./workloads.ts";

export interface GateCost {
  readonly what: string;
  /** Of one statement, in microseconds. */
  readonly median: number;
  readonly p99: number;
}

const STATEMENTS = {
  small: `SELECT balance FROM ${TABLE} WHERE id = $1`,
  change: `UPDATE ${TABLE} SET balance = balance + $2 WHERE id = $1`,
  /** As an ORM writes it: two joins, an aggregate, a condition on each. */
  report: `SELECT a.id, a.balance, count(b.id) AS others, coalesce(sum(c.balance), 0) AS total FROM ${TABLE} AS a LEFT JOIN ${TABLE} AS b ON b.id = a.id + 1 LEFT JOIN ${TABLE} AS c ON c.id = b.id + 1 WHERE a.balance > $1 AND a.id BETWEEN $2 AND $3 AND b.balance IS NOT NULL GROUP BY a.id, a.balance HAVING count(b.id) > 0 ORDER BY total DESC, a.id LIMIT 50`,
} as const;

const RUNS = 20_000;
const COLD_RUNS = 200;
/** A clock that stands still: names that were learnt are believed for seconds, and asked anew then. */
const NOW = 1000;

export async function measureGate(database: string): Promise<GateCost[]> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  try {
    const policy = agentPolicy();
    const grammar = nodeGrammar();
    const rows: GateCost[] = [];
    for (const [name, text] of Object.entries(STATEMENTS)) {
      const catalog = await learn(client, grammar, policy, text);
      rows.push(...warm(name, text, grammar, catalog, policy), ...cold(name, text, grammar, catalog, policy));
    }
    return rows;
  } finally {
    await client.end();
  }
}

export function agentPolicy(): Policy {
  const document = parseDocument(AGENT_POLICY);
  if (!document.ok) throw new Error(`the bench's policy does not parse: ${document.error[0]?.message}`);
  return compilePolicy(document.value, "bench", {
    principal: { issuer: "bench", subject: "bench", roles: ["agent"], groups: [] },
    target: "bench",
  });
}

export function nodeGrammar(): Grammar {
  const require = createRequire(import.meta.url);
  const module = new WebAssembly.Module(readFileSync(require.resolve("libpg-query/wasm/libpg-query.wasm")));
  return createGrammar(
    (imports) => new WebAssembly.Instance(module, { ...imports } as WebAssembly.Imports).exports,
  );
}

/** Everything that the statement's names ask for. */
async function learn(
  client: pg.Client,
  grammar: Grammar,
  policy: Policy,
  text: string,
): Promise<CatalogCache> {
  const catalog = new CatalogCache();
  const gate = gateWith(grammar, catalog, policy);
  for (;;) {
    const judged = gate.judge(statementOf(grammar, text), NOW);
    if (judged.kind === "refused") throw new Error(`the bench's policy refuses: ${judged.text.message}`);
    if (judged.kind === "held") throw new Error("the bench's policy asks for approval");
    if (judged.kind === "allowed") return catalog;
    const { sql, parameter } = inquiry(judged.questions);
    const { rows } = await client.query<[string | null]>({
      text: sql,
      values: [parameter],
      rowMode: "array",
    });
    const learnt = answers(
      judged.questions,
      rows.map(([value]) => value),
    );
    if (!learnt.ok) throw new Error("the catalog's answers cannot be read");
    for (const [i, answer] of learnt.value.entries()) {
      const question = judged.questions[i];
      if (question !== undefined) catalog.learn(question, answer, NOW);
    }
  }
}

export function gateWith(grammar: Grammar, catalog: CatalogCache, policy: Policy): Gate {
  const gate = new Gate({ grammar, catalog, policy, problem: null }, new Names(grammar, new PreparedState()));
  return gate;
}

function statementOf(grammar: Grammar, text: string): ParsedStatement {
  const parsed = grammar.parse(text);
  const [only] = parsed.ok ? parsed.value : [];
  if (only === undefined) throw new Error("the bench's statement does not parse");
  return only;
}

function warm(name: string, text: string, grammar: Grammar, known: CatalogCache, policy: Policy): GateCost[] {
  const prepared = new PreparedState();
  const names = new Names(grammar, prepared);
  const gate = new Gate({ grammar, catalog: known, policy, problem: null }, names);
  prepared.parse({ name: "s", text: utf8Encode(text), parameterTypes: [] });
  const bytes = utf8Encode(text);
  const bind = (): unknown => {
    const statement = prepared.statement("s");
    const tree = statement === null ? null : names.tree(statement);
    const judged = tree === null ? null : gate.judge(tree, NOW);
    // At Execute once more: the policy may be another, the time is.
    return judged?.kind === "allowed" ? gate.weigh(judged.facts, NOW) : null;
  };
  const query = (): unknown => gate.judge(statementOf(grammar, utf8Decode(bytes) ?? ""), NOW);
  return [
    { what: `${name}, prepared: Bind and Execute`, ...timed(RUNS, bind) },
    { what: `${name}, simple, the same text again`, ...timed(RUNS, query) },
  ];
}

function cold(name: string, text: string, grammar: Grammar, known: CatalogCache, policy: Policy): GateCost[] {
  let run = 0;
  return [
    {
      what: `${name}, a text never seen, names known`,
      // Another text each time; of a session whose facts are forgotten.
      ...timed(COLD_RUNS, () =>
        gateWith(grammar, known, policy).judge(statementOf(grammar, `${text} -- ${run++}`), NOW),
      ),
    },
  ];
}

function timed(runs: number, work: () => unknown): { readonly median: number; readonly p99: number } {
  for (let i = 0; i < runs / 2; i++) if (work() === null) throw new Error("nothing was decided");
  const took = Array.from({ length: runs }, () => {
    const from = performance.now();
    work();
    return (performance.now() - from) * 1000;
  });
  return {
    median: median(took),
    p99: took.toSorted((a, b) => a - b)[Math.floor(runs * 0.99)] ?? Number.NaN,
  };
}

export function gateTable(rows: readonly GateCost[]): string {
  return [
    "| deciding on a statement (µs) | median | 99 % |",
    "|---|---:|---:|",
    ...rows.map(({ what, median: middle, p99 }) => `| ${what} | ${middle.toFixed(1)} | ${p99.toFixed(1)} |`),
  ].join("\n");
}

if (import.meta.main) {
  const stack = await openStack();
  try {
    const admin = new pg.Client({ connectionString: stack.dev.upstream });
    await admin.connect();
    await admin.query(SET_UP);
    await admin.end();
    console.log(gateTable(await measureGate(stack.dev.upstream)));
  } finally {
    await stack.stop();
  }
}
