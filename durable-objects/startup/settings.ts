// Which settings a client may bring along at start-up, and what they may say. An allow-list: search_path, role,
// session_authorization and the like change what a statement means or who runs it (CVE-2025-12819). Pure.

import { err, ok, type Result } from "../../core/result.ts";
import { nameForMessage, parameterRefused, type StartupRefusal } from "./refusal.ts";

/** Spelled as PostgreSQL spells them. */
const ALLOWED = [
  "application_name",
  "client_encoding",
  "DateStyle",
  "TimeZone",
  "IntervalStyle",
  "extra_float_digits",
  "statement_timeout",
  "lock_timeout",
  "idle_in_transaction_session_timeout",
  // What the work is for: kept by the gateway (session/approval/reason.ts).
  "sluice.reason",
];

/** Longest value in characters: all of these are short; PostgreSQL cuts application_name at 63 bytes itself. */
const MAX_VALUE_CHARACTERS = 1024;

export interface Admitted {
  readonly name: string;
  readonly value: string;
}

export function admitSetting(name: string, value: string): Result<Admitted, StartupRefusal> {
  // guc_name_compare (utils/misc/guc.c): ASCII case only.
  const canonical = ALLOWED.find((candidate) => asciiLower(candidate) === asciiLower(name));
  if (canonical === undefined) return err(parameterRefused(name));
  if (value.length > MAX_VALUE_CHARACTERS) {
    return err({
      sqlstate: "22023",
      message: `the value of start-up parameter "${nameForMessage(canonical)}" is longer than ${MAX_VALUE_CHARACTERS} characters`,
      hint: "Use a shorter value.",
    });
  }
  if (canonical !== "client_encoding") return ok({ name: canonical, value });
  return isUtf8(value)
    ? ok({ name: canonical, value: "UTF8" })
    : err({
        sqlstate: "22023",
        message: 'the gateway speaks client_encoding "UTF8" only',
        hint: "Set the client's encoding to UTF8 (PGCLIENTENCODING=UTF8), or leave it out.",
      });
}

/** clean_encoding_name (common/encnames.c): letters and digits count, in any case; "unicode" is an alias. */
function isUtf8(value: string): boolean {
  const name = asciiLower(value.replaceAll(/[^A-Za-z0-9]/g, ""));
  return name === "utf8" || name === "unicode";
}

function asciiLower(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
