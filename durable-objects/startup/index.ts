export { type AdmittedStartup, admitStartup, type StartupRefusal } from "./admit.ts";
