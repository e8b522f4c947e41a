// What webhooks have not been told yet, or never will be, target by target.

import type { JSX } from "hono/jsx/jsx-runtime";
import type * as v from "valibot";
import { parseTargets } from "../../../durable-objects/targets/index.ts";
import type { Page } from "../../records/listing.ts";
import type { WEBHOOK_SCHEMAS } from "../../webhooks/index.ts";
import type { Api } from "../api.ts";
import { Badge } from "../components/badge.tsx";
import { Layout } from "../components/layout.tsx";
import { Text } from "../components/text.tsx";
import type { ConsoleContext } from "../env.ts";
import { count, moment } from "../text/format.ts";
import { page } from "./page.tsx";

const PATH = "/console/webhooks";

type Delivery = v.InferOutput<(typeof WEBHOOK_SCHEMAS)["WebhookDelivery"]>;

export async function webhooksPage(c: ConsoleContext, api: Api): Promise<Response> {
  const targets = parseTargets(c.env.TARGETS);
  const names = targets.ok ? [...targets.value.keys()] : [];
  const found = await Promise.all(
    names.map(async (name) => ({
      name,
      deliveries: await api.get<Page<Delivery>>(`/targets/${encodeURIComponent(name)}/webhooks/deliveries`),
    })),
  );
  return page(
    c,
    <Layout title="Webhooks" at={PATH} signedIn={c.get("signedIn")} wide>
      <h1>Webhooks</h1>
      <p class="note">
        What an endpoint has not taken: it is tried again for three days, and then put aside. What was
        delivered is not kept.
      </p>
      {found.map(({ name, deliveries }) => (
        <section>
          <h2>{name}</h2>
          {deliveries.ok ? (
            <Deliveries
              deliveries={deliveries.value.data}
              more={deliveries.value.next_cursor !== null}
              target={name}
            />
          ) : (
            <p class="says bad" role="alert">
              ✕ <Text value={deliveries.error.detail} />
            </p>
          )}
        </section>
      ))}
    </Layout>,
  );
}

interface Props {
  readonly target: string;
  readonly deliveries: readonly Delivery[];
  readonly more: boolean;
}

function Deliveries({ target, deliveries, more }: Props): JSX.Element {
  if (deliveries.length === 0) return <p class="empty small">Everything has been taken.</p>;
  return (
    <>
      <div class="scroll" tabindex={0} role="region" aria-label={`Deliveries of ${target}`}>
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Happened (UTC)</th>
              <th scope="col">Event</th>
              <th scope="col">To</th>
              <th scope="col">State</th>
              <th scope="col">Attempts</th>
              <th scope="col">Next (UTC)</th>
              <th scope="col">Last problem</th>
            </tr>
          </thead>
          <tbody>
            {deliveries.map((delivery) => (
              <tr>
                <td>{moment(delivery.happened_at)}</td>
                <td>
                  {delivery.type} <small>{delivery.event_id}</small>
                </td>
                <td>
                  <Text value={delivery.url} />
                </td>
                <td>
                  {delivery.state === "dead" ? (
                    <Badge sign="✕" word="given up" tone="bad" />
                  ) : (
                    <Badge sign="…" word="waiting" tone="held" />
                  )}
                </td>
                <td class="number">{count(delivery.attempts)}</td>
                <td>{delivery.next_attempt_at === null ? "" : moment(delivery.next_attempt_at)}</td>
                <td>
                  <Text value={delivery.problem ?? ""} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more ? <p class="note">and older ones.</p> : null}
    </>
  );
}
