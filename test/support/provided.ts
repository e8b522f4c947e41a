// What the workerd project's globalSetup provides to its tests, as types: they compile without Node's.

declare module "vitest" {
  interface ProvidedContext {
    /** `GET /postgres`, `GET /fake?script=NAME`: `{"port": …}`. */
    readonly upstreamServers: string;
  }
}

/** The conversations of fake-upstream.ts. */
export type ScriptName =
  | "answers SSLRequest with N"
  | "answers SSLRequest with an error"
  | "sends bytes after S"
  | "closes when asked for TLS"
  | "TLS, self-signed"
  | "TLS, for another host"
  | "TLS, honest"
  | "silent"
  | "closes after start-up"
  | "speaks HTTP"
  | "announces a gigabyte"
  | "asks for method 99"
  | "asks for GSSAPI"
  | "offers an unknown SASL mechanism"
  | "asks for the password twice"
  | "asks for the password in the clear"
  | "reports before authentication"
  | "is ready before authentication"
  | "reports without end"
  | "offers protocol 3.9"
  | "lets in and then reads no more"
  | "goes on in the same chunk"
  | "SCRAM, honest"
  | "SCRAM, nonce not extended"
  | "SCRAM, nonce replaced"
  | "SCRAM, 100001 iterations"
  | "SCRAM, 1 iteration"
  | "SCRAM, wrong signature"
  | "SCRAM, short signature"
  | "SCRAM, no signature"
  | "too many connections"
  | "too many connections for the role"
  | "starting up"
  | "no pg_hba.conf entry"
  | "unheard-of error";
