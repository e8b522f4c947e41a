// What a client may send while PostgreSQL waits for copy data, ignores a Sync, and ends the connection with anything else.
// Whoever forwards that blindly attributes every later answer to the wrong statement. Messages come in PostgreSQL's order.

import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { type FrontendMessage } from "#core/wire";
import { endedSession, statementsOf } from "../support/auditor.ts";
import { errorFields, WireClient } from "../support/wire-client.ts";
import { bind, data, done, execute, parse, q, sync } from "./compat-conversations.ts";

const COPY = "COPY swallow FROM STDIN";
let named = 0;
let name: string;
let gateway: WireClient;
let direct: WireClient;

beforeEach(async () => {
  name = `copy ${Date.now()} ${named++}`;
  const { postgres, upstream } = inject("stack");
  gateway = await WireClient.connect(postgres, { parameters: { application_name: name } });
  direct = await WireClient.connect(upstream);
  for (const client of [gateway, direct]) await client.query("CREATE TEMP TABLE swallow (a integer)");
});
afterEach(async () => {
  for (const client of [gateway, direct]) await client.end();
});

/** The types of the answers, and the rows. */
async function shape(
  client: WireClient,
  messages: readonly FrontendMessage[],
  readies: number,
): Promise<string[]> {
  client.send(...messages);
  const frames = await client.ready(readies);
  return frames.map(({ code, bytes }) =>
    code === "D".charCodeAt(0)
      ? `D ${Buffer.from(bytes.subarray(11)).toString()}`
      : String.fromCharCode(code),
  );
}

const CASES: readonly [string, readonly FrontendMessage[], number][] = [
  [
    "Syncs in the middle of a COPY",
    [
      parse(COPY),
      bind(),
      execute(),
      sync,
      data("1\n"),
      sync,
      data("2\n"),
      sync,
      done,
      sync,
      q("SELECT count(*)::text FROM swallow"),
    ],
    2,
  ],
  ["Syncs behind a COPY by Query", [q(COPY), sync, sync, data("1\n"), done, sync, q("SELECT 'first'")], 3],
  [
    "what looks like a COPY and is none",
    [
      q("SELECT 'copy from stdin'"),
      q("SELECT 'first'"),
      parse("SELECT 'copy from stdin'"),
      bind(),
      execute(),
      sync,
    ],
    3,
  ],
  [
    "COPY to the client by another name",
    [
      parse("COPY (SELECT 'from') TO STDOUT"),
      bind(),
      execute(),
      parse("SELECT 'x'"),
      bind(),
      execute(),
      sync,
    ],
    1,
  ],
];

describe("a client that does not keep to the copy", () => {
  it.each(CASES)("%s", async (_, messages, readies) => {
    const expected = await shape(direct, messages, readies);
    expect(await shape(gateway, messages, readies)).toEqual(expected);
    expect(await shape(gateway, [q("SELECT 'in step'")], 1)).toEqual(["T", "D in step", "C", "Z"]);
  });

  it.each([
    ["a Query behind a COPY", [q(COPY), q("SELECT 'eaten'"), q("SELECT 'first'")]],
    ["a Parse behind a COPY", [q(COPY), parse("SELECT 'eaten'"), sync, q("SELECT 'first'")]],
    [
      "an extended pipeline behind a COPY",
      [parse(COPY), bind(), execute(), parse("SELECT 1"), bind(), execute(), sync],
    ],
    [
      "a Query behind a COPY among others",
      [q(`SELECT 1; ${COPY}; SELECT 2`), q("SELECT 'eaten'"), q("SELECT 'first'")],
    ],
  ])("%s ends the connection, as PostgreSQL does", async (_, messages) => {
    for (const client of [direct, gateway]) {
      const answer = await shape(client, messages, Number.POSITIVE_INFINITY);
      expect(client.closed).toBe(true);
      expect(answer.slice(answer.indexOf("G")).filter((code) => code !== "E")).toEqual(["G"]);
    }
    const session = await endedSession(name);
    expect(session).toMatchObject({ end_reason: "protocol_violation" });
    expect(session.end_detail).toContain("during COPY from stdin");
    const statements = await statementsOf(session.id);
    expect(statements.map(({ outcome }) => outcome)).toEqual(["completed", "unknown"]);
  });

  it("is cut off when it hides a COPY behind a name that it only pretends to give anew", async () => {
    gateway.send(parse(COPY, "s"), sync);
    await gateway.ready();
    // PostgreSQL refuses the second Parse, and the Bind finds the COPY. The gateway learns that after it has forwarded all.
    gateway.send(
      parse("SELECT 1", "s"),
      sync,
      bind({ statement: "s" }),
      execute(),
      sync,
      q("SELECT 'a'"),
      q("SELECT 'b'"),
    );
    const frames = await gateway.ready(Number.POSITIVE_INFINITY);
    expect(errorFields(frames.slice(-1)).get("S")).toBe("FATAL");
    expect(frames.some(({ code }) => code === "D".charCodeAt(0))).toBe(false);
    expect(gateway.closed).toBe(true);
  });
});
