// What stands behind a name: views, rules, triggers, foreign-key cascades, inheritance and function bodies. Adds what they
// read, write and call to the context, with the way there in `via`.

export { isProposed } from "./acting-row.ts";
export { bodyFlows } from "./body-flows.ts";
export { behindCall, type ResultColumn, writtenBy } from "./behind-call.ts";
export { callFunction } from "./call.ts";
export { modifyRelation } from "./modify.ts";
export { behindRelation, readRelation } from "./read.ts";
