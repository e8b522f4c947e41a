export { cancelUpstream, connectUpstream } from "./connect.ts";
export { OwnConnection, type OwnFailure, type Row } from "./own-connection.ts";
export { scramVerifier } from "./scram.ts";
export {
  UPSTREAM_LIMITS,
  type CancelKey,
  type Connect,
  type UpstreamConnection,
  type UpstreamDeps,
  type UpstreamError,
  type UpstreamLimits,
  type UpstreamStartup,
} from "./types.ts";
