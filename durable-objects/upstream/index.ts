export { cancelUpstream, connectUpstream } from "./connect.ts";
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
