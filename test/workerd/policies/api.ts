// The policy API on a real D1 and a real PostgreSQL, as the Worker mounts it; who asks is said by headers in place of a token.
import { Hono, type MiddlewareHandler } from "hono";
import { utf8Encode } from "#core/bytes";
import { ROLES, type Role } from "#core/policy";
import { encodeFrontend, FrameReader, DEFAULT_FRAME_LIMITS } from "#core/wire";
import {
  policiesApi,
  inspectTarget,
  requireTarget,
  type PoliciesEnv,
} from "../../../worker/policies/index.ts";
import { notFound, onError } from "../../../worker/problem.ts";
import { open, postgres } from "../upstream/servers.ts";

export const NOW = Date.UTC(2026, 10, 20, 12);
export const SESSION_KEY = "5e".repeat(32);

export interface Api {
  readonly app: Hono<PoliciesEnv>;
  /** Ids of sessions that were told of a change. */
  readonly told: string[];
  call(what: string, options?: CallOptions): Promise<Response>;
  settled(): Promise<void>;
}

export interface CallOptions {
  readonly role?: Role | "nobody";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | object;
}

export interface World {
  readonly defaultPolicy?: string;
  /** Connection string of the targets `shop` and `other`. */
  readonly upstream?: string;
  readonly policyChanged?: (id: string) => Promise<void>;
}

export function openApi(db: D1Database, { defaultPolicy, upstream, policyChanged }: World = {}): Api {
  const told: string[] = [];
  const waiting: Promise<void>[] = [];
  const app = new Hono<PoliciesEnv>();
  app.route(
    "/v1",
    policiesApi({
      requireAdmin: guard("admin"),
      requireReader: guard("admin", "auditor"),
      requireAgent: guard("agent", "admin"),
      requireTarget,
      policyChanged: async (id) => {
        told.push(id);
        await policyChanged?.(id);
      },
      background: (_, work) => void waiting.push(work),
      inspect: inspectTarget,
      now: () => NOW,
    }),
  );
  app.notFound(notFound).onError(onError);
  const env = {
    LEDGER: db,
    SESSION_KEY,
    TARGETS: '{"shop": {}, "other": {"secret": "UPSTREAM_SHOP"}}',
    ...(upstream === undefined ? {} : { UPSTREAM_SHOP: upstream }),
    ...(defaultPolicy === undefined ? {} : { DEFAULT_POLICY: defaultPolicy }),
  } as unknown as PoliciesEnv["Bindings"];
  return {
    app,
    told,
    call: async (what, { role = "admin", headers = {}, body } = {}) => {
      const [method = "GET", path = ""] = what.split(" ");
      const text = typeof body === "string" ? body : JSON.stringify(body);
      return app.request(
        `/v1${path}`,
        { method, headers: { "x-role": role, ...headers }, ...(body === undefined ? {} : { body: text }) },
        env,
      );
    },
    settled: async () => {
      await Promise.all(waiting);
    },
  };
}

function guard(...roles: readonly Role[]): MiddlewareHandler<PoliciesEnv> {
  return async (c, next) => {
    const role = ROLES.find((known) => known === c.req.header("x-role"));
    if (role === undefined || !roles.includes(role)) return new Response(null, { status: 403 });
    c.set("principal", {
      issuer: "https://issuer.test",
      subject: c.req.header("x-subject") ?? `${role}-1`,
      roles: [role],
      groups: [],
    });
    return next();
  };
}

/** A superuser's connection string of the test's PostgreSQL, after these statements ran there. */
export async function database(sql: string): Promise<string> {
  const url = `postgres://superuser:test-superuser@127.0.0.1:${await postgres()}/postgres?sslmode=disable`;
  const connection = await open(url);
  const frames = new FrameReader("backend", DEFAULT_FRAME_LIMITS);
  await connection.write(encodeFrontend({ kind: "query", text: utf8Encode(sql) }));
  for (;;) {
    const frame = frames.next();
    if (!frame.ok) throw new Error("the database broke the protocol");
    if (frame.value?.code === 0x45) throw new Error(new TextDecoder().decode(frame.value.bytes));
    if (frame.value?.code === 0x5a) break;
    if (frame.value !== null) continue;
    const chunk = await connection.read();
    if (chunk === null) throw new Error("the database closed");
    frames.push(chunk);
  }
  await connection.close();
  return url;
}
