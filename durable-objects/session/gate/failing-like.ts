// What is sent in the place of a message that PostgreSQL would refuse as well: something that fails for the same reason, so
// that its error has the same fields, file and routine included. Nothing of the agent's text is in it, but for the bytes
// that are no UTF-8. Pure.

import { utf8Encode } from "#core/bytes";
import type { StatementFacts } from "#core/sql";
import { decodeBackend, encodeFrontend, type ExpectedKind, type TransactionStatus } from "#core/wire";
import type { RefusalError } from "./mark.ts";
import { failing } from "./own-messages.ts";
import { ONE_COMMAND } from "./refusals.ts";

export interface Like {
  readonly error: RefusalError;
  readonly facts: StatementFacts | null;
  readonly status: TransactionStatus;
}

/** Commands that find their relations by parse analysis; others by RangeVarGetRelid (namespace.c). */
const ANALYSED: ReadonlySet<string> = new Set(["select", "insert", "update", "delete", "merge"]);

const NO_UTF8 = Uint8Array.of(0xff);

export function failingLike(kind: ExpectedKind, nonce: string, like: Like): Uint8Array {
  const { native } = like.error;
  const text = native === null ? null : textLike(kind, nonce, native, like);
  if (text === null) return failing(kind, nonce);
  if (kind === "query") return encodeFrontend({ kind, text });
  if (kind === "parse") return encodeFrontend({ kind, statement: nonce, text, parameterTypes: [] });
  return failing(kind, nonce);
}

function textLike(
  kind: ExpectedKind,
  nonce: string,
  { message }: NonNullable<RefusalError["native"]>,
  { error, facts, status }: Like,
): Uint8Array | null {
  // Which line of namespace.c or parse_relation.c says so depends on it.
  const schema = message?.startsWith('relation "') === true && message.includes(".") ? "pg_catalog." : "";
  const name = `"${nonce}"`;
  const analysed = facts === null || ANALYSED.has(facts.kind);
  switch (sqlstate(error.bytes)) {
    case "22021":
      return NO_UTF8;
    case "25P02":
      return status === "E" ? utf8Encode("SELECT 1") : null;
    case "26000":
      return untilRun(kind, `EXECUTE ${name}`);
    case "34000":
      return untilRun(kind, `FETCH ${name}`);
    case "42601":
      return message === ONE_COMMAND.message ? utf8Encode("SELECT; SELECT") : null;
    case "42703":
      return utf8Encode(`SELECT ${name}`);
    case "42883":
      return utf8Encode(`SELECT ${name}()`);
    case "42P01":
      return analysed
        ? utf8Encode(`SELECT FROM ${schema}${name}`)
        : untilRun(kind, `COPY ${schema}${name} TO STDOUT`);
    default:
      return null;
  }
}

/** PostgreSQL does not look at these before they run: Parse would succeed. */
function untilRun(kind: ExpectedKind, text: string): Uint8Array | null {
  return kind === "query" ? utf8Encode(text) : null;
}

function sqlstate(bytes: Uint8Array): string | null {
  const message = decodeBackend({ code: bytes[0] ?? 0, bytes });
  return message.ok && message.value.kind === "error_response"
    ? (message.value.fields.get("C") ?? null)
    : null;
}
