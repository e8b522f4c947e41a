// The bindings of the Worker, as wrangler.toml declares them.

import type { SessionEnv } from "../durable-objects/env.ts";
import type { AuthEnv } from "./auth/index.ts";

export interface Env extends SessionEnv, AuthEnv {}
