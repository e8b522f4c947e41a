// What is more than a statement and its answer: COPY, portals, pipelines, statements prepared once and run many times. Each is
// played directly and through the gateway, and has to come out alike; `say` picks the statement of the side that is played.

import pg from "pg";
import postgres from "postgres";
import { decodeBackend, type Format, type FrontendMessage } from "#core/wire";
import { describe, query, WireClient } from "../../support/wire-client.ts";
import { SCHEMA, SHOWS } from "./world.ts";

/** `sql` through the gateway, `shows` directly; the same without. */
export type Say = (sql: string, shows?: string) => string;

export interface Conversation {
  readonly name: string;
  readonly play: (url: string, say: Say) => Promise<unknown>;
}

const SEARCH_PATH = `SET search_path = ${SCHEMA}, ${SHOWS}`;

/** What came, less the columns' descriptions, which are of other columns where masks are computed. */
async function heard(client: WireClient, readies = 1): Promise<readonly string[]> {
  const frames = await client.ready(readies);
  return frames.filter(({ code }) => code !== "T".charCodeAt(0)).map(describe);
}

async function wired(url: string, talk: (client: WireClient) => Promise<unknown>): Promise<unknown> {
  const client = await WireClient.connect(url);
  try {
    await client.query(SEARCH_PATH);
    return await talk(client);
  } finally {
    await client.end();
  }
}

async function withPg(url: string, talk: (client: pg.Client) => Promise<unknown>): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(SEARCH_PATH);
    return await talk(client);
  } finally {
    await client.end();
  }
}

async function withPostgresJs(url: string, talk: (sql: postgres.Sql) => Promise<unknown>): Promise<unknown> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    await sql.unsafe(SEARCH_PATH);
    return await talk(sql);
  } finally {
    await sql.end();
  }
}

function copyOut(name: string, sql: string, shows?: string): Conversation {
  return {
    name,
    play: (url, say) =>
      wired(url, async (client) => {
        client.send(query(say(sql, shows)));
        return heard(client);
      }),
  };
}

/** Data for `sql`, and then what `after` gives; nothing stays. */
function copyIn(name: string, sql: string, data: string, after: string, shows?: string): Conversation {
  return {
    name,
    play: (url, say) =>
      wired(url, async (client) => {
        await client.query("BEGIN");
        client.send(query(sql));
        const began = await client.until("G".charCodeAt(0));
        client.send({ kind: "copy_data", data: Buffer.from(data) }, { kind: "copy_done" });
        const done = await heard(client);
        client.send(query(say(after, shows)));
        const rows = await heard(client);
        await client.query("ROLLBACK");
        return [began.map(describe), done, rows];
      }),
  };
}

function statement(name: string, text: string): FrontendMessage {
  return { kind: "parse", statement: name, text: Buffer.from(text), parameterTypes: [] };
}

function bind(
  name: string,
  parameters: readonly string[] = [],
  resultFormats: readonly Format[] = [],
): FrontendMessage {
  return {
    kind: "bind",
    portal: "",
    statement: name,
    parameterFormats: [],
    parameters: parameters.map((value) => Buffer.from(value)),
    resultFormats: [...resultFormats],
  };
}

const execute = (maxRows = 0): FrontendMessage => ({ kind: "execute", portal: "", maxRows });
const sync: FrontendMessage = { kind: "sync" };

const OPEN = "id, name, country, vip, created_at";
const EMAILS = [
  "SELECT id, email FROM customers ORDER BY id",
  "SELECT id, email(email) FROM customers ORDER BY id",
] as const;

export const CONVERSATIONS: readonly Conversation[] = [
  copyOut("COPY of columns that are not masked", `COPY customers (${OPEN}) TO STDOUT`),
  copyOut("COPY of a table without masks, in CSV", "COPY products TO STDOUT (FORMAT csv, HEADER)"),
  copyOut("COPY of a table without masks, in binary", "COPY orders TO STDOUT (FORMAT binary)"),
  copyOut(
    "COPY of masked columns",
    "COPY customers (id, email, phone, birth_date, salary, score, ssn, card_number, seen_at, last_ip, tags) TO STDOUT",
    "COPY (SELECT id, email(email), ends(phone, 0, 2), year(birth_date), bucket(salary, 1000), zero(score), ends(ssn, 0, 4), stars(card_number), month(seen_at), nowhere(last_ip), tags FROM customers) TO STDOUT",
  ),
  copyOut(
    "COPY of masked columns, in CSV",
    "COPY customers (id, email, name, profile, contacts, home) TO STDOUT (FORMAT csv, HEADER, FORCE_QUOTE (name))",
    "COPY (SELECT id, email(email) AS email, name, profile(profile) AS profile, contacts(contacts) AS contacts, home(home) AS home FROM customers) TO STDOUT (FORMAT csv, HEADER, FORCE_QUOTE (name))",
  ),
  copyOut(
    "COPY of masked columns, in binary",
    "COPY customers (id, email, birth_date, salary, score, profile, contacts, home, seen_at, secret, vip) TO STDOUT (FORMAT binary)",
    "COPY (SELECT id, email(email), year(birth_date), bucket(salary, 1000), zero(score), profile(profile), contacts(contacts), home(home), month(seen_at), nothing(secret), vip FROM customers) TO STDOUT (FORMAT binary)",
  ),
  copyOut("COPY of a query", `COPY (${EMAILS[0]}) TO STDOUT`, `COPY (${EMAILS[1]}) TO STDOUT`),
  copyOut(
    "COPY of a query, with a delimiter",
    "COPY (SELECT c.id, c.phone, o.total FROM customers c JOIN orders o ON o.customer_id = c.id ORDER BY o.id) TO STDOUT (DELIMITER '|')",
    "COPY (SELECT c.id, ends(c.phone, 0, 2), o.total FROM customers c JOIN orders o ON o.customer_id = c.id ORDER BY o.id) TO STDOUT (DELIMITER '|')",
  ),
  copyIn(
    "COPY into masked columns",
    "COPY customers (id, name, email, phone, birth_date) FROM STDIN",
    "500\tCopied One\tcopied.one@host.example.org\t+1 555 0177\t1990-01-31\n501\tCopied Two\tcopied.two@host.example.org\t\\N\t\\N\n",
    "SELECT id, name, email, birth_date FROM customers WHERE id >= 500 ORDER BY id",
    "SELECT id, name, email(email), year(birth_date) FROM customers WHERE id >= 500 ORDER BY id",
  ),
  copyIn(
    "COPY in CSV",
    "COPY products (id, sku, name, price, stock) FROM STDIN (FORMAT csv, HEADER)",
    'id,sku,name,price,stock\n500,SKU-500,"Thing, five",5.5,50\n',
    "SELECT * FROM products WHERE id = 500",
  ),
  {
    name: "several statements in one message",
    play: (url, say) =>
      wired(url, async (client) => {
        client.send(query(`SELECT 1; ${say(...EMAILS)}; SELECT name FROM customers WHERE id = 3`));
        return heard(client);
      }),
  },
  {
    name: "a portal that is resumed, in binary",
    play: (url, say) =>
      wired(url, async (client) => {
        const birthdays = say(
          "SELECT id, birth_date, salary FROM customers ORDER BY id",
          "SELECT id, year(birth_date), bucket(salary, 1000) FROM customers ORDER BY id",
        );
        client.send(statement("p", birthdays), bind("p", [], [1]));
        client.send(execute(3), execute(10), execute(1), execute(), sync);
        return heard(client);
      }),
  },
  {
    name: "a pipeline of statements before one Sync",
    play: (url, say) =>
      wired(url, async (client) => {
        client.send(
          statement(
            "a",
            say(
              "SELECT email FROM customers WHERE id = $1",
              "SELECT email(email) FROM customers WHERE id = $1",
            ),
          ),
          ...["1", "2", "3"].flatMap((id) => [bind("a", [id]), execute()]),
          statement("", "SELECT name FROM customers WHERE id = 2"),
          bind(""),
          execute(),
          sync,
        );
        return heard(client);
      }),
  },
  {
    name: "a pipeline that goes on after an error",
    play: (url, say) =>
      wired(url, async (client) => {
        client.send(
          statement("", "SELECT 1 / (id - id) FROM products"),
          bind(""),
          execute(),
          execute(),
          sync,
        );
        client.send(statement("", say(...EMAILS)), bind(""), execute(), sync);
        const [first, second] = [await client.ready(), await heard(client)];
        const failed = first
          .map((frame) => decodeBackend(frame))
          .find((each) => each.ok && each.value.kind === "error_response");
        return [
          failed?.ok === true && failed.value.kind === "error_response" ? failed.value.fields.get("C") : null,
          second,
        ];
      }),
  },
  {
    name: "a statement described long before it is run, both formats by turns",
    play: (url, say) =>
      wired(url, async (client) => {
        client.send(
          statement(
            "d",
            say(
              "SELECT id, birth_date, email FROM customers WHERE id = $1",
              "SELECT id, year(birth_date), email(email) FROM customers WHERE id = $1",
            ),
          ),
          { kind: "describe", target: "S", name: "d" },
          sync,
        );
        const saw = [await heard(client)];
        for (let id = 1; id <= 12; id++) {
          client.send(bind("d", [`${id}`], [id % 2 === 0 ? 1 : 0]), execute(), sync);
          saw.push(await heard(client));
        }
        return saw;
      }),
  },
  {
    name: "node-postgres runs a named statement fifty times",
    play: (url, say) =>
      withPg(url, async (client) => {
        const saw: unknown[] = [];
        const text = say(
          "SELECT id, email AS mail, name, seen_at AS seen FROM customers WHERE id = $1",
          "SELECT id, email(email) AS mail, name, month(seen_at) AS seen FROM customers WHERE id = $1",
        );
        for (let n = 0; n < 50; n++)
          saw.push((await client.query({ name: "often", text, values: [n] })).rows);
        return saw;
      }),
  },
  {
    name: "node-postgres asks without waiting",
    play: (url, say) =>
      withPg(url, async (client) => {
        const text = say(
          "SELECT phone AS p FROM customers WHERE id = $1",
          "SELECT ends(phone, 0, 2) AS p FROM customers WHERE id = $1",
        );
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, id) => client.query<Record<string, unknown>>(text, [id])),
        );
        return answers.map(({ rows }) => rows);
      }),
  },
  {
    name: "postgres.js pipelines",
    play: (url, say) =>
      withPostgresJs(url, async (sql) => {
        const text = say(
          "SELECT id, email AS mail FROM customers WHERE id = $1",
          "SELECT id, email(email) AS mail FROM customers WHERE id = $1",
        );
        const answers = await Promise.all(Array.from({ length: 20 }, (_, id) => sql.unsafe(text, [id])));
        return answers.map((rows) => Array.from(rows));
      }),
  },
  {
    name: "postgres.js reads by a cursor",
    play: (url, say) =>
      withPostgresJs(url, async (sql) => {
        const saw: unknown[] = [];
        await sql
          .unsafe(say(EMAILS[0], EMAILS[1]))
          .cursor(7, (rows) => void saw.push(rows.map((row) => Object.values(row))));
        return saw;
      }),
  },
  {
    name: "postgres.js copies out and in",
    play: (url, say) =>
      withPostgresJs(url, async (sql) => {
        let copied = "";
        for await (const chunk of await sql.unsafe(`COPY (${say(...EMAILS)}) TO STDOUT`).readable())
          copied += String(chunk);
        await sql.unsafe("BEGIN");
        const writable = await sql.unsafe("COPY customers (id, name, email) FROM STDIN").writable();
        await new Promise<void>((resolve, reject) => {
          writable.once("error", reject).once("finish", () => resolve());
          writable.end(
            Array.from({ length: 300 }, (_, n) => `${1000 + n}\tName ${n}\tcopy${n}@host.example.org\n`).join(
              "",
            ),
          );
        });
        const counted = [...(await sql.unsafe("SELECT count(*) AS n FROM customers WHERE id >= 1000"))];
        await sql.unsafe("ROLLBACK");
        return [copied, counted];
      }),
  },
  {
    name: "postgres.js works in a transaction with savepoints",
    play: (url, say) =>
      withPostgresJs(url, (sql) =>
        sql
          .begin(async (tx) => {
            await tx.unsafe("UPDATE customers SET email = 'in.tx@host.example.org' WHERE id = 4");
            await tx.savepoint((inner) => inner.unsafe("SELECT 1/0")).catch(() => undefined);
            const rows = await tx.unsafe(
              say(
                "SELECT email AS e FROM customers WHERE id = 4",
                "SELECT email(email) AS e FROM customers WHERE id = 4",
              ),
            );
            throw Object.assign(new Error("back"), { saw: [...rows] });
          })
          .catch((error: { readonly saw?: unknown }) => error.saw),
      ),
  },
];
