// The Worker: holds no state. Puts the rooms together and exports the object class; each route's work is in its room.

import { Hono } from "hono";
import { SessionObject } from "../durable-objects/session-object.ts";
import type { Authenticate } from "../durable-objects/connection.ts";
import type { SessionEnv } from "../durable-objects/env.ts";
import { authenticatorFor, createAuthenticate } from "./auth/index.ts";
import { connect } from "./connect.ts";
import type { Env } from "./env.ts";
import { problem } from "./problem.ts";

/** The session's object, with the Worker's way of checking a token. */
export class Session extends SessionObject {
  protected override readonly authenticate: Authenticate;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env satisfies SessionEnv);
    this.authenticate = createAuthenticate(authenticatorFor(env));
  }
}

const app = new Hono<{ Bindings: Env }>();
app.route("/", connect);
app.notFound(() =>
  problem(404, "Not Found", "There is nothing at this address; /v1/openapi.json lists what there is."),
);
app.onError(() => problem(500, "Internal Server Error", "The gateway failed: tell its admin."));

export default app;
