// The client's side of authentication as a state machine: one request of the server in, one answer out. No I/O.
// Each state says what the server may ask next; anything else ends the connection, so a server can neither skip its own
// proof (RFC 5802 §3) nor ask twice, by a weaker method the second time.

import { encodeFrontend, type AuthenticationMessage } from "#core/wire";
import { err, ok, type Result } from "../../core/result.ts";
import { type AuthMethod, isLoopback, type Upstream } from "../targets/index.ts";
import { authenticationRefused, protocolBroken } from "./errors.ts";
import { md5Password } from "./md5.ts";
import {
  clientFinal,
  clientFirst,
  NONCE_BYTES,
  verifyServerFinal,
  type ClientFinal,
  type ClientFirst,
} from "./scram.ts";
import type { UpstreamError } from "./types.ts";

type State =
  | { readonly at: "start" | "answered" | "verified" | "done" }
  | { readonly at: "sasl-first"; readonly first: ClientFirst }
  | { readonly at: "sasl-final"; readonly final: ClientFinal };

/** Bytes to send; null where there is nothing to say. */
type Answer = Result<Uint8Array | null, UpstreamError>;

export class Authentication {
  readonly #upstream: Upstream;
  readonly #random: (bytes: number) => Uint8Array;
  #state: State = { at: "start" };

  constructor(upstream: Upstream, random: (bytes: number) => Uint8Array) {
    this.#upstream = upstream;
    this.#random = random;
  }

  get done(): boolean {
    return this.#state.at === "done";
  }

  async answer(request: AuthenticationMessage): Promise<Answer> {
    switch (request.kind) {
      case "authentication_ok":
        return this.#accept();
      case "authentication_cleartext_password":
        return this.#cleartext();
      case "authentication_md5_password":
        return this.#md5(request.salt);
      case "authentication_sasl":
        return this.#sasl(request.mechanisms);
      case "authentication_sasl_continue":
        return this.#saslContinue(request.data);
      case "authentication_sasl_final":
        return this.#saslFinal(request.data);
      case "authentication_gss":
      case "authentication_gss_continue":
      case "authentication_sspi":
      case "authentication_kerberos_v5":
      case "authentication_scm_credential":
        return err(
          authenticationRefused(
            `it asks for ${NAMES[request.kind]}: give the gateway's role a scram-sha-256 entry in pg_hba.conf`,
          ),
        );
    }
  }

  #accept(): Answer {
    const { at } = this.#state;
    if (at === "sasl-first" || at === "sasl-final") {
      return err(authenticationRefused("it says yes before it has proved that it knows the password"));
    }
    if (at === "done") return err(protocolBroken("authentication out of order"));
    if (at === "start") {
      const objection = this.#objection("none");
      if (objection !== null) return err(objection);
    }
    this.#state = { at: "done" };
    return ok(null);
  }

  #cleartext(): Answer {
    const password = this.#begin("password");
    if (!password.ok) return password;
    // parseConnectionString allows no plaintext beyond loopback; the password is worth asking twice.
    if (this.#upstream.sslmode === "disable" && !isLoopback(this.#upstream.host)) {
      return err(authenticationRefused("it asks for the password in the clear, without TLS"));
    }
    this.#state = { at: "answered" };
    return ok(encodeFrontend({ kind: "password_message", password: password.value }));
  }

  async #md5(salt: Uint8Array): Promise<Answer> {
    const password = this.#begin("md5");
    if (!password.ok) return password;
    this.#state = { at: "answered" };
    const digest = await md5Password(this.#upstream.user, password.value, salt);
    return ok(encodeFrontend({ kind: "password_message", password: digest }));
  }

  #sasl(mechanisms: readonly string[]): Answer {
    const password = this.#begin("scram-sha-256");
    if (!password.ok) return password;
    if (!mechanisms.includes(MECHANISM)) {
      return err(
        authenticationRefused(`it offers no ${MECHANISM}, the only SASL mechanism that the gateway speaks`),
      );
    }
    const first = clientFirst(this.#random(NONCE_BYTES));
    this.#state = { at: "sasl-first", first };
    return ok(encodeFrontend({ kind: "sasl_initial_response", mechanism: MECHANISM, data: first.message }));
  }

  async #saslContinue(data: Uint8Array): Promise<Answer> {
    if (this.#state.at !== "sasl-first") return err(protocolBroken("authentication out of order"));
    const final = await clientFinal(this.#state.first, data, this.#upstream.password ?? "");
    if (!final.ok) return err(authenticationRefused(final.error));
    this.#state = { at: "sasl-final", final: final.value };
    return ok(encodeFrontend({ kind: "sasl_response", data: final.value.message }));
  }

  async #saslFinal(data: Uint8Array): Promise<Answer> {
    if (this.#state.at !== "sasl-final") return err(protocolBroken("authentication out of order"));
    const verified = await verifyServerFinal(this.#state.final, data);
    if (!verified.ok) return err(authenticationRefused(verified.error));
    this.#state = { at: "verified" };
    return ok(null);
  }

  /** The password, where the server may ask for it now and by this method. */
  #begin(method: AuthMethod): Result<string, UpstreamError> {
    if (this.#state.at !== "start") return err(protocolBroken("authentication out of order"));
    const objection = this.#objection(method);
    if (objection !== null) return err(objection);
    const { password } = this.#upstream;
    return password === null
      ? err(authenticationRefused("it asks for a password, and the connection string holds none"))
      : ok(password);
  }

  #objection(method: AuthMethod): UpstreamError | null {
    const allowed = this.#upstream.requireAuth;
    if (allowed === null || allowed.has(method)) return null;
    return authenticationRefused(
      `it uses authentication "${method}", and the connection string's require_auth does not`,
    );
  }
}

const MECHANISM = "SCRAM-SHA-256";

const NAMES = {
  authentication_gss: "GSSAPI",
  authentication_gss_continue: "GSSAPI",
  authentication_sspi: "SSPI",
  authentication_kerberos_v5: "Kerberos V5",
  authentication_scm_credential: "SCM credentials",
} as const;
