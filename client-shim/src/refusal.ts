// Refusal: why a connection cannot be had, in the terms of PostgreSQL, since a PostgreSQL client is who has to be told.
// Thrown by whoever finds out, mapped to bytes once, in bridge/connection.ts. Never carries a token.

/** SQLSTATEs the shim itself says (PostgreSQL, appendix A). What the gateway says travels through untouched. */
export const SQLSTATE = {
  connectionFailure: "08006",
  unableToConnect: "08001",
  rejected: "08004",
  protocolViolation: "08P01",
  invalidAuthorization: "28000",
  unknownTarget: "3D000",
  tooManyConnections: "53300",
} as const;

export type Sqlstate = (typeof SQLSTATE)[keyof typeof SQLSTATE];

export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly sqlstate: Sqlstate;
  /** What to do about it. */
  readonly hint: string;

  constructor(sqlstate: Sqlstate, message: string, hint: string) {
    super(message);
    this.sqlstate = sqlstate;
    this.hint = hint;
  }
}

/** A token could not be had. */
export function tokenRefusal(message: string, hint: string): Refusal {
  return new Refusal(SQLSTATE.invalidAuthorization, message, hint);
}

/** What was thrown, as a Refusal: anything unforeseen becomes one without details, which might hold a secret. */
export function asRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  return new Refusal(
    SQLSTATE.unableToConnect,
    "the connection to the Sluice gateway could not be prepared",
    "This is a fault of the shim or of its token function. Run `sluice connect` by hand to see more.",
  );
}
