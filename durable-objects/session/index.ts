export { createDialler, type Dialler } from "./dialler.ts";
export type { PolicySource, SubjectOf } from "./government.ts";
export { Session, type SessionDeps } from "./session.ts";
