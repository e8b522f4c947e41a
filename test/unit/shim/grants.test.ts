// `sluice request` and `sluice grants`, as a person at a terminal meets them, against a gateway that answers what it is told to.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Command } from "./command.ts";

const GRANT = {
  id: "shop-0123",
  state: "pending",
  requester: { issuer: "i", subject: "bot" },
  relations: ["public.orders"],
  kinds: ["select"],
  reason: "ticket\u001b[2J 4711",
  ends_at: null,
};
const asked: { readonly what: string; readonly body: unknown }[] = [];
let answers: readonly { readonly status: number; readonly body: unknown }[] = [];
let url = "";

const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    asked.push({ what: `${request.method} ${request.url}`, body: body === "" ? null : JSON.parse(body) });
    const [next, ...rest] = answers;
    if (rest.length > 0) answers = rest;
    response.writeHead(next?.status ?? 500, { "content-type": "application/json" });
    response.end(JSON.stringify(next?.body));
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
});

async function sluice(
  ...words: readonly string[]
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const command = new Command(words, { SLUICE_TOKEN: "token", SLUICE_GATEWAY: url, SLUICE_TARGET: "shop" });
  const code = await command.exitCode();
  return { code, stdout: command.stdout, stderr: command.stderr };
}

const WISH = ["request", "public.orders", "--for", "30min", "--reason", "ticket 4711"] as const;

test("a request says what was asked for, and by its exit code whether it is there", async () => {
  answers = [{ status: 200, body: GRANT }];
  const pending = await sluice(...WISH, "--kind", "select,update");
  expect(asked.at(-1)).toEqual({
    what: "POST /v1/grants",
    body: {
      target: "shop",
      relations: ["public.orders"],
      kinds: ["select", "update"],
      duration: "30min",
      reason: "ticket 4711",
    },
  });
  expect(pending).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("shop-0123: asked for") as string,
  });
  answers = [{ status: 200, body: { ...GRANT, state: "active", ends_at: "2026-11-29T10:00:00Z" } }];
  expect(await sluice(...WISH)).toMatchObject({
    code: 0,
    stdout: "shop-0123: active until 2026-11-29T10:00:00Z: select on public.orders\n",
  });
  answers = [{ status: 422, body: { detail: "public.orders cannot be asked for on this target" } }];
  expect(await sluice(...WISH)).toMatchObject({
    code: 2,
    stderr: "sluice: The gateway refused (HTTP 422): public.orders cannot be asked for on this target\n",
  });
});

test("with --wait it waits for the decision", async () => {
  answers = [
    { status: 200, body: GRANT },
    { status: 200, body: { ...GRANT, state: "denied" } },
  ];
  expect(await sluice(...WISH, "--wait")).toMatchObject({
    code: 1,
    stdout: "shop-0123: denied: select on public.orders\n",
    stderr: "sluice: waiting for a decision on shop-0123\n",
  });
  expect(asked.at(-1)?.what).toBe("GET /v1/grants/shop-0123");
});

test("what is missing is asked for", async () => {
  for (const [words, says] of [
    [["request"], "Which relations?"],
    [["request", "public.orders"], "For how long?"],
    [["request", "public.orders", "--for", "1h"], "What for?"],
  ] as const)
    expect(await sluice(...words)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(says) as string,
    });
});

test("limits are asked for as the gateway takes them, and wrong ones are said before it is asked", async () => {
  answers = [{ status: 200, body: GRANT }];
  await sluice(
    ...WISH,
    "--limits",
    "rows_returned=100,rows_returned.grant=1000,rows_changed.grant=5,statement_time=5s,statements=20",
  );
  expect(asked.at(-1)?.body).toMatchObject({
    limits: {
      rows_returned: { statement: 100, grant: 1000 },
      rows_changed: { grant: 5 },
      statement_time: "5s",
      statements: 20,
    },
  });
  const before = asked.length;
  for (const [flags, says] of [
    [["--limits", "rows=1"], "names are rows_returned, rows_returned.grant"],
    [["--limits", "statements"], "NAME=VALUE"],
    [["--limits", "statements=0"], "statements is a whole number from 1"],
    [["--limits", "statements=many"], "statements is a whole number from 1"],
    [["--limits", "statements=1e3"], "statements is a whole number from 1"],
    [["--limits", "statements=5,statements=6"], "statements is there twice"],
    [["--limits", ""], "--limits is empty"],
    [["--kind", "select,,update"], "Which kinds?"],
    [["--for"], "--for"],
    [["--how-long", "1h"], "--how-long"],
    [["--gateway", "http://gateway.example.com"], "https"],
  ] as const)
    expect(await sluice(...WISH, ...flags), flags.join(" ")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(says) as string,
    });
  expect(asked).toHaveLength(before);
});

test("grants are listed, without control characters", async () => {
  answers = [{ status: 200, body: { data: [GRANT], next_cursor: null } }];
  const { code, stdout } = await sluice("grants", "--state", "pending");
  expect(asked.at(-1)?.what).toBe("GET /v1/grants?target=shop&state=pending");
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^id +state +who +what +at most +until +why\nshop-0123 +pending +bot +select on public\.orders +- +- +ticket \[2J 4711\n$/,
  );
  answers = [{ status: 200, body: { data: [], next_cursor: null } }];
  expect((await sluice("grants")).stdout).toBe("no grants\n");
});

test("what a grant is limited to is shown as it is asked for", async () => {
  const limits = {
    rows_returned: { statement: 100, grant: 1000 },
    rows_changed: { statement: null, grant: 5 },
    bytes_returned: null,
    statement_time_ms: 5000,
    statements: 20,
  };
  const words =
    "rows_returned=100,rows_returned.grant=1000,rows_changed.grant=5,statements=20,statement_time=5000ms";
  const active = { ...GRANT, state: "active", ends_at: "2026-11-29T10:00:00Z", limits };
  answers = [{ status: 200, body: active }];
  expect(await sluice(...WISH)).toMatchObject({
    code: 0,
    stdout: `shop-0123: active until 2026-11-29T10:00:00Z: select on public.orders, at most ${words}\n`,
  });
  await sluice(...WISH, "--limits", words);
  expect(asked.at(-1)?.body).toMatchObject({
    limits: {
      rows_returned: { statement: 100, grant: 1000 },
      rows_changed: { grant: 5 },
      statement_time: "5000ms",
      statements: 20,
    },
  });
  answers = [{ status: 200, body: { data: [active], next_cursor: null } }];
  expect((await sluice("grants")).stdout).toContain(words);
});
