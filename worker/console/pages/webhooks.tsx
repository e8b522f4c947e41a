// What webhooks have not been told yet, or never will be, target by target; what was given up is sent again from here.

import type { JSX } from "hono/jsx/jsx-runtime";
import { parseTargets } from "../../../durable-objects/targets/index.ts";
import type { Page } from "../../records/listing.ts";
import type { DeliveryItem, ResentItem } from "../../webhooks/index.ts";
import type { Api } from "../api.ts";
import { Badge } from "../components/badge.tsx";
import { FormToken, Layout } from "../components/layout.tsx";
import { Text } from "../components/text.tsx";
import type { ConsoleContext, SignedIn } from "../env.ts";
import { readForm, STALE_FORM } from "../forms.ts";
import { count, counted, moment } from "../text/format.ts";
import { page, problemPage } from "./page.tsx";

const PATH = "/console/webhooks";

export async function webhooksPage(c: ConsoleContext, api: Api): Promise<Response> {
  const targets = parseTargets(c.env.TARGETS);
  const names = targets.ok ? [...targets.value.keys()] : [];
  const found = await Promise.all(
    names.map(async (name) => ({
      name,
      deliveries: await api.get<Page<DeliveryItem>>(`${webhooksOf(encodeURIComponent(name))}/deliveries`),
    })),
  );
  return page(
    c,
    <Layout title="Webhooks" at={PATH} signedIn={c.get("signedIn")} wide>
      <h1>Webhooks</h1>
      <p class="note">
        What an endpoint has not taken: it is tried again for three days, and then put aside for 30. Sent
        again from here it has one attempt, under its old id. What was delivered is not kept.
      </p>
      {found.map(({ name, deliveries }) => (
        <section>
          <h2>{name}</h2>
          {deliveries.ok ? (
            <Deliveries
              deliveries={deliveries.value.data}
              more={deliveries.value.next_cursor !== null}
              target={name}
              signedIn={c.get("signedIn")}
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

/** One, by its id. */
export async function resendDelivery(
  c: ConsoleContext,
  api: Api,
  target: string,
  id: string,
): Promise<Response> {
  if ((await readForm(c)) === null) return problemPage(c, PATH, STALE_FORM);
  const sent = await api.send<ResentItem>("POST", `${webhooksOf(target)}/deliveries/${id}/resend`);
  return sent.ok ? c.redirect(PATH, 303) : problemPage(c, PATH, sent.error);
}

/** All that an endpoint never took. */
export async function resendDead(c: ConsoleContext, api: Api, target: string): Promise<Response> {
  const form = await readForm(c);
  if (form === null) return problemPage(c, PATH, STALE_FORM);
  const sent = await api.send<ResentItem>("POST", `${webhooksOf(target)}/resend`, {
    body: JSON.stringify({ endpoint: form.get("endpoint") ?? "" }),
    headers: { "content-type": "application/json" },
  });
  return sent.ok ? c.redirect(PATH, 303) : problemPage(c, PATH, sent.error);
}

function webhooksOf(target: string): string {
  return `/targets/${target}/webhooks`;
}

interface Props {
  readonly target: string;
  readonly deliveries: readonly DeliveryItem[];
  readonly more: boolean;
  readonly signedIn: SignedIn;
}

function Deliveries({ target, deliveries, more, signedIn }: Props): JSX.Element {
  if (deliveries.length === 0) return <p class="empty small">Everything has been taken.</p>;
  const path = `${PATH}/${encodeURIComponent(target)}`;
  return (
    <>
      <GivenUp path={path} deliveries={deliveries} more={more} signedIn={signedIn} />
      <div class="scroll" tabindex={0} role="region" aria-label={`Deliveries of ${target}`}>
        <table class="rows deliveries">
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
                <td class="one-line">{moment(delivery.happened_at)}</td>
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
                <td class="one-line">
                  {delivery.next_attempt_at === null ? (
                    <form method="post" action={`${path}/${delivery.id}/resend`}>
                      <FormToken signedIn={signedIn} />
                      <button type="submit" class="quiet" aria-label={`Send ${delivery.event_id} again`}>
                        ↻ Send again
                      </button>
                    </form>
                  ) : (
                    nextAttempt(delivery.next_attempt_at, delivery.attempts)
                  )}
                </td>
                <td>
                  <Text value={delivery.problem ?? ""} />
                  {delivery.resent_by === null ? null : (
                    <small>
                      {" "}
                      sent again by <Text value={delivery.resent_by.subject} />,{" "}
                      {moment(delivery.resent_by.at)}
                    </small>
                  )}
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

/** An endpoint's events are sent one after the other: what was not tried yet waits for those before it. */
function nextAttempt(at: string, attempts: number): string {
  return attempts === 0 ? "in its turn" : moment(at);
}

/** For each endpoint that gave up more than one: all of them at once. */
function GivenUp({
  path,
  deliveries,
  more,
  signedIn,
}: {
  readonly path: string;
  readonly deliveries: readonly DeliveryItem[];
  readonly more: boolean;
  readonly signedIn: SignedIn;
}): JSX.Element {
  const dead = Map.groupBy(
    deliveries.filter(({ state }) => state === "dead"),
    ({ endpoint }) => endpoint,
  );
  return (
    <>
      {[...dead].map(([endpoint, of]) =>
        of.length < 2 ? null : (
          <form method="post" action={`${path}/resend`} class="row resend">
            <FormToken signedIn={signedIn} />
            <input type="hidden" name="endpoint" value={endpoint} />
            <p class="grow">
              <Text value={of[0]?.url ?? ""} /> has not taken {counted(of.length, "event")}
              {more ? ", or more" : ""}.
            </p>
            <button type="submit" class="quiet">
              ↻ Send all of them again
            </button>
          </form>
        ),
      )}
    </>
  );
}
