// The command line: real processes, their words and their exit codes.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { Client, READY, START_UP, errorFields } from "./client.ts";
import { Command } from "./command.ts";
import { ScriptedGateway } from "./scripted-gateway.ts";

const ROUTE = ["--gateway", "http://127.0.0.1:9", "--target", "demo"];
const TOKEN = { SLUICE_TOKEN: "canary.of-the.token" };
const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

test.concurrent.each([
  [[], /sluice connect.*sluice run.*--help/],
  [["conect"], /no command "conect".*--help/],
  [["connect", "--target", "demo"], /Which gateway\? .*--gateway URL.*SLUICE_GATEWAY/],
  [["connect", "--gateway", "http://127.0.0.1:9"], /Which database\? .*--target NAME.*SLUICE_TARGET/],
  [["connect", ...ROUTE, "--tokenfile", "x"], /Unknown option '--tokenfile'.*--help/],
  [["connect", ...ROUTE, "stray"], /argument that is no flag/],
  [["connect", ...ROUTE, "--listen"], /--listen.*argument missing.*--help/],
  [["connect", ...ROUTE, "--listen", ""], /--listen is empty/],
  [["connect", ...ROUTE, "--listen", "127.0.0.1"], /HOST:PORT/],
  [["connect", ...ROUTE, "--listen", "0.0.0.0:0"], /Refusing to listen on 0\.0\.0\.0.*--allow-remote/],
  [["connect", ...ROUTE, "--", "psql"], /`sluice run`/],
  [["connect", "--gateway", "localhost:8787", "--target", "demo"], /has to begin with https/],
  [["connect", "--gateway", "http://10.0.0.1", "--target", "demo"], /--allow-plaintext/],
  [["connect", ...ROUTE, "--token-env", "ABSENT"], /No token: ABSENT is not set/],
  [
    ["connect", ...ROUTE, "--token-env", "A", "--token-file", "b"],
    /Only one of --token-env and --token-file/,
  ],
  [
    ["connect", ...ROUTE, "--issuer", "https://i.example"],
    /--issuer belongs to --client-credentials or --device-code/,
  ],
  [["connect", ...ROUTE, "--device-code"], /--device-code needs --issuer URL/],
  [["connect", ...ROUTE, "--device-code", "--issuer", "i"], /needs --client-id/],
  [["connect", ...ROUTE, "--device-code", "--client-id", "c", "--issuer", "i"], /--issuer "i" is not a URL/],
  [
    ["connect", ...ROUTE, "--client-credentials", "--client-id", "c", "--issuer", "https://i.example"],
    /SLUICE_CLIENT_SECRET is not set/,
  ],
  [["run", ...ROUTE], /Which command\? .* -- /],
  [["run", ...ROUTE, "psql"], /after ` -- `/],
  [["run", ...ROUTE, "--listen", "1", "--", "true"], /Unknown option '--listen'/],
] as const)("sluice %j says what to do and exits with 2", async (args, advice) => {
  const command = new Command(args, TOKEN);
  expect(await command.exitCode()).toBe(2);
  expect(command.stderr).toMatch(advice);
  expect(command.stderr).toMatch(/^sluice: .*\n$/);
  expect(command.stdout).toBe("");
});

test.concurrent.each([
  [["--help"], /sluice connect.*sluice run/s],
  [["connect", "--help"], /--gateway URL.*--token-command.*--device-code.*--allow-remote/s],
  [["run", "--help"], /--target NAME.*--user NAME/s],
  [["--version"], /^\d+\.\d+\.\d+\n$/],
] as const)("sluice %j answers on standard output and exits with 0", async (args, answer) => {
  const command = new Command(args);
  expect(await command.exitCode()).toBe(0);
  expect(command.stdout).toMatch(answer);
  expect(command.stderr).toBe("");
});

test("connect says in one line where it listens, serves, and ends on SIGTERM with open connections", async () => {
  const gateway = await ScriptedGateway.start();
  endings.push(() => gateway.close());
  const command = new Command(["connect", "--listen", "127.0.0.1:0"], {
    ...TOKEN,
    SLUICE_GATEWAY: gateway.url,
    SLUICE_TARGET: "demo",
  });
  const port = await command.port();
  expect(command.stdout).toBe(`sluice: listening on 127.0.0.1:${port} for target demo at ${gateway.url}\n`);
  const client = await Client.dial(port);
  client.socket.write(START_UP);
  const session = await gateway.session();
  session.send(READY);
  await client.has(READY.length);

  const begun = performance.now();
  command.child.kill("SIGTERM");
  expect(await command.exitCode()).toBe(0);
  expect(performance.now() - begun).toBeLessThan(1500);
  await session.closed;
  expect(command.stderr).toBe("");
});

test("SIGTERM does not wait for a token, and leaves no token command behind", async () => {
  const directory = mkdtempSync(join(tmpdir(), "sluice-"));
  endings.push(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "pid");
  const command = new Command([
    "connect",
    ...ROUTE,
    "--listen",
    "0",
    "--token-command",
    `echo $$ > ${file}; exec sleep 60`,
  ]);
  const client = await Client.dial(await command.port());
  client.socket.write(START_UP);
  await expect.poll(() => existsSync(file) && readFileSync(file, "utf8").endsWith("\n")).toBe(true);
  command.child.kill("SIGTERM");
  expect(await command.exitCode()).toBe(0);
  const pid = Number(readFileSync(file, "utf8"));
  await expect.poll(() => isRunning(pid)).toBe(false);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/State:\s+Z/.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

test("a port in use is said so", async () => {
  const first = new Command(["connect", ...ROUTE, "--listen", "0"], TOKEN);
  endings.push(() => first.child.kill());
  const port = await first.port();
  const second = new Command(["connect", ...ROUTE, "--listen", String(port)], TOKEN);
  expect(await second.exitCode()).toBe(1);
  expect(second.stderr).toBe(
    `sluice: Cannot listen on 127.0.0.1:${port}: the port is in use. Take another with --listen, or port 0 for a free one.\n`,
  );
});

test("a refused connection is reported once, without the token", async () => {
  const gateway = await ScriptedGateway.start(() => ({
    status: 401,
    body: JSON.stringify({ detail: "Expired." }),
  }));
  endings.push(() => gateway.close());
  const command = new Command(
    ["connect", "--gateway", gateway.url, "--target", "demo", "--listen", "0"],
    TOKEN,
  );
  endings.push(() => command.child.kill());
  const client = await Client.dial(await command.port());
  client.socket.write(START_UP);
  expect(errorFields(await client.untilEnd())["C"]).toBe("28000");
  command.child.kill("SIGINT");
  expect(await command.exitCode()).toBe(0);
  expect(command.stderr).toMatch(/^sluice: Sluice gateway: Expired\. \(HTTP 401\)\. Get a new token.*\n$/);
  expect(command.stderr + command.stdout).not.toContain(TOKEN.SLUICE_TOKEN);
});

const PRINT_ENVIRONMENT = "process.stdout.write(JSON.stringify(process.env))";

test("run gives the command a connection by PostgreSQL's variables, and keeps the token from it", async () => {
  const args = ["run", ...ROUTE, "--user", "bot", "--", process.execPath, "-e", PRINT_ENVIRONMENT];
  const command = new Command(args, {
    ...TOKEN,
    PGHOSTADDR: "10.0.0.1",
    PGPASSWORD: "old",
    PGSERVICE: "other",
    KEPT: "1",
  });
  expect(await command.exitCode()).toBe(0);
  const environment: Record<string, string> = JSON.parse(command.stdout);
  const port = environment["PGPORT"];
  expect(Number(port)).toBeGreaterThan(0);
  expect(environment).toMatchObject({
    PGHOST: "127.0.0.1",
    PGUSER: "bot",
    PGDATABASE: "demo",
    PGSSLMODE: "disable",
    PGGSSENCMODE: "disable",
    DATABASE_URL: `postgres://bot@127.0.0.1:${port}/demo?sslmode=disable`,
    KEPT: "1",
  });
  for (const gone of ["SLUICE_TOKEN", "PGHOSTADDR", "PGPASSWORD", "PGSERVICE"])
    expect(environment).not.toHaveProperty(gone);
});

test("run's bridge works for the command", async () => {
  const gateway = await ScriptedGateway.start();
  endings.push(() => gateway.close());
  const dial = `const s = require("net").connect(process.env.PGPORT, "127.0.0.1");
    s.write(Buffer.from("${START_UP.toString("hex")}", "hex"));
    s.on("data", (d) => { process.stdout.write(d.toString("hex")); process.exit(5); })`;
  const command = new Command(
    ["run", "--gateway", gateway.url, "--target", "demo", "--", process.execPath, "-e", dial],
    TOKEN,
  );
  const session = await gateway.session();
  session.send(READY);
  expect(await command.exitCode()).toBe(5);
  expect(command.stdout).toBe(READY.toString("hex"));
});

test.concurrent.each([
  ["process.exit(0)", 0],
  ["process.exit(37)", 37],
  ["process.kill(process.pid, 'SIGKILL')", 137],
])("run exits as its command does: %s", async (script, code) => {
  const command = new Command(["run", ...ROUTE, "--", process.execPath, "-e", script], TOKEN);
  expect(await command.exitCode()).toBe(code);
});

test("run says when there is no such command", async () => {
  const command = new Command(["run", ...ROUTE, "--", "no-such-command"], TOKEN);
  expect(await command.exitCode()).toBe(127);
  expect(command.stderr).toMatch(/Cannot run "no-such-command" \(ENOENT\)/);
});

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
  "run passes %s on and waits for the command's own end",
  async (signal) => {
    const script = `process.on("${signal}", () => { console.log("heard"); setTimeout(() => process.exit(9), 50); });
    setInterval(() => {}, 1000); console.log("up");`;
    const command = new Command(["run", ...ROUTE, "--", process.execPath, "-e", script], TOKEN);
    await command.says(/up/);
    command.child.kill(signal);
    expect(await command.exitCode()).toBe(9);
    expect(command.stdout).toBe("up\nheard\n");
  },
);

test("a token file is read again for the next connection, and what is wrong with it reaches the client", async () => {
  const directory = mkdtempSync(join(tmpdir(), "sluice-"));
  endings.push(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "token");
  const gateway = await ScriptedGateway.start();
  endings.push(() => gateway.close());
  const command = new Command(
    ["connect", "--gateway", gateway.url, "--target", "demo", "--listen", "0", "--token-file", file],
    {},
  );
  endings.push(() => command.child.kill());
  const port = await command.port();

  const early = await Client.dial(port);
  early.socket.write(START_UP);
  const fields = errorFields(await early.untilEnd());
  expect(fields).toMatchObject({ C: "28000", M: `the token file ${file} cannot be read (ENOENT)` });

  for (const token of ["first", "second"]) {
    writeFileSync(file, `${token}\n`);
    const client = await Client.dial(port);
    client.socket.write(START_UP);
    const session = await gateway.session();
    expect(session.request.headers.authorization).toBe(`Bearer ${token}`);
    expect(readFileSync(file, "utf8")).toBe(`${token}\n`);
  }
});
