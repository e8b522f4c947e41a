// `sluice policy`: real processes against a scripted API; their words, what they ask, and their exit codes.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { Command } from "./command.ts";
import { startPolicyApi, type Asked, type PolicyApi, type Reply } from "./policy-api.ts";

const TOKEN = "canary.of-the.token";
const DOCUMENT = "extends: agent\nrules:\n  - { id: a, then: deny }\n";
const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

interface Ran {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

function file(name: string, text: string): string {
  const directory = mkdtempSync(join(tmpdir(), "sluice-policy-"));
  endings.push(() => rmSync(directory, { recursive: true }));
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

async function api(answer: (asked: Asked) => Reply): Promise<PolicyApi> {
  const started = await startPolicyApi(answer);
  endings.push(() => started.close());
  return started;
}

async function policy(url: string, ...args: string[]): Promise<Ran> {
  const command = new Command(["policy", ...args], {
    SLUICE_TOKEN: TOKEN,
    SLUICE_GATEWAY: url,
    SLUICE_TARGET: "shop",
  });
  const code = await command.exitCode();
  expect(`${command.stdout}${command.stderr}`).not.toContain(TOKEN);
  return { code, stdout: command.stdout, stderr: command.stderr };
}

test.concurrent.each([
  [["policy"], /Which policy command\? One of check, test, diff, apply, replay, suggest/],
  [["policy", "chek", "x"], /Which policy command/],
  [["policy", "check"], /Write: sluice policy check FILE/],
  [["policy", "test", "x"], /Write: sluice policy test FILE CASES/],
  [["policy", "check", "a", "b"], /an argument too many/],
  [["policy", "check", "/does/not/exist"], /cannot be read \(ENOENT\)/],
  [["policy", "suggest", "--from", "yesterday"], /--from has to be a time/],
  [["policy", "check", import.meta.filename], /cannot be reached/],
] as const)("sluice %j says what to do and exits with 2", async (args, advice) => {
  const command = new Command(args, {
    SLUICE_TOKEN: TOKEN,
    SLUICE_GATEWAY: "http://127.0.0.1:9",
    SLUICE_TARGET: "shop",
  });
  expect(await command.exitCode()).toBe(2);
  expect(command.stderr).toMatch(advice);
  expect(command.stderr).toMatch(/^sluice: .*\n$/);
});

test("--help says what the exit codes mean", async () => {
  const command = new Command(["policy", "--help"]);
  expect(await command.exitCode()).toBe(0);
  expect(command.stdout).toMatch(/check FILE.*test FILE CASES.*Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 /s);
});

test("check points at the line of each problem and fails on errors, on warnings with --strict alone", async () => {
  const warning = {
    severity: "warning",
    line: 3,
    column: 5,
    path: "rules[0]",
    message: "rule a is never reached",
  };
  const error = {
    severity: "error",
    line: 1,
    column: 10,
    path: "extends",
    message: "there is no profile agnt",
  };
  let diagnostics: object[] = [error, warning];
  const { url, asked } = await api(() => ({ body: { valid: false, diagnostics } }));
  const path = file("policy.yaml", DOCUMENT);
  const failed = await policy(url, "check", path);
  expect(failed.stdout).toBe(
    `${path}:1:10: there is no profile agnt\n${path}:3:5: warning: rule a is never reached\n${path}: 1 error, 1 warning\n`,
  );
  expect(failed.code).toBe(1);
  expect(asked[0]).toMatchObject({ what: "POST /v1/policy/lint?target=shop", body: DOCUMENT });
  expect(asked[0]?.headers["authorization"]).toBe(`Bearer ${TOKEN}`);

  diagnostics = [warning];
  expect((await policy(url, "check", path)).code).toBe(0);
  expect((await policy(url, "check", path, "--strict")).code).toBe(1);
  diagnostics = [];
  const fine = await policy(url, "check", path, "--sample");
  expect(asked.at(-1)?.what).toBe("POST /v1/policy/lint?target=shop&sample=true");
  expect(fine).toMatchObject({ code: 0, stdout: `${path}: no problems\n`, stderr: "" });
});

const CASES = `
- { statement: SELECT 1, expect: allow }
- { statement: DELETE FROM orders, expect: deny, rule: no-unbounded-writes }
- { statement: SELECT 2, as: { groups: [support] }, expect: deny }
`;

function verdict(asked: Asked): Reply {
  const { statements } = JSON.parse(asked.body) as { readonly statements: readonly string[] };
  const decide = (statement: string): object =>
    statement.startsWith("DELETE")
      ? { effect: "deny", rule: "no-unbounded-writes", matched: ["unbounded delete of public.orders"] }
      : { effect: "allow", rule: "relations.read", matched: ["reads nothing"] };
  const masked_columns = [
    { name: "email", mask: "email" },
    { name: "n", mask: "null" },
  ];
  const item = (statement: string): object => ({
    statement,
    decision: decide(statement),
    ...(statement === "SELECT 1" ? { masked_columns } : {}),
  });
  return { body: { data: statements.map(item) } };
}

test("the table decides each case as its principal, prints a table, and points at the case that differs", async () => {
  const { url, asked } = await api(verdict);
  const [document, cases] = [file("policy.yaml", DOCUMENT), file("cases.yaml", CASES)];
  const { code, stdout } = await policy(url, "test", document, cases);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^ok +2 +allow +allow +relations\.read +email: email, n: null +SELECT 1$/m);
  expect(stdout).toMatch(
    /^ok +3 +deny \(no-unbounded-writes\) +deny +no-unbounded-writes +DELETE FROM orders$/m,
  );
  expect(stdout).toMatch(/^FAIL +4 +deny +allow /m);
  expect(stdout).toContain(`${cases}:4:3: expected deny, and it is allow by relations.read: reads nothing\n`);
  expect(stdout).toMatch(/2 of 3 as expected\n$/);
  const bodies = asked.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  expect(bodies).toEqual([
    { target: "shop", document: DOCUMENT, principal: {}, statements: ["SELECT 1", "DELETE FROM orders"] },
    { target: "shop", document: DOCUMENT, principal: { groups: ["support"] }, statements: ["SELECT 2"] },
  ]);
  const passing = file("passing.yaml", "- { statement: SELECT 1, expect: allow, rule: relations.read }");
  expect((await policy(url, "test", document, passing)).code).toBe(0);
});

test("cases are asked in batches that the gateway takes", async () => {
  const { url, asked } = await api(verdict);
  const many = Array.from({ length: 250 }, (_, i) => `- { statement: SELECT ${i}, expect: allow }`);
  const { code } = await policy(url, "test", file("p.yaml", DOCUMENT), file("c.yaml", many.join("\n")));
  expect(code).toBe(0);
  const sizes = asked.map(({ body }) => (JSON.parse(body) as { statements: unknown[] }).statements.length);
  expect(sizes).toEqual([100, 100, 50]);
});

test("a table for a document with errors tells them in place of a table", async () => {
  const diagnostics = [{ severity: "error", line: 2, column: 3, path: "x", message: "no such key" }];
  const { url } = await api(() => ({ status: 422, body: { title: "x", diagnostics } }));
  const document = file("policy.yaml", DOCUMENT);
  const { code, stdout } = await policy(url, "test", document, file("cases.yaml", CASES));
  expect({ code, stdout }).toEqual({ code: 1, stdout: `${document}:2:3: no such key\n` });
});

const STORED: Reply = { etag: '"7"', body: { version: 7, document: DOCUMENT } };

test("diff shows the lines that change and what they mean, and is silent where nothing does", async () => {
  const { url } = await api(() => STORED);
  const same = await policy(url, "diff", file("policy.yaml", DOCUMENT));
  expect(same.code).toBe(0);
  expect(same.stdout).toMatch(/policy\.yaml is version 7 of shop\n$/);
  const other = await policy(url, "diff", file("policy.yaml", DOCUMENT.replace("deny", "approve")));
  expect(other.code).toBe(1);
  expect(other.stdout).toContain("-  - { id: a, then: deny }\n+  - { id: a, then: approve }\n");
  expect(other.stdout).toContain("In meaning:\n  ~ rules[a].then: deny -> approve\n");
  const looks = await policy(url, "diff", file("policy.yaml", `# why\n${DOCUMENT}`));
  expect(looks.code).toBe(1);
  expect(looks.stdout).toMatch(/In meaning: nothing changes\n$/);
});

test("apply replaces the version that is there, or the one that it is told", async () => {
  const { url, asked } = await api(({ what }) =>
    what.startsWith("GET") ? STORED : { body: { version: 8 } },
  );
  const path = file("policy.yaml", DOCUMENT);
  const { code, stdout } = await policy(url, "apply", path, "--comment", "why & how");
  expect(code).toBe(0);
  expect(stdout).toBe(`shop: ${path} is version 8, in force within 5 seconds\n`);
  expect(asked[1]).toMatchObject({
    what: "PUT /v1/targets/shop/policy?comment=why%20%26%20how",
    body: DOCUMENT,
  });
  expect(asked[1]?.headers["if-match"]).toBe('"7"');
  await policy(url, "apply", path, "--replaces", "5");
  expect(asked.at(-1)?.headers["if-match"]).toBe('"5"');
  await policy(url, "apply", path, "--replaces", "none");
  expect(asked.at(-1)?.headers["if-none-match"]).toBe("*");
});

test("apply of a first version says that there is none, and a version in between is told", async () => {
  const { url, asked } = await api(({ what }) =>
    what.startsWith("GET")
      ? { status: 404, body: { title: "Not Found", detail: "none" } }
      : { status: 412, body: { title: "Precondition Failed", detail: "version 3 is in force" } },
  );
  const { code, stdout } = await policy(url, "apply", file("policy.yaml", DOCUMENT));
  expect({ code, stdout }).toEqual({ code: 1, stdout: "not applied: version 3 is in force\n" });
  expect(asked[1]?.headers["if-none-match"]).toBe("*");
});

test("what the gateway refuses is no verdict on the policy: exit code 2 and its words", async () => {
  const { url } = await api(() => ({
    status: 403,
    body: { title: "Forbidden", detail: "needs the role\u001b[31m admin" },
  }));
  const { code, stderr } = await policy(url, "check", file("policy.yaml", DOCUMENT));
  expect(code).toBe(2);
  expect(stderr).toBe("sluice: The gateway refused (HTTP 403): needs the role [31m admin\n");
});

test("replay goes through every page, adds up, and fails where something is newly refused", async () => {
  const page = (next: string | null, refused: number): Reply => ({
    body: {
      statements: 10,
      counts: { newly_refused: refused, newly_held: 0, newly_allowed: 1, not_decidable: 2 },
      by_rule: [{ rule: "a", newly_refused: refused, newly_held: 0, newly_allowed: 1 }],
      examples: [
        {
          kind: "newly_refused",
          session_id: "0123",
          seq: 4,
          statement: "DELETE\n  FROM t",
          after: { effect: "deny", rule: "a" },
        },
      ],
      next_cursor: next,
    },
  });
  let refused = 1;
  const { url, asked } = await api(({ body }) =>
    (JSON.parse(body) as { cursor?: string }).cursor === undefined
      ? page("next", refused)
      : page(null, refused),
  );
  const path = file("policy.yaml", DOCUMENT);
  const { code, stdout } = await policy(
    url,
    "replay",
    path,
    "--from",
    "2026-11-01",
    "--to",
    "2026-11-02",
    "--subject",
    "bot",
  );
  expect(code).toBe(1);
  expect(stdout).toContain(
    "20 statements recorded from 2026-11-01T00:00:00.000Z to 2026-11-02T00:00:00.000Z\n",
  );
  expect(stdout).toMatch(/newly refused +2\n +newly held +0\n +newly allowed +2\n +not decidable +4\n/);
  expect(stdout).toMatch(/^a +2 +0 +2$/m);
  expect(stdout).toContain("0123:4  a  DELETE FROM t\n");
  expect(JSON.parse(asked[1]?.body ?? "")).toEqual({
    document: DOCUMENT,
    from: "2026-11-01T00:00:00.000Z",
    to: "2026-11-02T00:00:00.000Z",
    subject: "bot",
    cursor: "next",
  });
  refused = 0;
  expect((await policy(url, "replay", path)).code).toBe(0);
});

test("suggest prints the document and nothing else", async () => {
  const { url, asked } = await api(() => ({ body: { document: DOCUMENT } }));
  expect(await policy(url, "suggest", "--from", "24h")).toMatchObject({
    code: 0,
    stdout: DOCUMENT,
    stderr: "",
  });
  expect(asked[0]?.what).toBe("POST /v1/targets/shop/policy/suggest");
});
