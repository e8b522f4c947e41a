// The local stack, top to bottom: state, ports, parts in their order, dev.json, ready. Reads as the list of what there is;
// how each part works is in its own folder, how they are kept alive in supervisor.ts.

import { readPolicy } from "./policy.ts";
import { demonstrate } from "./demo/main.ts";
import type { StackFlags } from "./flags.ts";
import { loadKeys, type IssuerKeys } from "./issuer/keys.ts";
import { mintToken } from "./issuer/mint.ts";
import { lockState } from "./lock.ts";
import {
  buildBundle,
  describePostgres,
  embeddedUrl,
  startGateway,
  startIssuer,
  startPostgres,
  startShim,
} from "./parts.ts";
import { claimPort, LOOPBACK, preferPort } from "./ports.ts";
import { checkUpstream } from "./postgres/upstream.ts";
import type { Reporter } from "./report.ts";
import { ROLES, State, type DevFile, type Role } from "./state.ts";
import { Supervisor } from "./supervisor.ts";
import { welcome } from "./welcome.ts";

/** Tokens in dev.json live as long as anyone keeps a stack running at a stretch. */
const TOKEN_LIFETIME_SECONDS = 24 * 3600;

export interface Stack {
  readonly dev: DevFile;
  /** Resolves when everything is down; rejects with the UserError that took it down. */
  readonly stopped: Promise<void>;
}

/** null when `abort` came before everything was up. Either way, and on errors too, no process is left. */
export async function startStack(
  flags: StackFlags,
  reporter: Reporter,
  abort: AbortSignal,
): Promise<Stack | null> {
  const state = State.open(flags.state);
  await lockState(state.directory);
  state.removeDevFile();

  const lost = Promise.withResolvers<never>();
  const aborted = Promise.withResolvers<null>();
  lost.promise.catch(() => undefined);
  abort.addEventListener("abort", () => aborted.resolve(null), { once: true });
  const supervisor = new Supervisor({
    note: (part, text) => abort.aborted || reporter.warn(`${part}: ${text}`),
    lost: (error) => lost.reject(error),
  });
  const takeDown = async (): Promise<void> => {
    reporter.waiting(["stopping"]);
    await supervisor.stop();
    state.removeDevFile();
    reporter.waiting([]);
  };

  let dev: DevFile | null;
  try {
    dev = await Promise.race([bringUp(flags, state, supervisor, reporter), aborted.promise, lost.promise]);
  } catch (error) {
    await takeDown();
    throw error;
  }
  if (dev === null) {
    await takeDown();
    return null;
  }
  const stopped = Promise.race([aborted.promise, lost.promise]).then(takeDown, async (error: unknown) => {
    await takeDown();
    throw error;
  });
  return { dev, stopped };
}

async function bringUp(
  flags: StackFlags,
  state: State,
  supervisor: Supervisor,
  reporter: Reporter,
): Promise<DevFile> {
  const began = Date.now();
  const policy = readPolicy(flags.policy);
  const port = await claimPort(flags.port, "--port", "gateway");
  const pgPort = await claimPort(flags.pgPort, "--pg-port", "shim");
  const remembered = state.ports;
  const ports = {
    issuer: await preferPort(remembered.issuer),
    postgres: await preferPort(remembered.postgres),
  };
  state.rememberPorts(ports);
  const keys = await loadKeys(state);
  const gateway = `http://${LOOPBACK}:${port}`;
  const issuer = `http://${LOOPBACK}:${ports.issuer}`;
  const upstream = flags.upstream ?? embeddedUrl(state, ports.postgres);

  reporter.line(reporter.paint("bold", "Sluice, local stack"));
  const progress = trackProgress(reporter);
  const [bundle] = await Promise.all([
    progress("bundle", buildBundle(supervisor, state), () => "the Worker that wrangler would deploy"),
    flags.upstream === null
      ? progress("postgres", startPostgres(supervisor, state, ports.postgres), describePostgres)
      : progress("postgres", checkUpstream(flags.upstream), (version) => `${version} at ${upstream.host}`),
    progress("issuer", startIssuer(supervisor, state, keys, ports.issuer, gateway), ({ url }) => url),
  ]);
  await progress(
    "gateway",
    startGateway(supervisor, state, bundle, port, { target: flags.target, issuer, upstream, policy }),
    (f) => `${f.url}, policy version ${f.policyVersion}`,
  );
  await progress(
    "shim",
    startShim(supervisor, gateway, flags.target, pgPort, issuer, keys),
    (f) => `${f.host}:${f.port}`,
  );

  const tokens = await mintTokens(issuer, keys);
  const dev: DevFile = {
    gateway,
    connect: `postgres://agent:${tokens.agent}@${LOOPBACK}:${port}/${flags.target}?sslmode=disable`,
    postgres: `postgres://agent@${LOOPBACK}:${pgPort}/${flags.target}?sslmode=disable`,
    upstream: upstream.href,
    target: flags.target,
    issuer,
    tokens,
    pid: process.pid,
  };
  state.writeDevFile(dev);
  reporter.line(reporter.paint("dim", `  up after ${((Date.now() - began) / 1000).toFixed(1)} s`));
  if (flags.demo) await demonstrate(dev, reporter);
  welcome(dev, state.directory, reporter);
  reporter.ready();
  return dev;
}

async function mintTokens(issuer: string, keys: IssuerKeys): Promise<Record<Role, string>> {
  const tokens: Record<Role, string> = { agent: "", approver: "", auditor: "", admin: "" };
  for (const role of ROLES) {
    const request = { subject: `local-${role}`, roles: [role], lifetimeSeconds: TOKEN_LIFETIME_SECONDS };
    tokens[role] = await mintToken(issuer, keys, request, Date.now());
  }
  return tokens;
}

/** Shows what is waited for, and how long each took. */
function trackProgress(reporter: Reporter) {
  const pending = new Set<string>();
  return async <T>(part: string, work: Promise<T>, describe: (result: T) => string): Promise<T> => {
    const began = Date.now();
    pending.add(part);
    reporter.waiting([...pending]);
    try {
      const result = await work;
      reporter.done(part, describe(result), Date.now() - began);
      return result;
    } finally {
      pending.delete(part);
      reporter.waiting([...pending]);
    }
  };
}
