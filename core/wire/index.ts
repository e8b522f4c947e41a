// The PostgreSQL wire protocol 3.0 and 3.2: frames, messages, limits, errors. See README.md.

export { BACKEND_CODES, type BackendKind } from "./backend/codes.ts";
export { decodeBackend } from "./backend/decode.ts";
export { encodeBackend } from "./backend/encode.ts";
export type { AuthenticationMessage } from "./backend/authentication.ts";
export type { Fields } from "./backend/fields.ts";
export type { BackendMessage } from "./backend/message.ts";
export type { TransactionStatus } from "./backend/ready-for-query.ts";
export { errorResponse, noticeResponse, type ErrorReport, type NoticeReport } from "./backend/report.ts";
export type { FieldDescription } from "./backend/row-description.ts";
export * from "./conversation/index.ts";
export { malformed, type Direction, type WireError } from "./error.ts";
export { formatOf, type Format } from "./format.ts";
export { FrameReader } from "./frame-reader.ts";
export { HEADER_BYTES, type Frame } from "./frame.ts";
export { FRONTEND_CODES, type FrontendKind } from "./frontend/codes.ts";
export {
  decodeFrontend,
  decodeGssResponse,
  decodePassword,
  decodeSaslInitialResponse,
  decodeSaslResponse,
} from "./frontend/decode.ts";
export { encodeFrontend } from "./frontend/encode.ts";
export type { DecodedFrontendMessage, FrontendMessage } from "./frontend/message.ts";
export { DEFAULT_FRAME_LIMITS, WIRE_LIMITS, type FrameLimits } from "./limits.ts";
export { PROTOCOL_3_0, PROTOCOL_3_2, type ProtocolVersion } from "./protocol-version.ts";
export { decodeStartup } from "./startup/decode.ts";
export { encodeStartup } from "./startup/encode.ts";
export type { StartupPacket } from "./startup/packet.ts";
export type { Value } from "./values.ts";
export type { AuthenticationCleartextPassword } from "./backend/authentication-cleartext-password.ts";
export type { AuthenticationGss } from "./backend/authentication-gss.ts";
export type { AuthenticationGssContinue } from "./backend/authentication-gss-continue.ts";
export type { AuthenticationKerberosV5 } from "./backend/authentication-kerberos-v5.ts";
export type { AuthenticationMd5Password } from "./backend/authentication-md5-password.ts";
export type { AuthenticationOk } from "./backend/authentication-ok.ts";
export type { AuthenticationSasl } from "./backend/authentication-sasl.ts";
export type { AuthenticationSaslContinue } from "./backend/authentication-sasl-continue.ts";
export type { AuthenticationSaslFinal } from "./backend/authentication-sasl-final.ts";
export type { AuthenticationScmCredential } from "./backend/authentication-scm-credential.ts";
export type { AuthenticationSspi } from "./backend/authentication-sspi.ts";
export type { BackendKeyData } from "./backend/backend-key-data.ts";
export type { BindComplete } from "./backend/bind-complete.ts";
export type { CloseComplete } from "./backend/close-complete.ts";
export type { CommandComplete } from "./backend/command-complete.ts";
export type { CopyBothResponse } from "./backend/copy-both-response.ts";
export type { CopyInResponse } from "./backend/copy-in-response.ts";
export type { CopyOutResponse } from "./backend/copy-out-response.ts";
export type { DataRow } from "./backend/data-row.ts";
export type { EmptyQueryResponse } from "./backend/empty-query-response.ts";
export type { ErrorResponse } from "./backend/error-response.ts";
export type { FunctionCallResponse } from "./backend/function-call-response.ts";
export type { NegotiateProtocolVersion } from "./backend/negotiate-protocol-version.ts";
export type { NoData } from "./backend/no-data.ts";
export type { NoticeResponse } from "./backend/notice-response.ts";
export type { NotificationResponse } from "./backend/notification-response.ts";
export type { ParameterDescription } from "./backend/parameter-description.ts";
export type { ParameterStatus } from "./backend/parameter-status.ts";
export type { ParseComplete } from "./backend/parse-complete.ts";
export type { PortalSuspended } from "./backend/portal-suspended.ts";
export type { ReadyForQuery } from "./backend/ready-for-query.ts";
export type { RowDescription } from "./backend/row-description.ts";
export type { CopyData } from "./both/copy-data.ts";
export type { CopyDone } from "./both/copy-done.ts";
export type { Bind } from "./frontend/bind.ts";
export type { Close } from "./frontend/close.ts";
export type { CopyFail } from "./frontend/copy-fail.ts";
export type { Describe } from "./frontend/describe.ts";
export type { Execute } from "./frontend/execute.ts";
export type { Flush } from "./frontend/flush.ts";
export type { FunctionCall } from "./frontend/function-call.ts";
export type { GssResponse } from "./frontend/gss-response.ts";
export type { Parse } from "./frontend/parse.ts";
export type { PasswordFamily } from "./frontend/password-family.ts";
export type { PasswordMessage } from "./frontend/password-message.ts";
export type { Query } from "./frontend/query.ts";
export type { SaslInitialResponse } from "./frontend/sasl-initial-response.ts";
export type { SaslResponse } from "./frontend/sasl-response.ts";
export type { Sync } from "./frontend/sync.ts";
export type { Terminate } from "./frontend/terminate.ts";
export type { CancelRequest } from "./startup/cancel-request.ts";
export type { GssencRequest } from "./startup/gssenc-request.ts";
export type { SslRequest } from "./startup/ssl-request.ts";
export type { StartupMessage } from "./startup/startup-message.ts";
