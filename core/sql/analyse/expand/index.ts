// What stands behind a name: views, rules, triggers, foreign-key cascades, inheritance and function bodies. Adds what they
// read, write and call to the context, with the way there in `via`.

export { callFunction } from "./call.ts";
export { modifyRelation } from "./modify.ts";
export { readRelation } from "./read.ts";
