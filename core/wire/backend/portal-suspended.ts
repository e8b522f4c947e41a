// PortalSuspended (B): the row limit of Execute was reached, the portal has more. Pure.

import { encodeEmptyFrame } from "../frame.ts";
import { BACKEND_CODES } from "./codes.ts";

export interface PortalSuspended {
  readonly kind: "portal_suspended";
}

export function readPortalSuspended(): PortalSuspended {
  return { kind: "portal_suspended" };
}

export function encodePortalSuspended(): Uint8Array {
  return encodeEmptyFrame(BACKEND_CODES.portal_suspended);
}
