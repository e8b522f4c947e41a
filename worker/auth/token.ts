// Where a request may carry its token, and which sub-protocol to answer. Pure: reads headers, checks nothing of the token.
// Never the query string: URLs end up in logs, histories and Referer headers (RFC 6750 §5.3).

import {
  SUBPROTOCOL_FLOW,
  SUBPROTOCOL_RAW,
  SUBPROTOCOL_TOKEN_PREFIX,
} from "../../client-shim/src/contract.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { AuthError, Misuse } from "./errors.ts";

export interface Presented {
  /** null: the request brought none; it may yet come as the start-up's password. */
  readonly token: string | null;
  /** For the answer's Sec-WebSocket-Protocol; null: nothing to answer. Never the one with the token. */
  readonly subprotocol: string | null;
}

/** RFC 6750 §2.1: b64token. A comma or a blank within means two headers or two tokens. */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

export function tokenFromRequest(request: { readonly headers: Headers }): Result<Presented, AuthError> {
  const header = fromAuthorization(request.headers.get("authorization"));
  if (!header.ok) return header;
  const offer = fromSubprotocols(request.headers.get("sec-websocket-protocol"));
  if (!offer.ok) return offer;
  if (header.value !== null && offer.value.token !== null && header.value !== offer.value.token) {
    return misused("two_tokens");
  }
  return ok({ token: header.value ?? offer.value.token, subprotocol: offer.value.subprotocol });
}

function fromAuthorization(value: string | null): Result<string | null, AuthError> {
  const text = value?.trim() ?? "";
  if (text === "") return ok(null);
  if (!/^bearer(\s|$)/i.test(text)) return misused("other_scheme");
  const token = BEARER.exec(text)?.[1];
  return token === undefined ? misused("bad_syntax") : ok(token);
}

function fromSubprotocols(value: string | null): Result<Presented, AuthError> {
  const offered = (value ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const tokens = new Set(
    offered
      .filter((name) => name.startsWith(SUBPROTOCOL_TOKEN_PREFIX))
      .map((name) => name.slice(SUBPROTOCOL_TOKEN_PREFIX.length)),
  );
  const [token = null] = tokens;
  // One of ours only: a name that we do not know may be a token in the wrong place, and would be sent back.
  const spoken = [SUBPROTOCOL_FLOW, SUBPROTOCOL_RAW].find((name) => offered.includes(name)) ?? null;
  if (tokens.size > 1) return misused("two_tokens");
  if (token === "") return misused("bad_syntax");
  if (token !== null && spoken === null) return misused("token_alone");
  return ok({ token, subprotocol: spoken });
}

function misused(misuse: Misuse): Result<never, AuthError> {
  return err({ tag: "misused", misuse });
}
