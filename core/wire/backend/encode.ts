// A message of the server's to the frame it is. Pure; throws RangeError for what does not fit its field.

import { encodeCopyData } from "../both/copy-data.ts";
import { encodeCopyDone } from "../both/copy-done.ts";
import { encodeAuthenticationCleartextPassword } from "./authentication-cleartext-password.ts";
import { encodeAuthenticationGss } from "./authentication-gss.ts";
import { encodeAuthenticationGssContinue } from "./authentication-gss-continue.ts";
import { encodeAuthenticationKerberosV5 } from "./authentication-kerberos-v5.ts";
import { encodeAuthenticationMd5Password } from "./authentication-md5-password.ts";
import { encodeAuthenticationOk } from "./authentication-ok.ts";
import { encodeAuthenticationSasl } from "./authentication-sasl.ts";
import { encodeAuthenticationSaslContinue } from "./authentication-sasl-continue.ts";
import { encodeAuthenticationSaslFinal } from "./authentication-sasl-final.ts";
import { encodeAuthenticationScmCredential } from "./authentication-scm-credential.ts";
import { encodeAuthenticationSspi } from "./authentication-sspi.ts";
import { encodeBackendKeyData } from "./backend-key-data.ts";
import { encodeBindComplete } from "./bind-complete.ts";
import { encodeCloseComplete } from "./close-complete.ts";
import { encodeCommandComplete } from "./command-complete.ts";
import { encodeCopyBothResponse } from "./copy-both-response.ts";
import { encodeCopyInResponse } from "./copy-in-response.ts";
import { encodeCopyOutResponse } from "./copy-out-response.ts";
import { encodeDataRow } from "./data-row.ts";
import { encodeEmptyQueryResponse } from "./empty-query-response.ts";
import { encodeErrorResponse } from "./error-response.ts";
import { encodeFunctionCallResponse } from "./function-call-response.ts";
import type { BackendMessage } from "./message.ts";
import { encodeNegotiateProtocolVersion } from "./negotiate-protocol-version.ts";
import { encodeNoData } from "./no-data.ts";
import { encodeNoticeResponse } from "./notice-response.ts";
import { encodeNotificationResponse } from "./notification-response.ts";
import { encodeParameterDescription } from "./parameter-description.ts";
import { encodeParameterStatus } from "./parameter-status.ts";
import { encodeParseComplete } from "./parse-complete.ts";
import { encodePortalSuspended } from "./portal-suspended.ts";
import { encodeReadyForQuery } from "./ready-for-query.ts";
import { encodeRowDescription } from "./row-description.ts";

export function encodeBackend(message: BackendMessage): Uint8Array {
  switch (message.kind) {
    case "authentication_cleartext_password":
      return encodeAuthenticationCleartextPassword();
    case "authentication_gss":
      return encodeAuthenticationGss();
    case "authentication_gss_continue":
      return encodeAuthenticationGssContinue(message);
    case "authentication_kerberos_v5":
      return encodeAuthenticationKerberosV5();
    case "authentication_md5_password":
      return encodeAuthenticationMd5Password(message);
    case "authentication_ok":
      return encodeAuthenticationOk();
    case "authentication_sasl":
      return encodeAuthenticationSasl(message);
    case "authentication_sasl_continue":
      return encodeAuthenticationSaslContinue(message);
    case "authentication_sasl_final":
      return encodeAuthenticationSaslFinal(message);
    case "authentication_scm_credential":
      return encodeAuthenticationScmCredential();
    case "authentication_sspi":
      return encodeAuthenticationSspi();
    case "backend_key_data":
      return encodeBackendKeyData(message);
    case "bind_complete":
      return encodeBindComplete();
    case "close_complete":
      return encodeCloseComplete();
    case "command_complete":
      return encodeCommandComplete(message);
    case "copy_both_response":
      return encodeCopyBothResponse(message);
    case "copy_data":
      return encodeCopyData(message);
    case "copy_done":
      return encodeCopyDone();
    case "copy_in_response":
      return encodeCopyInResponse(message);
    case "copy_out_response":
      return encodeCopyOutResponse(message);
    case "data_row":
      return encodeDataRow(message);
    case "empty_query_response":
      return encodeEmptyQueryResponse();
    case "error_response":
      return encodeErrorResponse(message);
    case "function_call_response":
      return encodeFunctionCallResponse(message);
    case "negotiate_protocol_version":
      return encodeNegotiateProtocolVersion(message);
    case "no_data":
      return encodeNoData();
    case "notice_response":
      return encodeNoticeResponse(message);
    case "notification_response":
      return encodeNotificationResponse(message);
    case "parameter_description":
      return encodeParameterDescription(message);
    case "parameter_status":
      return encodeParameterStatus(message);
    case "parse_complete":
      return encodeParseComplete();
    case "portal_suspended":
      return encodePortalSuspended();
    case "ready_for_query":
      return encodeReadyForQuery(message);
    case "row_description":
      return encodeRowDescription(message);
  }
}
