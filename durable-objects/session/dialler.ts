// How a session reaches its database: the door to upstream/, narrowed to what a session needs, and passed in.

import type { Result } from "../../core/result.ts";
import type { Refusal } from "../connection.ts";
import type { Limits } from "../limits.ts";
import type { Upstream } from "../targets/index.ts";
import {
  type CancelKey,
  cancelUpstream,
  type Connect,
  connectUpstream,
  type UpstreamConnection,
} from "../upstream/index.ts";

export interface Dialler {
  /** `settings` go into the start-up packet. */
  readonly connect: (
    address: Upstream,
    settings: ReadonlyMap<string, string>,
  ) => Promise<Result<UpstreamConnection, Refusal>>;
  /** Asks the database to cancel what runs under this key. Never rejects: a request that was lost cancels nothing. */
  readonly cancel: (address: Upstream, cancelKey: CancelKey | null) => Promise<void>;
}

export function createDialler(connect: Connect, limits: Limits): Dialler {
  const deps = {
    connect,
    limits,
    random: (bytes: number): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes)),
  };
  return {
    connect: (address, settings) => connectUpstream(deps, address, { settings }),
    cancel: async (address, cancelKey) => {
      if (cancelKey !== null) await cancelUpstream(deps, address, cancelKey).catch(() => undefined);
    },
  };
}
