// Random statements in two worlds that differ in their secrets alone: directly, and through gateways that mask these. What can
// be told apart through the gateway is a leak; what is neither PostgreSQL's own value nor a mask is a wrong answer.

import type { WireClient } from "../../support/wire-client.ts";
import { Statements } from "../../unit/sql/lineage-queries.ts";
import { connect, converse } from "./conversation.ts";
import { judge, noScore, type Played, type Score } from "./judge.ts";

export interface Ways {
  /** Where the worlds are. */
  readonly direct: string;
  /** Gateways before it, under the documents of documents.ts. */
  readonly strict: string;
  readonly standard: string;
}

export interface Finding {
  readonly sql: string;
  readonly wrong: string;
}

export interface Asked {
  readonly seed: number;
  /** As many, unless the time is over. */
  readonly statements: number;
  readonly untilMs: number;
}

const TABLES = "people, staff, orders, parts, sink, log";
const WORLDS = ["one", "two"] as const;

export class Differential {
  readonly #clients: Readonly<Record<keyof Played, WireClient>>;
  readonly score: Score = noScore();

  private constructor(clients: Readonly<Record<keyof Played, WireClient>>) {
    this.#clients = clients;
  }

  static async open({ direct, strict, standard }: Ways): Promise<Differential> {
    const [first, second] = WORLDS;
    return new Differential({
      one: await connect(direct, first),
      two: await connect(direct, second),
      strictOne: await connect(strict, first),
      strictTwo: await connect(strict, second),
      standardOne: await connect(standard, first),
    });
  }

  async run({ seed, statements, untilMs }: Asked, now: () => number): Promise<readonly Finding[]> {
    const made = new Statements(seed);
    const findings: Finding[] = [];
    for (let count = 0; count < statements && now() < untilMs; count++) {
      const sql = made.statement();
      const wrong = await this.#wrong(sql, count, this.score);
      if (wrong !== null && (await this.#confirmed(sql, count))) findings.push({ sql, wrong });
    }
    return findings;
  }

  async end(): Promise<void> {
    for (const client of Object.values(this.#clients)) await client.end();
  }

  async #wrong(sql: string, count: number, score: Score): Promise<string | null> {
    const format = count % 2 === 0 ? 0 : 1;
    const { one, two, strictOne, strictTwo, standardOne } = this.#clients;
    return judge(
      {
        one: await converse(one, sql, format),
        two: await converse(two, sql, format),
        strictOne: await converse(strictOne, sql, format),
        strictTwo: await converse(strictTwo, sql, format),
        standardOne: await converse(standardOne, sql, format),
      },
      score,
    );
  }

  /** Rows without an order come by the plan, and that by the size of what was rolled back: tables are made alike before. */
  async #confirmed(sql: string, count: number): Promise<boolean> {
    for (const client of [this.#clients.one, this.#clients.two]) await client.query(`VACUUM FULL ${TABLES}`);
    return (await this.#wrong(sql, count, noScore())) !== null;
  }
}
