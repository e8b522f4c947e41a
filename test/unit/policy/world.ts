// A small database in memory, and statements decided on it with the real grammar and the real analysis.

import { analyse, type ParsedStatement, type StatementFacts } from "#core/sql";
import { compilePolicy, parseDocument, type Policy, type PolicyDocument, type Principal } from "#core/policy";
import { catalogOf } from "../../support/catalog.ts";
import { testGrammar } from "../../support/grammar.ts";

export const BOT: Principal = {
  issuer: "https://issuer.example",
  subject: "bot-1",
  roles: ["agent"],
  groups: ["support"],
};

const grammar = testGrammar();

const sqlFunction = (name: string, body: string, returns = "integer"): string =>
  `CREATE FUNCTION ${name}() RETURNS ${returns} LANGUAGE sql AS $$ ${body} $$`;

const catalog = catalogOf(
  {
    "public.customers": ["id", "name", "email", "ssn"],
    "public.orders": ["id", "customer_id", "status", "total"],
    "public.order_items": ["id", "order_id", "sku"],
    "public.badges": { columns: ["id", "code", "ssn", "label"], compared: ["id", "code", "ssn"] },
    "public.events": { columns: ["id", "at"], kind: "partitioned_table" },
    "hr.salaries": ["id", "employee", "amount"],
    "public.pay_bands": {
      columns: ["band"],
      viewDefinition: "SELECT hr.salaries.amount AS band FROM hr.salaries",
    },
    "pg_temp.scratch": ["id", "note"],
    "pg_catalog.pg_class": ["oid", "relname", "relnamespace"],
    "pg_catalog.pg_authid": ["oid", "rolname", "rolpassword"],
    "pg_catalog.pg_attribute": ["attrelid", "attname", "attmissingval"],
    "pg_catalog.pg_stats": ["tablename", "most_common_vals"],
    "pg_toast.pg_toast_1": ["chunk_data"],
  },
  {
    functions: {
      "public.order_count": {
        language: "sql",
        volatility: "stable",
        leastArguments: 0,
        mostArguments: 0,
        definition: sqlFunction("public.order_count", "SELECT count(*) FROM public.orders", "bigint"),
      },
      "public.max_ssn": {
        language: "sql",
        volatility: "stable",
        leastArguments: 0,
        mostArguments: 0,
        definition: sqlFunction("public.max_ssn", "SELECT max(ssn) FROM public.customers", "text"),
      },
      "public.archive_orders": {
        language: "sql",
        volatility: "volatile",
        leastArguments: 0,
        mostArguments: 0,
        definition: sqlFunction(
          "public.archive_orders",
          "DELETE FROM public.orders WHERE id = 1 RETURNING 1",
        ),
      },
      "public.as_owner": {
        language: "sql",
        volatility: "stable",
        securityDefiner: true,
        leastArguments: 0,
        mostArguments: 0,
        definition: sqlFunction("public.as_owner", "SELECT 1"),
      },
      "public.native": { language: "c", volatility: "volatile", leastArguments: 0, mostArguments: 0 },
    },
  },
);

export function parseOne(sql: string): ParsedStatement {
  const parsed = grammar.parse(sql);
  const statement = parsed.ok ? parsed.value[0] : undefined;
  if (statement === undefined) throw new Error(`no statement: ${sql}`);
  return statement;
}

export function factsOf(sql: string): StatementFacts {
  const session = { prepared: () => null, cursor: () => null };
  const analysis = analyse(parseOne(sql), { grammar, catalog, session });
  if (analysis.kind === "questions") throw new Error(`asks ${JSON.stringify(analysis.questions)}: ${sql}`);
  return analysis.facts;
}

export function documentOf(text: string): PolicyDocument {
  const document = parseDocument(text);
  if (!document.ok)
    throw new Error(
      document.error.map(({ line, column, message }) => `${line}:${column} ${message}`).join("\n"),
    );
  return document.value;
}

export function policyOf(text: string, principal: Partial<Principal> = {}, target = "demo"): Policy {
  return compilePolicy(documentOf(text), "7", { principal: { ...BOT, ...principal }, target });
}

/** A Wednesday. */
export const NOON = Date.parse("2026-11-25T12:00:00Z");

/** `allow agent.work`: effect and rule. */
export function decided(policy: Policy, sql: string, now = NOON): string {
  const { effect, rule } = policy.decide(factsOf(sql), now).decision;
  return `${effect} ${rule}`;
}
