export { createDialler, type Dialler } from "./dialler.ts";
export { Session, type SessionDeps } from "./session.ts";
