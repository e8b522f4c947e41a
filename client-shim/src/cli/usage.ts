// UsageError: the command line is wrong. Ends in one message that says what to do, and exit code 2.

export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** As a shell says it: 128 and the signal's number. */
  commandNotFound: 127,
} as const;
