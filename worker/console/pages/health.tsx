// Whether the gateway is up and D1 answers, as anybody may ask it.

import type * as v from "valibot";
import type { Health } from "../../records/items.ts";
import type { Api } from "../api.ts";
import { Badge } from "../components/badge.tsx";
import { Layout } from "../components/layout.tsx";
import type { ConsoleContext } from "../env.ts";
import { page } from "./page.tsx";

const PATH = "/console/health";

export async function healthPage(c: ConsoleContext, api: Api): Promise<Response> {
  const began = Date.now();
  const answer = await api.raw("GET", "/healthz");
  const health = (await answer.json()) as v.InferOutput<typeof Health>;
  const took = Date.now() - began;
  return page(
    c,
    <Layout title="Health" at={PATH} signedIn={c.get("signedIn")}>
      <h1>Health</h1>
      <dl class="facts wide-facts">
        <div>
          <dt>Gateway</dt>
          <dd>
            {health.status === "ok" ? (
              <Badge sign="✓" word="up" tone="good" />
            ) : (
              <Badge sign="!" word="degraded" tone="bad" />
            )}
          </dd>
        </div>
        <div>
          <dt>Record (D1)</dt>
          <dd>
            {health.d1 === "ok" ? (
              <Badge sign="✓" word="answers" tone="good" />
            ) : (
              <Badge sign="✕" word="unreachable" tone="bad" />
            )}{" "}
            <span class="note">in {took} ms</span>
          </dd>
        </div>
      </dl>
      <p class="note">
        While D1 does not answer, sessions go on: what they record is durable in their own storage, and is
        carried over when it is back.
      </p>
    </Layout>,
  );
}
