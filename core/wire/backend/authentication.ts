// The family of authentication requests (B): reads the word that tells which, then that one. Pure.

import type { ByteReader } from "#core/bytes";
import {
  readAuthenticationCleartextPassword,
  type AuthenticationCleartextPassword,
} from "./authentication-cleartext-password.ts";
import { AUTHENTICATION_REQUESTS } from "./authentication-frame.ts";
import {
  readAuthenticationGssContinue,
  type AuthenticationGssContinue,
} from "./authentication-gss-continue.ts";
import { readAuthenticationGss, type AuthenticationGss } from "./authentication-gss.ts";
import { readAuthenticationKerberosV5, type AuthenticationKerberosV5 } from "./authentication-kerberos-v5.ts";
import {
  readAuthenticationMd5Password,
  type AuthenticationMd5Password,
} from "./authentication-md5-password.ts";
import { readAuthenticationOk, type AuthenticationOk } from "./authentication-ok.ts";
import {
  readAuthenticationSaslContinue,
  type AuthenticationSaslContinue,
} from "./authentication-sasl-continue.ts";
import { readAuthenticationSaslFinal, type AuthenticationSaslFinal } from "./authentication-sasl-final.ts";
import { readAuthenticationSasl, type AuthenticationSasl } from "./authentication-sasl.ts";
import {
  readAuthenticationScmCredential,
  type AuthenticationScmCredential,
} from "./authentication-scm-credential.ts";
import { readAuthenticationSspi, type AuthenticationSspi } from "./authentication-sspi.ts";

export type AuthenticationMessage =
  | AuthenticationCleartextPassword
  | AuthenticationGss
  | AuthenticationGssContinue
  | AuthenticationKerberosV5
  | AuthenticationMd5Password
  | AuthenticationOk
  | AuthenticationSasl
  | AuthenticationSaslContinue
  | AuthenticationSaslFinal
  | AuthenticationScmCredential
  | AuthenticationSspi;

type Kind = AuthenticationMessage["kind"];

const READ = {
  authentication_cleartext_password: readAuthenticationCleartextPassword,
  authentication_gss: readAuthenticationGss,
  authentication_gss_continue: readAuthenticationGssContinue,
  authentication_kerberos_v5: readAuthenticationKerberosV5,
  authentication_md5_password: readAuthenticationMd5Password,
  authentication_ok: readAuthenticationOk,
  authentication_sasl: readAuthenticationSasl,
  authentication_sasl_continue: readAuthenticationSaslContinue,
  authentication_sasl_final: readAuthenticationSaslFinal,
  authentication_scm_credential: readAuthenticationScmCredential,
  authentication_sspi: readAuthenticationSspi,
} as const satisfies { [K in Kind]: (reader: ByteReader) => Extract<AuthenticationMessage, { kind: K }> };

const BY_REQUEST = new Map<number, (reader: ByteReader) => AuthenticationMessage>(
  (Object.keys(READ) as Kind[]).map((kind) => [AUTHENTICATION_REQUESTS[kind], READ[kind]]),
);

/** An unknown request is a fault: whoever skipped it might take itself for authenticated. */
export function readAuthentication(reader: ByteReader): AuthenticationMessage | null {
  const read = BY_REQUEST.get(reader.u32());
  if (read === undefined) reader.fail("unknown authentication request");
  return read?.(reader) ?? null;
}
