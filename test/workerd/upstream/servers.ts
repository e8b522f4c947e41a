// What the upstream tests share: servers to dial (test/support/upstream-servers.ts), and dialling them.
import { connect } from "cloudflare:sockets";
import { env } from "cloudflare:workers";
import { inject } from "vitest";
import { decodeBackend } from "#core/wire";
import {
  connectUpstream,
  type Connect,
  type UpstreamConnection,
  type UpstreamDeps,
  type UpstreamError,
  type UpstreamStartup,
} from "../../../durable-objects/upstream/index.ts";
import { parseConnectionString, type Upstream } from "../../../durable-objects/targets/index.ts";
import type { ScriptName } from "../../support/provided.ts";

declare module "cloudflare:workers" {
  namespace Cloudflare {
    interface Env {
      /** Trusts the test authority. */
      readonly TRUSTING_NETWORK: Fetcher;
    }
  }
}

async function port(path: string): Promise<number> {
  const response = await fetch(inject("upstreamServers") + path);
  if (!response.ok) throw new Error(await response.text());
  const { port } = await response.json<{ port: number }>();
  return port;
}

export const postgres = (): Promise<number> => port("/postgres");
export const fake = (script: ScriptName): Promise<number> =>
  port(`/fake?script=${encodeURIComponent(script)}`);

/** The Worker's own connect: it trusts public authorities alone. */
export const publicNetwork: Connect = connect;
export const trustingNetwork: Connect = (address, options) => env.TRUSTING_NETWORK.connect(address, options);

export function deps(more: Partial<UpstreamDeps> = {}): UpstreamDeps {
  return {
    connect: publicNetwork,
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    limits: { UPSTREAM_CONNECT_MS: 5_000 },
    ...more,
  };
}

export function upstream(url: string): Upstream {
  const parsed = parseConnectionString(url);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

const NOTHING: UpstreamStartup = { settings: new Map() };

/** Connects or fails the test. */
export async function open(
  url: string,
  more: Partial<UpstreamDeps> = {},
  startup: UpstreamStartup = NOTHING,
): Promise<UpstreamConnection> {
  const result = await connectUpstream(deps(more), upstream(url), startup);
  if (!result.ok) throw new Error(`${result.error.kind}: ${result.error.message}`);
  return result.value;
}

/** The server's ParameterStatus reports, by name. */
export function reports(connection: UpstreamConnection): Readonly<Record<string, string>> {
  return Object.fromEntries(
    connection.parameterStatuses.map((bytes) => {
      const message = decodeBackend({ code: bytes[0] ?? 0, bytes });
      if (!message.ok || message.value.kind !== "parameter_status") throw new Error("no ParameterStatus");
      return [message.value.name, message.value.value];
    }),
  );
}

/** Fails to connect or fails the test. */
export async function refusal(url: string, more: Partial<UpstreamDeps> = {}): Promise<UpstreamError> {
  const result = await connectUpstream(deps(more), upstream(url), NOTHING);
  if (result.ok) {
    await result.value.close();
    throw new Error("connected");
  }
  return result.error;
}
