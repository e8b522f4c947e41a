// The parts of the stack, each with what it is told: settings in, facts out. In which order they start is stack.ts's.

import { accessSync, constants, cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BuildSettings } from "./gateway/build.ts";
import { BUNDLE_CACHE, hashSources } from "./gateway/bundle.ts";
import type { GatewayFacts, GatewaySettings } from "./gateway/main.ts";
import type { IssuerKeys } from "./issuer/keys.ts";
import type { IssuerFacts, IssuerSettings } from "./issuer/main.ts";
import { AUDIENCE } from "./issuer/mint.ts";
import { PUBLIC_CLIENTS } from "./issuer/clients.ts";
import { LOOPBACK } from "./ports.ts";
import type { StartPolicy } from "./policy.ts";
import type { PostgresFacts } from "./postgres/main.ts";
import type { PostgresSettings } from "./postgres/settings.ts";
import { devShards } from "./shards.ts";
import type { ShimFacts, ShimSettings } from "./shim/main.ts";
import type { State } from "./state.ts";
import type { Supervisor } from "./supervisor.ts";
import { targetsVar } from "./target.ts";
import { webhookBindings } from "./webhooks.ts";

/** The embedded cluster's database and the role that owns it. */
const DATABASE_USER = "shop";

/** The connection string of the embedded PostgreSQL. */
export function embeddedUrl(state: State, port: number): URL {
  const url = new URL(`postgres://${LOOPBACK}:${port}/${DATABASE_USER}?sslmode=disable`);
  url.username = DATABASE_USER;
  url.password = state.secrets.upstream_password;
  return url;
}

export function startPostgres(supervisor: Supervisor, state: State, port: number): Promise<PostgresFacts> {
  const settings: PostgresSettings = {
    state: state.directory,
    fresh: state.fresh,
    port,
    superuserPassword: state.secrets.superuser_password,
    upstream: { user: DATABASE_USER, password: state.secrets.upstream_password, database: DATABASE_USER },
  };
  return supervisor.start<PostgresFacts>({ name: "postgres", main: mainOf("postgres"), settings });
}

export function describePostgres({ version, outside }: PostgresFacts): string {
  return outside === null ? `PostgreSQL ${version}` : `PostgreSQL ${version}, files in ${outside}`;
}

export function startIssuer(
  supervisor: Supervisor,
  state: State,
  keys: IssuerKeys,
  port: number,
  gateway: string,
): Promise<IssuerFacts> {
  const settings: IssuerSettings = { port, gateway, keys, clients: state.secrets.clients };
  return supervisor.start<IssuerFacts>({ name: "issuer", main: mainOf("issuer"), settings });
}

/**
 * Wrangler's own bundle of the sources as they are now, built when they changed. The cache is shared by all states; what
 * runs is a copy in the state directory, which no other stack can take away.
 */
export async function buildBundle(supervisor: Supervisor, state: State): Promise<string> {
  const name = hashSources();
  const own = state.path("bundle", name);
  if (existsSync(join(own, "bundle.json"))) return own;
  const cached = join(canWrite(BUNDLE_CACHE) ? BUNDLE_CACHE : state.path("bundle-cache"), name);
  if (!existsSync(join(cached, "bundle.json"))) {
    const settings: BuildSettings = { directory: cached };
    await supervisor.run({
      name: "bundle",
      main: join(import.meta.dirname, "gateway", "build.ts"),
      settings,
    });
  }
  rmSync(state.path("bundle"), { recursive: true, force: true });
  cpSync(cached, own, { recursive: true });
  return own;
}

/** node_modules may belong to somebody else. */
function canWrite(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export interface GatewayChoices {
  readonly target: string;
  readonly issuer: string;
  readonly upstream: URL;
  readonly policy: StartPolicy;
}

export function startGateway(
  supervisor: Supervisor,
  state: State,
  bundle: string,
  port: number,
  { target, issuer, upstream, policy }: GatewayChoices,
): Promise<GatewayFacts> {
  const shards = devShards();
  const secret = `UPSTREAM_${target.toUpperCase().replaceAll("-", "_")}`;
  const settings: GatewaySettings = {
    state: state.directory,
    bundle,
    port,
    bindings: {
      ISSUERS: JSON.stringify([
        { issuer, audiences: [AUDIENCE], roles_claim: "roles", groups_claim: "groups" },
      ]),
      TARGETS: targetsVar(target, secret),
      SESSION_KEY: state.secrets.session_key,
      RECORD_KEY: state.secrets.record_key,
      CONSOLE: JSON.stringify({
        base_url: `http://${LOOPBACK}:${port}`,
        issuer,
        client_id: PUBLIC_CLIENTS.code,
      }),
      [secret]: upstream.href,
      ...(shards.var === null ? {} : { SHARDS: shards.var }),
      ...webhookBindings(state.secrets.webhook_secret),
    },
    shards: shards.databases,
    policy: { target, ...policy },
  };
  return supervisor.start<GatewayFacts>({ name: "gateway", main: mainOf("gateway"), settings });
}

export function startShim(
  supervisor: Supervisor,
  gateway: string,
  target: string,
  port: number,
  issuer: string,
  keys: IssuerKeys,
): Promise<ShimFacts> {
  const settings: ShimSettings = { gateway, target, port, issuer, keys };
  return supervisor.start<ShimFacts>({ name: "shim", main: mainOf("shim"), settings });
}

function mainOf(part: string): string {
  return join(import.meta.dirname, part, "main.ts");
}
