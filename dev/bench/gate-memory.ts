// What deciding keeps in memory: one session's Gate sees a hundred thousand texts over ten thousand relations, whose names are
// answered here. Prints what the caches say they hold beside what V8 holds after a collection. Run by itself:
// `node dev/bench/gate-memory.ts`.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Answer, CatalogCache, type Question, type RelationInfo } from "#core/sql";
import { gateWith, agentPolicy, nodeGrammar } from "./gate-cost.ts";

const TEXTS = 100_000;
const RELATIONS = 10_000;
const LOOKS = [0, 1_000, 10_000, 20_000, 50_000, 100_000] as const;
const NOW = 1000;
const INTEGER_OID = 23;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function relation(name: string): RelationInfo {
  return {
    oid: 20_000 + Number(name.replace(/\D/g, "")),
    schema: "public",
    name,
    kind: "table",
    columns: Array.from({ length: 12 }, (_, i) => ({
      name: `column_${i}`,
      number: i + 1,
      typeOid: INTEGER_OID,
      generated: false,
    })),
    ancestors: [],
    descendants: [],
    uniqueKeys: [["column_0"]],
    viewDefinition: null,
    rules: [],
    triggers: [],
    cascades: [],
    securityInvoker: false,
    rowSecurity: false,
    ownedBy: null,
  };
}

function answer(question: Question): Answer {
  switch (question.kind) {
    case "relation":
      return { kind: "relation", value: relation(question.name.name) };
    case "relation_oid":
      return { kind: "relation", value: null };
    case "functions":
    case "operators":
      return { kind: question.kind, value: [] };
    case "function_oid":
      return { kind: "function", value: null };
    case "type":
    case "type_oid":
      return { kind: "type", value: null };
  }
}

const grammar = nodeGrammar();
const catalog = new CatalogCache();
const gate = gateWith(grammar, catalog, agentPolicy());

function decide(text: string): void {
  const parsed = grammar.parse(text);
  const [only] = parsed.ok ? parsed.value : [];
  if (only === undefined) throw new Error("a text of the bench does not parse");
  for (;;) {
    const judged = gate.judge(only, NOW);
    if (judged.kind === "refused") throw new Error(`refused: ${judged.text.message}`);
    if (judged.kind === "held") throw new Error("held for approval");
    if (judged.kind === "allowed") return;
    for (const question of judged.questions) catalog.learn(question, answer(question), NOW);
  }
}

console.log("| texts seen | trees say | names say | V8's heap and buffers |\n|---:|---:|---:|---:|");
for (let i = 0; i <= TEXTS; i++) {
  const look = LOOKS.find((at) => at === i);
  if (look !== undefined) {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    console.log(
      `| ${i} | ${megabytes(grammar.cachedBytes)} | ${megabytes(catalog.bytes)} | ${megabytes(heapUsed + arrayBuffers)} |`,
    );
  }
  decide(`SELECT column_0, column_1 FROM relation_${i % RELATIONS} WHERE column_0 = ${i}`);
}
