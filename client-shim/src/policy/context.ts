// What each of the policy commands is handed.

import type { PolicyGateway } from "./gateway.ts";

export interface PolicyContext {
  readonly gateway: PolicyGateway;
  /** The target; a UsageError where none is named. */
  readonly target: () => string;
  /** null where none is named. */
  readonly targetIfNamed: string | null;
  /** Of a flag, null where it was not given. */
  readonly text: (flag: string) => string | null;
  readonly on: (flag: string) => boolean;
  /** The whole of a text file; a UsageError where it cannot be read. */
  readonly read: (file: string) => string;
  /** One line on standard output. */
  readonly say: (line: string) => void;
}
