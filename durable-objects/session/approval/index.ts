// The door of the room: how a statement is held until somebody has approved it.

export type { Approvals, Holder } from "./approvals.ts";
export { isRunByPlanner } from "./figures.ts";
export { hold, type Permit } from "./hold.ts";
export { NO_PARAMETERS, parametersOf, placeOf } from "./subject-matter.ts";
export { Reason, REASON_SETTING } from "./reason.ts";
export { CANCELLED, runsAhead } from "./words.ts";
