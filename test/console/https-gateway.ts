// A gateway behind https, as a deployed one is, with a console that a test configures: the bundle of the stack in a workerd of
// its own, with a certificate that miniflare makes. No database, no target: for who gets in, not for what is there.

import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { ASSETS_NAME, type Bundle } from "../../dev/gateway/bundle.ts";
import { readModules } from "../../dev/gateway/modules.ts";
import { preferPort } from "../../dev/ports.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface HttpsGateway {
  readonly url: string;
  /** Vars over those of the bundle; a gateway that runs begins anew. */
  configure(vars: Readonly<Record<string, string>>): Promise<void>;
  ask(path: string, headers?: Readonly<Record<string, string>>, form?: URLSearchParams): Promise<Answer>;
  /** What it wrote for the admin. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

export async function startHttpsGateway(stateDirectory: string): Promise<HttpsGateway> {
  const bundles = join(stateDirectory, "bundle");
  const directory = join(bundles, readdirSync(bundles)[0] ?? "");
  const bundle = JSON.parse(readFileSync(join(directory, "bundle.json"), "utf8")) as Bundle;
  const port = await preferPort(undefined);
  const log: string[] = [];
  let miniflare: Miniflare | null = null;
  const options = (vars: Readonly<Record<string, string>>): ReturnType<typeof convertV4MiniflareOptions> =>
    convertV4MiniflareOptions({
      name: "sluice",
      host: "127.0.0.1",
      port,
      https: true,
      cf: false,
      logRequests: false,
      telemetry: { enabled: false },
      handleStructuredLogs: ({ message }) => log.push(message),
      assets: {
        directory: join(directory, ASSETS_NAME),
        routerConfig: { has_user_worker: true },
        assetConfig: { html_handling: "none", not_found_handling: "none" },
      },
      modules: readModules(directory, bundle.main),
      modulesRoot: directory,
      compatibilityDate: bundle.compatibility_date,
      compatibilityFlags: [...bundle.compatibility_flags],
      bindings: { ...bundle.vars, SESSION_KEY: "5e".repeat(32), ...vars },
      durableObjects: Object.fromEntries(
        Object.entries(bundle.objects).map(([name, className]) => [name, { className, useSQLite: true }]),
      ),
      d1Databases: Object.fromEntries(Object.keys(bundle.databases).map((name) => [name, name])),
    });
  return {
    url: `https://127.0.0.1:${String(port)}`,
    configure: async (vars) => {
      if (miniflare === null) miniflare = new Miniflare(options(vars));
      else await miniflare.setOptions(options(vars));
      await miniflare.ready;
    },
    ask: (path, headers = {}, form) => ask(port, path, headers, form),
    log,
    stop: async () => miniflare?.dispose(),
  };
}

/** Redirects are not followed, and the certificate is taken as it is. */
function ask(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  form: URLSearchParams | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: "127.0.0.1",
        port,
        path,
        method: form === undefined ? "GET" : "POST",
        headers: {
          ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
          ...headers,
        },
        rejectUnauthorized: false,
      },
      (answer) => {
        const pieces: Buffer[] = [];
        answer.on("data", (piece: Buffer) => pieces.push(piece));
        answer.on("end", () => {
          const list = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
            values.map((value): [string, string] => [name, value]),
          );
          resolve({
            status: answer.statusCode ?? 0,
            headers: new Headers(list),
            text: Buffer.concat(pieces).toString("utf8"),
          });
        });
        answer.on("error", reject);
      },
    );
    asked.on("error", reject);
    asked.end(form?.toString());
  });
}
