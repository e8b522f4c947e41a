// `sluice replay SESSION` against a whole gateway: a session that is over, and one that goes on while it is shown.

import { readFileSync } from "node:fs";
import { expect, inject, test } from "vitest";
import { endedSession, liveSession } from "../support/auditor.ts";
import { WireClient } from "../support/wire-client.ts";
import { Command } from "../unit/shim/command.ts";
import { bind, data, done, execute, parse, q, sync } from "./compat-conversations.ts";

async function connect(name: string): Promise<WireClient> {
  return WireClient.connect(inject("stack").postgres, { parameters: { application_name: name } });
}

function replay(session: string, ...args: string[]): Command {
  const { gateway, tokens } = inject("stack");
  return new Command(["replay", session, "--gateway", gateway, ...args], { SLUICE_TOKEN: tokens.auditor });
}

/** The block of docs/replay.md that begins so. */
function transcript(beginning: string): string {
  const page = readFileSync(new URL("../../docs/replay.md", import.meta.url), "utf8");
  const block = page.split("\n```\n").find((one) => one.startsWith(beginning));
  if (block === undefined) throw new Error(`the page shows nothing that begins with ${beginning}`);
  return block;
}

function timeless(text: string): readonly string[] {
  return text
    .replaceAll(/\+\d+\.\d{3} s/g, "+0 s")
    .replaceAll(/\d+ ms/g, "0 ms")
    .split("\n");
}

test("a session that is over is shown to its end, without colours where no terminal is", async () => {
  const name = `shown ${Date.now()}`;
  const client = await connect(name);
  // One after the other: a pipeline is shown in the order in which its answers came.
  for (const messages of [
    [q("CREATE TEMP TABLE item (id int, name text)")],
    [q("COPY item FROM STDIN"), data("1\tone\n2\t\\N\n"), done],
    [
      parse("SELECT id, name\nFROM item -- all of it\nWHERE id < $1 ORDER BY id", "", [23]),
      bind({ parameters: ["5"] }),
      { kind: "describe", target: "P", name: "" } as const,
      execute(),
      sync,
    ],
    [q("SELECT E'\\x1b[31mred\\u202e' AS hostile, repeat('long ', 60) AS long; SELECT 1/0")],
  ]) {
    client.send(...messages);
    await client.ready();
  }
  await client.end();
  const { id } = await endedSession(name);
  const command = replay(id, "--speed", "max");
  expect([await command.exitCode(), command.stderr]).toEqual([0, ""]);
  // As the page shows it, but for ids, names and times.
  expect(timeless(command.stdout).slice(2)).toEqual(timeless(`${transcript("session ")}\n`).slice(2));
  const cast = replay(id, "--format", "asciicast");
  expect([await cast.exitCode(), cast.stderr]).toEqual([0, ""]);
  const [head, ...pieces] = cast.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  expect(head).toMatchObject({ version: 2, width: 100, height: 30, title: `session ${id}` });
  const times = pieces.map((piece) => (piece as [number, string, string])[0]);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  const text = pieces.map((piece) => (piece as [number, string, string])[2]).join("");
  // The same, in colours.
  const sgr = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");
  expect(text.replaceAll(sgr, "").replaceAll("\r\n", "\n")).toBe(command.stdout);
  expect(text).not.toBe(text.replaceAll(sgr, ""));
});

test("a live session goes on as it happens, and ends when it does", async () => {
  const name = `live ${Date.now()}`;
  const client = await connect(name);
  await client.query("SELECT 'before'");
  const { id } = await liveSession(name);
  const command = replay(id, "--speed", "100");
  await command.says(/before/);
  await client.query("SELECT 'while it is shown'");
  await command.says(/while it is shown/);
  await client.end();
  expect(await command.exitCode()).toBe(0);
  expect(command.stdout).toMatch(/ended \+[\d.]+ s: agent terminated\n$/);
});
