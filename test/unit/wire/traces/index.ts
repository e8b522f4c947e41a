// Captured from PostgreSQL 18 by capture.ts. Not to be edited.

export { trace as startup30 } from "./startup-3-0.ts";
export { trace as startup32 } from "./startup-3-2.ts";
export { trace as startupNegotiated } from "./startup-negotiated.ts";
export { trace as startupCleartext } from "./startup-cleartext.ts";
export { trace as startupMd5 } from "./startup-md5.ts";
export { trace as startupScram } from "./startup-scram.ts";
export { trace as startupRefused } from "./startup-refused.ts";
export { trace as simple } from "./simple.ts";
export { trace as error } from "./error.ts";
export { trace as extended } from "./extended.ts";
export { trace as portalSuspended } from "./portal-suspended.ts";
export { trace as copyIn } from "./copy-in.ts";
export { trace as copyOut } from "./copy-out.ts";
export { trace as copyBoth } from "./copy-both.ts";
export { trace as functionCall } from "./function-call.ts";
export { trace as notify } from "./notify.ts";
export { trace as cancel } from "./cancel.ts";
export { trace as cancelSecond } from "./cancel-second.ts";
