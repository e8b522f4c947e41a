// The ways to one and the same database that are compared: each a connection string. Brings up what they need.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type StackOptions, type StackProcess, startStackProcess } from "../crash/stack-process.ts";
import { LOOPBACK, probePort } from "../ports.ts";
import { Supervisor } from "../supervisor.ts";
import { AGENT_POLICY } from "./policy.ts";
import type { NullRelaySettings } from "./null-relay.ts";
import type { RelayFacts, TcpRelaySettings } from "./tcp-relay.ts";

export interface BenchPath {
  readonly name: string;
  readonly url: string;
}

export interface Ways {
  readonly paths: readonly BenchPath[];
  readonly stack: StackProcess;
  stop(): Promise<void>;
}

/** That of wrangler.toml. */
const COMPATIBILITY_DATE = "2026-11-01";

export type BenchOptions = Pick<StackOptions, "main" | "inspector" | "flags" | "webhooks"> & {
  /** The document; everything is allowed without it. */
  readonly policy?: string;
};

export async function openStack({ policy, flags = [], ...more }: BenchOptions = {}): Promise<StackProcess> {
  const state = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const ports = { port: (await probePort(0)) ?? 0, pgPort: (await probePort(0)) ?? 0 };
  const document = join(state, "bench-policy.yaml");
  if (policy !== undefined) writeFileSync(document, policy);
  const governed = policy === undefined ? [] : ["--policy", document];
  const stack = await startStackProcess({ state, ...ports, ...more, flags: [...flags, ...governed] });
  return {
    ...stack,
    stop: async () => {
      await stack.stop();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

export async function openWays(): Promise<Ways> {
  const stack = await openStack();
  const supervisor = new Supervisor({
    note: (part, text) => console.error(`${part}: ${text}`),
    lost: (error) => console.error(error.message),
  });
  const governed = await openStack({ policy: AGENT_POLICY, flags: ["--upstream", stack.dev.upstream] });
  const direct = new URL(stack.dev.upstream);
  const through = (port: number): string => {
    const url = new URL(direct);
    url.host = `${LOOPBACK}:${port}`;
    return url.href;
  };
  const database = Number(direct.port);
  const tcp = await supervisor.start<RelayFacts>({
    name: "tcp-relay",
    main: join(import.meta.dirname, "tcp-relay.ts"),
    settings: { database } satisfies TcpRelaySettings,
  });
  const none = await startNullRelay(supervisor, database);
  return {
    stack,
    paths: [
      { name: "direct", url: direct.href },
      { name: "TCP relay", url: through(tcp.port) },
      { name: "null relay", url: through(none.port) },
      { name: "gateway", url: stack.dev.postgres },
      { name: "gateway, governed", url: governed.dev.postgres },
    ],
    stop: async () => {
      await supervisor.stop();
      await governed.stop();
      await stack.stop();
    },
  };
}

/** `database`: the port of it. */
export function startNullRelay(supervisor: Supervisor, database: number): Promise<RelayFacts> {
  return supervisor.start<RelayFacts>({
    name: "null-relay",
    main: join(import.meta.dirname, "null-relay.ts"),
    settings: { database, compatibilityDate: COMPATIBILITY_DATE } satisfies NullRelaySettings,
  });
}
