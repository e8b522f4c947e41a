export { createDialler, type Dialler } from "./dialler.ts";
export type { Approvals } from "./approval/index.ts";
export type { GrantBudgets, Shortage } from "./budgets.ts";
export type { GovernedBy, PolicySource, SubjectOf } from "./government.ts";
export type { SessionDeps } from "./deps.ts";
export { Session } from "./session.ts";
