// Who may issue tokens: the variable ISSUERS, parsed and checked. Pure. README.md has examples.
// A mistake here must not open the gateway: what is not understood is an error, unknown fields included.

import * as v from "valibot";
import { ROLES } from "#core/policy";
import { err, ok, type Result } from "../../core/result.ts";
import { ALGORITHMS } from "./algorithms.ts";
import { CLOCK_SKEW_DEFAULT_SECONDS, CLOCK_SKEW_MAX_SECONDS } from "./limits.ts";
import { isTrustworthy } from "./urls.ts";

function parses(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

const Text = v.pipe(v.string(), v.nonEmpty("must not be empty"));
const Values = v.array(Text);

const KeyUrl = v.pipe(
  v.string(),
  v.check((text) => {
    const url = parses(text);
    return url !== null && isTrustworthy(url);
  }, "must be an https URL without credentials (http is for loopback hosts only)"),
);

// OpenID Connect Discovery 1.0 §2: an issuer has no query and no fragment.
const IssuerUrl = v.pipe(
  KeyUrl,
  v.check((text) => !/[?#]/.test(text), "must have no query and no fragment"),
);

const roleValues = Object.fromEntries(ROLES.map((role) => [role, v.optional(Values)])) as Record<
  (typeof ROLES)[number],
  v.OptionalSchema<typeof Values, undefined>
>;

const Issuer = v.strictObject({
  /** Compared with `iss` character by character: with or without the last slash, as the tokens have it. */
  issuer: IssuerUrl,
  /** One of these must stand in `aud`. */
  audiences: v.pipe(Values, v.minLength(1, "must name at least one audience")),
  /** For issuers without discovery (Cloudflare Access); discovery is skipped. */
  jwks_uri: v.optional(KeyUrl),
  /** A claim's name, or a path of names with dots between. */
  roles_claim: v.optional(Text, "roles"),
  groups_claim: v.optional(Text, "groups"),
  /** Role of the gateway -> values of the roles claim that give it. Once present, roles not in it are not given. */
  roles: v.optional(v.strictObject(roleValues)),
  /** Roles of everyone whom this issuer vouches for. */
  default_roles: v.optional(v.array(v.picklist(ROLES)), []),
  algorithms: v.optional(
    v.pipe(v.array(v.picklist(ALGORITHMS)), v.minLength(1, "must name at least one algorithm")),
    [...ALGORITHMS],
  ),
  clock_skew_seconds: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(CLOCK_SKEW_MAX_SECONDS)),
    CLOCK_SKEW_DEFAULT_SECONDS,
  ),
});

const Issuers = v.pipe(
  v.array(Issuer),
  v.check((list) => new Set(list.map((one) => one.issuer)).size === list.length, "names an issuer twice"),
);

export type IssuerConfig = v.InferOutput<typeof Issuer>;

export interface ConfigError {
  /** One line for each mistake, for the admin: place and what is expected there. */
  readonly problems: readonly string[];
}

export function parseIssuers(text: string): Result<readonly IssuerConfig[], ConfigError> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err({ problems: ["ISSUERS is not JSON: it must be an array of issuers (worker/auth/README.md)"] });
  }
  const parsed = v.safeParse(Issuers, json);
  if (parsed.success) return ok(parsed.output);
  return err({
    problems: parsed.issues.map((issue) => {
      const path = v.getDotPath(issue);
      return `ISSUERS${path === null ? "" : `.${path}`}: ${issue.message}`;
    }),
  });
}
