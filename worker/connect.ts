// The ways in: a WebSocket for the Neon driver (/v2) and one for the shim (/v1/connect/TARGET). Checks the token where
// the request brings one, names the session, and hands the socket to the session's object. Speaks no PostgreSQL.

import { Hono } from "hono";
import { hexEncode } from "#core/bytes";
import { CONNECT_PATH, NEON_PATH, SUBPROTOCOL_FLOW } from "../client-shim/src/contract.ts";
import { type Authenticated, type Connection, CONNECTION_HEADER } from "../durable-objects/connection.ts";
import { CANCEL_KEY_BYTES, sessionName } from "../durable-objects/session-name.ts";
import { parseTargets } from "../durable-objects/targets/index.ts";
import { authenticateAgent, authenticatorFor, tokenFromRequest, toResponse } from "./auth/index.ts";
import type { Env } from "./env.ts";
import { problem } from "./problem.ts";

export const connect = new Hono<{ Bindings: Env }>()
  // The driver brings its token as the password; what `address` says is never dialled.
  .get(NEON_PATH, (c) => open(c.req.raw, c.env, null))
  .get(`${CONNECT_PATH}:target`, (c) => open(c.req.raw, c.env, c.req.param("target")));

async function open(request: Request, env: Env, target: string | null): Promise<Response> {
  const presented = tokenFromRequest(request);
  if (!presented.ok) return toResponse(presented.error);
  const { token, subprotocol } = presented.value;
  // The shim always has a token, so a request without one is refused before an object is woken.
  if (token === null && target !== null) return toResponse({ tag: "missing" });
  let authenticated: Authenticated | null = null;
  if (token !== null) {
    const checked = await authenticateAgent(authenticatorFor(env), token);
    if (!checked.ok) return toResponse(checked.error);
    authenticated = checked.value;
  }
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return problem(
      426,
      "Upgrade Required",
      "This address speaks PostgreSQL over a WebSocket: connect with a driver or the shim.",
      {
        upgrade: "websocket",
      },
    );
  }
  if (target !== null && !isTarget(env, target)) {
    return problem(404, "Not Found", "There is no such target; ask the gateway's admin for its name.");
  }
  return handOver(request, env, { target, authenticated, subprotocol });
}

interface Caller {
  readonly target: string | null;
  readonly authenticated: Authenticated | null;
  readonly subprotocol: string | null;
}

async function handOver(request: Request, env: Env, caller: Caller): Promise<Response> {
  const cancelKey = crypto.getRandomValues(new Uint8Array(CANCEL_KEY_BYTES));
  const sessionId = await sessionName(env.SESSION_KEY, cancelKey);
  const connection: Connection = {
    sessionId,
    cancelKey: hexEncode(cancelKey),
    target: caller.target,
    authenticated: caller.authenticated,
    transport: caller.subprotocol === SUBPROTOCOL_FLOW ? "flow" : "raw",
    clientAddress: request.headers.get("cf-connecting-ip"),
    userAgent: request.headers.get("user-agent"),
  };
  const object = env.SESSIONS.get(env.SESSIONS.idFromName(sessionId), placement(env, caller.target));
  // A request of our own: no header of the caller's gets through, its token least of all.
  const answer = await object.fetch("https://session/", {
    headers: { upgrade: "websocket", [CONNECTION_HEADER]: JSON.stringify(connection) },
  });
  if (answer.webSocket === null) {
    // oxlint-disable-next-line no-console -- for the admin; the object speaks of the configuration alone
    console.error(`sluice: no session could be opened: ${await answer.text()}`);
    return problem(500, "Internal Server Error", "The gateway could not open a session: tell its admin.");
  }
  const headers = caller.subprotocol === null ? {} : { "sec-websocket-protocol": caller.subprotocol };
  return new Response(null, { status: 101, webSocket: answer.webSocket, headers });
}

function isTarget(env: Env, name: string): boolean {
  const targets = parseTargets(env.TARGETS);
  return targets.ok && targets.value.has(name);
}

/** Near the database, since each statement crosses there and back and the agent's side is crossed once. */
function placement(env: Env, target: string | null): DurableObjectNamespaceGetDurableObjectOptions {
  const targets = parseTargets(env.TARGETS);
  if (!targets.ok) return {};
  const [only] = targets.value.size === 1 ? [...targets.value.values()] : [];
  const hint = (target === null ? only : targets.value.get(target))?.locationHint;
  return hint === undefined ? {} : { locationHint: hint };
}
