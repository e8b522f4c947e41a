// Which token source the flags ask for. Exactly one; what is missing or does not fit is said before anything starts.

import { tokenFromClientCredentials, tokenFromDeviceCode } from "../tokens/issuer.ts";
import type { IssuerOptions } from "../tokens/issuer.ts";
import { renewing } from "../tokens/renewing.ts";
import type { Obtain } from "../tokens/renewing.ts";
import { tokenFromCommand, tokenFromEnvironment, tokenFromFile } from "../tokens/sources.ts";
import type { Given } from "./flags.ts";
import { UsageError } from "./usage.ts";

const DEFAULT_TOKEN_VARIABLE = "SLUICE_TOKEN";
const DEFAULT_SECRET_VARIABLE = "SLUICE_CLIENT_SECRET";

const SOURCES = ["token-env", "token-file", "token-command", "client-credentials", "device-code"] as const;
const ISSUER_FLAGS = ["issuer", "client-id", "client-secret-env", "audience", "scope"] as const;

export interface TokenChoice {
  readonly token: () => Promise<string>;
  /** Environment variables that hold a secret of the shim's, and are no business of a command that it runs. */
  readonly secretVariables: readonly string[];
}

export function chooseToken(
  given: Given,
  environment: Readonly<NodeJS.ProcessEnv>,
  tell: (line: string) => void,
): TokenChoice {
  const chosen = SOURCES.filter((flag) => given.on(flag) || given.text(flag) !== null);
  if (chosen.length > 1) {
    throw new UsageError(
      `Only one of ${chosen.map((flag) => `--${flag}`).join(" and ")} can say where the token comes from`,
    );
  }
  const source = chosen[0] ?? "token-env";
  const asksIssuer = source === "client-credentials" || source === "device-code";
  const stray = ISSUER_FLAGS.find((flag) => given.text(flag) !== null);
  if (!asksIssuer && stray !== undefined) {
    throw new UsageError(
      `--${stray} belongs to --client-credentials or --device-code. Add one of them, or leave it out`,
    );
  }
  const variable = given.text("token-env") ?? DEFAULT_TOKEN_VARIABLE;
  const secretVariable = given.text("client-secret-env") ?? DEFAULT_SECRET_VARIABLE;
  return {
    token: renewing(obtainer()),
    secretVariables: [variable, secretVariable],
  };

  function obtainer(): Obtain {
    if (source === "token-file") return tokenFromFile(given.text(source) ?? "");
    if (source === "token-command") return tokenFromCommand(given.text(source) ?? "");
    if (asksIssuer) {
      const options = issuerOptions(given, environment, secretVariable, source);
      return source === "device-code"
        ? tokenFromDeviceCode(options, tell)
        : tokenFromClientCredentials(options);
    }
    if (environment[variable] === undefined) {
      throw new UsageError(
        `No token: ${variable} is not set. Set it, or name another source with --token-env, --token-file, --token-command, --client-credentials or --device-code`,
      );
    }
    return tokenFromEnvironment(variable, environment);
  }
}

function issuerOptions(
  given: Given,
  environment: Readonly<NodeJS.ProcessEnv>,
  secretVariable: string,
  source: string,
): IssuerOptions {
  const issuer = given.text("issuer");
  const clientId = given.text("client-id");
  if (issuer === null) throw new UsageError(`--${source} needs --issuer URL: the OIDC issuer to ask`);
  if (clientId === null) throw new UsageError(`--${source} needs --client-id ID: your client at the issuer`);
  if (!URL.canParse(issuer) || !/^https?:$/.test(new URL(issuer).protocol)) {
    throw new UsageError(
      `--issuer ${JSON.stringify(issuer)} is not a URL. Write it like https://login.example.com`,
    );
  }
  const clientSecret = environment[secretVariable] ?? null;
  if (
    clientSecret === null &&
    (source === "client-credentials" || given.text("client-secret-env") !== null)
  ) {
    throw new UsageError(
      `No client secret: ${secretVariable} is not set. Set it, or name another variable with --client-secret-env`,
    );
  }
  return {
    issuer: new URL(issuer),
    clientId,
    clientSecret,
    audience: given.text("audience"),
    scope: given.text("scope"),
  };
}
