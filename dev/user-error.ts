// An error whose message is all that the person at the terminal needs: what is wrong and what to do. No stack is shown.

export class UserError extends Error {
  readonly exitCode: number;

  /** `exitCode` 2 is for wrong usage, 1 for everything else. */
  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = "UserError";
    this.exitCode = exitCode;
  }
}
