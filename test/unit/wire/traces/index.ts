// Captured from PostgreSQL 18 by capture.ts. Not to be edited.

import { trace as startup30 } from "./startup-3-0.ts";
import { trace as startup32 } from "./startup-3-2.ts";
import { trace as startupNegotiated } from "./startup-negotiated.ts";
import { trace as startupCleartext } from "./startup-cleartext.ts";
import { trace as startupMd5 } from "./startup-md5.ts";
import { trace as startupScram } from "./startup-scram.ts";
import { trace as startupRefused } from "./startup-refused.ts";
import { trace as simple } from "./simple.ts";
import { trace as error } from "./error.ts";
import { trace as extended } from "./extended.ts";
import { trace as portalSuspended } from "./portal-suspended.ts";
import { trace as copyIn } from "./copy-in.ts";
import { trace as copyOut } from "./copy-out.ts";
import { trace as copyBoth } from "./copy-both.ts";
import { trace as functionCall } from "./function-call.ts";
import { trace as notify } from "./notify.ts";
import { trace as cancel } from "./cancel.ts";
import { trace as cancelSecond } from "./cancel-second.ts";

export const traces = {
  startup30,
  startup32,
  startupNegotiated,
  startupCleartext,
  startupMd5,
  startupScram,
  startupRefused,
  simple,
  error,
  extended,
  portalSuspended,
  copyIn,
  copyOut,
  copyBoth,
  functionCall,
  notify,
  cancel,
  cancelSecond,
};
