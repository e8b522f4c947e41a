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

/** A JSON Web Token begins with `{"` in base64. */
const TOKEN = /eyJ[\w-]+\.[\w-]+\./;

/** A token in the wrong place would be recorded as a label, or sent back as one. */
export function tokenMisplaced(name: string, value: string): StartupRefusal | null {
  if (!TOKEN.test(name) && !TOKEN.test(value)) return null;
  const where = TOKEN.test(name) ? "" : ` "${nameForMessage(name)}"`;
  return {
    sqlstate: "28000",
    message: `start-up parameter${where} holds a token`,
    hint: "The token goes where the password goes, in the Authorization header or in the sub-protocol, and nowhere else. Consider it disclosed.",
  };
}

export function parameterRefused(name: string): StartupRefusal {
  return {
    sqlstate: "42501",
    message: `start-up parameter "${nameForMessage(name)}" is not allowed by the gateway`,
    hint: "Leave it out, and set it with SET after connecting.",
  };
}
