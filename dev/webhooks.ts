// Who is told of what on the local stack. `SLUICE_DEV_WEBHOOKS` is the var WEBHOOKS, and may name receivers on this machine; they
// verify with `webhook_secret` of DIR/secrets.json: SLUICE_DEV_WEBHOOKS='[{"url": "http://127.0.0.1:9000/"}]' npm start

import { parseEndpoints } from "../durable-objects/webhooks/config.ts";
import { UserError } from "./user-error.ts";

/** The vars and the secret of them; none where nobody is told. */
export function webhookBindings(secret: string): Readonly<Record<string, string>> {
  const text = process.env["SLUICE_DEV_WEBHOOKS"];
  if (text === undefined || text.trim() === "") return {};
  const parsed = parseEndpoints(text, true);
  if (!parsed.ok) throw new UserError(`SLUICE_DEV_WEBHOOKS: ${parsed.error}`);
  return { WEBHOOKS: text, WEBHOOKS_LOCAL: "true", WEBHOOK_SECRET: secret };
}
