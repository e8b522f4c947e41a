// The policy API: documents and their versions, lint, dry runs, replay, suggestions. Mounted at /v1 (worker/index.ts).

import { Hono, type MiddlewareHandler } from "hono";
import { checkApi } from "./check.ts";
import { documentsApi } from "./documents.ts";
import type { PoliciesDeps, PoliciesEnv } from "./env.ts";
import { lintApi } from "./lint.ts";
import { replayApi } from "./replay.ts";
import { todayApi } from "./today.ts";
import { suggestApi } from "./suggest/index.ts";

export type { PoliciesDeps, PoliciesEnv } from "./env.ts";
export { inspectTarget, requireTarget } from "./targets.ts";

export function policiesApi(deps: PoliciesDeps): Hono<PoliciesEnv> {
  const app = new Hono<PoliciesEnv>();
  app.use("/targets/*", noStore);
  app.use("/check", noStore);
  app.use("/policy/lint", noStore);
  for (const part of [documentsApi, lintApi, checkApi, replayApi, suggestApi, todayApi])
    app.route("/", part(deps));
  return app;
}

/** Who may do what is not for a cache. */
const noStore: MiddlewareHandler<PoliciesEnv> = async (c, next) => {
  await next();
  c.header("cache-control", "no-store");
};
