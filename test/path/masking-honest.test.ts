// What honest programs do with masked columns passes, and shows what the document says: every case by every driver, held
// against PostgreSQL itself, which is asked for the masked values in SQL.

import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { CONVERSATIONS } from "../masking/honest/conversations.ts";
import { type Driver, DRIVERS, type Answer, type Session } from "../masking/honest/drivers.ts";
import type { Honest } from "../masking/honest/case.ts";
import { HONEST } from "../masking/honest/index.ts";
import { compare, play, playToTheEnd, showsOther, Tokens } from "../masking/honest/play.ts";
import { DOCUMENT, KEEP, RESTORE, SCHEMA, SETUP, SHOWS, STORED } from "../masking/honest/world.ts";
import { withGoverned } from "./compat-governed.ts";

let admin: pg.Client;

beforeAll(async () => {
  admin = new pg.Client({ connectionString: inject("stack").upstream });
  await admin.connect();
  for (const statement of SETUP) await admin.query(statement);
});

afterAll(async () => {
  for (const schema of [SHOWS, SCHEMA]) await admin.query(`DROP SCHEMA ${schema} CASCADE`);
  await admin.end();
});

const way = withGoverned(DOCUMENT);

test("there are cases enough", () => {
  expect(HONEST.length).toBeGreaterThan(120);
  expect(new Set(HONEST.map(({ name }) => name)).size).toBe(HONEST.length);
});

describe.each(DRIVERS.map((driver) => [driver.name, driver] as const))("by %s", (_, driver: Driver) => {
  let direct: Session;
  let gateway: Session;
  const tokens = new Tokens();
  beforeAll(async () => {
    direct = await driver.direct(inject("stack").upstream);
    gateway = await driver.through(way());
  });
  afterAll(async () => {
    await gateway.end();
    await direct.end();
  });

  test.each(HONEST.map((honest) => [honest.name, honest] as const))("%s", async (_name, honest) => {
    const open = await play(direct, honest, false);
    const shown = showsOther(honest) ? await play(direct, honest, true) : open;
    compare(honest, await play(gateway, honest, false), open, shown, tokens);
  });

  test("values had tokens", () => {
    expect(tokens.count).toBeGreaterThan(20);
  });
});

const PYTHON = "/usr/bin/python3";
/** Debian's python3-psycopg. */
const PSYCOPG = existsSync("/usr/lib/python3/dist-packages/psycopg");

describe.skipIf(!PSYCOPG)("by psycopg", () => {
  const MODES = ["text", "binary"] as const;
  /** For each mode: open, shown, seen. */
  let runs: readonly {
    readonly answers: readonly (readonly (Answer | { readonly error: string })[])[];
    readonly saw: unknown;
  }[];

  beforeAll(async () => {
    const asked = MODES.flatMap((mode) =>
      [
        { url: inject("stack").upstream, shown: false },
        { url: inject("stack").upstream, shown: true },
        { url: way().postgres, shown: false },
      ].map(({ url, shown }) => ({
        url,
        binary: mode === "binary",
        emails: `SELECT id, ${shown ? "email(email)" : "email"} FROM customers`,
        setup: `SET search_path = ${SCHEMA}, ${SHOWS}`,
        cases: HONEST.map(({ name, writes, steps }) => ({
          name,
          writes: writes === true,
          steps: steps.map(({ sql, shows, parameters }) => ({
            sql: shown ? (shows ?? sql) : sql,
            parameters,
          })),
        })),
      })),
    );
    runs = JSON.parse(await python(JSON.stringify(asked))) as typeof runs;
  }, 60_000);

  describe.each(MODES.map((mode, index) => [mode, index] as const))("in %s", (_mode, index) => {
    const tokens = new Tokens();
    test.each(HONEST.map((honest, at) => [honest.name, honest, at] as const))("%s", (_name, honest, at) => {
      const [open, shown, seen] = [0, 1, 2].map((run) => runs[index * 3 + run]?.answers[at] ?? []);
      const failed = [...(open ?? []), ...(shown ?? []), ...(seen ?? [])].filter((each) => "error" in each);
      expect(failed).toEqual([]);
      compare(honest, seen as Answer[], open as Answer[], shown as Answer[], tokens);
    });
    test("COPY, cursors, pipelines, and statements that it prepares by itself", () => {
      expect(runs[index * 3 + 2]?.saw).toEqual(runs[index * 3 + 1]?.saw);
    });
  });
});

function python(input: string): Promise<string> {
  const child = spawn(PYTHON, [join(import.meta.dirname, "../masking/honest/with_psycopg.py")]);
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString("utf8")));
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve(output) : reject(new Error(errors))));
  });
}

describe("conversations", () => {
  test.each(CONVERSATIONS.map((conversation) => [conversation.name, conversation] as const))(
    "%s",
    async (_name, { play: converse }) => {
      const shown = await converse(inject("stack").upstream, (sql, shows) => shows ?? sql);
      expect(await converse(way().postgres, (sql) => sql)).toEqual(shown);
    },
  );
});

const PSQL = ["/usr/lib/postgresql/18/bin/psql", "/usr/bin/psql"].find((place) => existsSync(place));

describe.skipIf(PSQL === undefined)("psql", () => {
  /** psql's own commands and statements, a line each. */
  const ask = async (
    url: string,
    lines: readonly string[],
    flags: readonly string[] = [],
  ): Promise<string> => {
    const asked = promisify(execFile)(PSQL ?? "", ["-X", ...flags, url], { env: { LC_ALL: "C.UTF-8" } });
    asked.child.stdin?.end([`SET search_path = ${SCHEMA}, ${SHOWS};`, ...lines, ""].join("\n"));
    const { stdout, stderr } = await asked;
    return `${stdout}${stderr}`;
  };

  test.each([
    ["\\d", [`\\d ${SCHEMA}.customers`]],
    ["\\d+ of a view", [`\\d+ ${SCHEMA}.contacts`]],
    ["\\dt, \\dv and \\dm", [`\\dt ${SCHEMA}.*`, `\\dv ${SCHEMA}.*`, `\\dm ${SCHEMA}.*`]],
    ["\\df", [`\\df ${SCHEMA}.*`]],
    ["\\di and \\dT", [`\\di ${SCHEMA}.*`, `\\dT ${SCHEMA}.*`]],
    ["a table", ["SELECT id, name, created_at FROM customers ORDER BY id LIMIT 5;"]],
    ["\\gdesc", ["SELECT id, email, birth_date FROM customers \\gdesc"]],
    ["\\copy", ["\\copy products to stdout"]],
  ])("prints what it prints directly: %s", async (_name, commands) => {
    const direct = await ask(inject("stack").upstream, commands);
    expect(direct.length).toBeGreaterThan(50);
    expect(await ask(way().postgres, commands)).toBe(direct);
  });

  test.each([
    [[], "SELECT id, email FROM customers ORDER BY id", "SELECT id, email(email) FROM customers ORDER BY id"],
    [
      ["-v", "FETCH_COUNT=7"],
      "SELECT id, phone AS p FROM customers ORDER BY id",
      "SELECT id, ends(phone, 0, 2) AS p FROM customers ORDER BY id",
    ],
    [
      ["--csv"],
      "SELECT birth_date AS b FROM customers ORDER BY id",
      "SELECT year(birth_date) AS b FROM customers ORDER BY id",
    ],
  ])("prints what is masked, with %j", async (flags, sql, shows) => {
    const direct = await ask(inject("stack").upstream, [`${shows};`], flags);
    expect(await ask(way().postgres, [`${sql};`], flags)).toBe(direct);
  });
});

describe("what is stored", () => {
  const WRITES = HONEST.filter(({ writes }) => writes === true);
  let direct: Session;
  let gateway: Session;

  beforeAll(async () => {
    const [driver] = DRIVERS;
    if (driver === undefined) throw new Error("no driver");
    direct = await driver.direct(inject("stack").upstream);
    gateway = await driver.through(way());
    for (const statement of KEEP) await admin.query(statement);
  });
  afterAll(async () => {
    await gateway.end();
    await direct.end();
  });

  const storedBy = async (session: Session, honest: Honest): Promise<unknown> => {
    for (const statement of RESTORE) await admin.query(statement);
    await playToTheEnd(session, honest);
    return (await admin.query(STORED)).rows;
  };

  test.each(WRITES.map((honest) => [honest.name, honest] as const))("%s", async (_name, honest) => {
    const expected = await storedBy(direct, honest);
    expect(await storedBy(gateway, honest)).toEqual(expected);
  });
});
