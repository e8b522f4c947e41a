// Why a client's start-up is refused: what PostgreSQL's ErrorResponse needs. Names a parameter, never its value.

export interface StartupRefusal {
  readonly sqlstate: string;
  readonly message: string;
  readonly hint: string;
}

/** A name from outside, fit for a message: what no parameter's name holds becomes `?`, the rest is cut. */
export function nameForMessage(name: string): string {
  const safe = name.replaceAll(/[^A-Za-z0-9_.-]/g, "?");
  return safe.length > 63 ? `${safe.slice(0, 60)}...` : safe;
}

export function parameterRefused(name: string): StartupRefusal {
  return {
    sqlstate: "42501",
    message: `start-up parameter "${nameForMessage(name)}" is not allowed by the gateway`,
    hint: "Leave it out, and set it with SET after connecting.",
  };
}
