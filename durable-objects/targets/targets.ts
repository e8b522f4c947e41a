// Reads the var TARGETS: which databases there are, and in which secret each one's connection string is.
// Pure: the secrets themselves are read elsewhere (durable-objects/session), by the name given here.

import * as v from "valibot";
import { err, ok, type Result } from "../../core/result.ts";
import { type ConfigError, configError } from "./config-error.ts";
import { IDENTITY_FIELDS, type IdentityChoice, readIdentity, SECRET_NAME } from "./identity.ts";

/** Where Cloudflare may place an object (durable-objects/reference/data-location): a hint, near the database. */
export const LOCATION_HINTS = [
  "wnam",
  "enam",
  "sam",
  "weur",
  "eeur",
  "apac",
  "apac-ne",
  "apac-se",
  "oc",
  "afr",
  "me",
] as const;
export type LocationHint = (typeof LOCATION_HINTS)[number];

export interface Target {
  readonly name: string;
  /** Name of the secret that holds the connection string; never its value. */
  readonly secret: string;
  readonly locationHint?: LocationHint;
  readonly identity: IdentityChoice;
}

/** A target is written as a path segment and as a database name, so it holds nothing that either would escape. */
const TARGET_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

const Entry = v.strictObject({
  secret: v.optional(v.pipe(v.string(), v.regex(SECRET_NAME))),
  location_hint: v.optional(v.picklist(LOCATION_HINTS)),
  ...IDENTITY_FIELDS,
});

const SHAPE =
  'write {"NAME": {"secret": "UPSTREAM_NAME", "location_hint": "weur", "identity": "shared"}}, where identity may be role or ephemeral, too; all fields may be left out (durable-objects/targets/README.md)';

/** `shop-eu` -> `UPSTREAM_SHOP_EU`. */
export function defaultSecretName(target: string): string {
  return `UPSTREAM_${suffix(target)}`;
}

function suffix(target: string): string {
  return target.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_");
}

export function parseTargets(json: string): Result<ReadonlyMap<string, Target>, ConfigError> {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch {
    return err(configError(`TARGETS is not JSON: ${SHAPE}`));
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    return err(configError(`TARGETS is not an object: ${SHAPE}`));
  }
  const targets = new Map<string, Target>();
  for (const [name, entry] of Object.entries(document)) {
    const target = parseTarget(name, entry);
    if (!target.ok) return target;
    targets.set(name, target.value);
  }
  return refuseTwins(targets);
}

/** Two targets may share a secret, but not because two names happen to come to the same one. */
function refuseTwins(targets: ReadonlyMap<string, Target>): Result<ReadonlyMap<string, Target>, ConfigError> {
  for (const { name, secret } of targets.values()) {
    const twin = [...targets.values()].find(
      (other) => other.name !== name && other.secret === secret && secret === defaultSecretName(other.name),
    );
    if (twin !== undefined && secret === defaultSecretName(name)) {
      return err(
        configError(`TARGETS: ${name} and ${twin.name} come to the same secret name: give one a "secret"`),
      );
    }
  }
  return ok(targets);
}

function parseTarget(name: string, entry: unknown): Result<Target, ConfigError> {
  if (!TARGET_NAME.test(name)) {
    return err(
      configError(
        "TARGETS: a target's name has 1 to 63 letters, digits, dots, dashes, underscores, the first a letter or digit",
      ),
    );
  }
  const parsed = v.safeParse(Entry, entry);
  if (!parsed.success) {
    const key = parsed.issues[0].path?.[0]?.key;
    const where = typeof key === "string" ? `"${key}" of ${name}` : name;
    // The value is not repeated: a connection string is easily put where its secret's name belongs.
    return err(configError(`TARGETS: ${where} is not understood: ${SHAPE}`));
  }
  const hint = parsed.output.location_hint;
  const secret = parsed.output.secret ?? defaultSecretName(name);
  const identity = readIdentity(parsed.output, `PROVISION_${suffix(name)}`);
  if (!identity.ok) return err(configError(`TARGETS: ${name}: ${identity.error}`));
  const target = { name, secret, identity: identity.value };
  return ok(hint === undefined ? target : { ...target, locationHint: hint });
}
