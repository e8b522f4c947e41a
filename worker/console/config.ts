// How people sign in to the console: the variable CONSOLE, parsed and checked. Pure. README.md has examples.
// A mistake here must not open anything: what is not understood is an error, unknown fields included.

import * as v from "valibot";
import { err, ok, type Result } from "../../core/result.ts";
import { isTrustworthy } from "../auth/index.ts";

const Text = v.pipe(v.string(), v.nonEmpty("must not be empty"));

const Trustworthy = v.pipe(
  v.string(),
  v.check(
    (text) => URL.canParse(text) && isTrustworthy(new URL(text)),
    "must be an https URL without credentials (http is for loopback hosts only)",
  ),
);

const Console = v.pipe(
  v.strictObject({
    /** Where browsers reach the gateway: scheme, host and port. */
    base_url: v.pipe(
      Trustworthy,
      v.check((text) => URL.canParse(text) && new URL(text).pathname === "/", "must have no path"),
      v.transform((text) => new URL(text).origin),
    ),
    /** One of ISSUERS. */
    issuer: v.optional(Trustworthy),
    client_id: v.optional(Text),
    /** Name of the secret that holds the client's secret; without it the client is a public one. */
    client_secret: v.optional(Text),
    scope: v.optional(Text, "openid"),
    /** RFC 8707: for whom the access token is asked, where the issuer wants to be told. */
    resource: v.optional(Text),
    /** Which of the issuer's tokens says who somebody is here: it is checked as an agent's token is. */
    token: v.optional(v.picklist(["access_token", "id_token"]), "access_token"),
    /** Cloudflare Access: the issuer of its header tokens, one of ISSUERS. A token of another issuer is no sign-in. */
    access: v.optional(Trustworthy),
  }),
  v.check(
    ({ issuer, client_id, access }) =>
      (issuer === undefined) === (client_id === undefined) && (issuer ?? access) !== undefined,
    "needs issuer and client_id, or the issuer of Access (access)",
  ),
);

export type ConsoleConfig = v.InferOutput<typeof Console>;

/** null: there is no console. The error is for the admin, and holds nothing of the value. */
export function parseConsole(text: string | undefined): Result<ConsoleConfig | null, string> {
  if (text === undefined || text.trim() === "") return ok(null);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err("CONSOLE is not JSON (worker/console/README.md)");
  }
  const parsed = v.safeParse(Console, json);
  if (parsed.success) return ok(parsed.output);
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue);
  return err(`CONSOLE${path === null ? "" : `.${path}`}: ${issue.message}`);
}
