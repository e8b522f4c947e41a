// Refusals and limits as the ErrorResponse that the agent gets. Texts carry no values.

import type { GrantUse, RefusalText } from "#core/policy";
import { decodeBackend, encodeBackend, errorResponse } from "#core/wire";
import type { RefusalError } from "./mark.ts";

/** `native`: PostgreSQL would say the same. */
export function refusalOf(text: RefusalText, position: number | null, native: boolean): RefusalError {
  return {
    bytes: refusalError(text, position),
    native: native ? { message: text.message, position } : null,
  };
}

/** An error of PostgreSQL's to a question of ours, without what it says of the question. */
export function withoutQuestion(error: Uint8Array): Uint8Array {
  const message = decodeBackend({ code: error[0] ?? 0, bytes: error });
  if (!message.ok || message.value.kind !== "error_response") return error;
  const fields = new Map([...message.value.fields].filter(([letter]) => !"PpqW".includes(letter)));
  return encodeBackend({ kind: "error_response", fields });
}

export function refusalError(text: RefusalText, position: number | null = null): Uint8Array {
  return errorResponse({
    severity: "ERROR",
    sqlstate: text.sqlstate,
    message: text.message,
    ...(text.detail === "" ? {} : { detail: text.detail }),
    ...(text.hint === "" ? {} : { hint: text.hint }),
    ...(position === null ? {} : { position }),
  });
}

/** A limit of the policy that a statement passed. `rule` is the field of the document. */
export function limitError(
  limit: string,
  message: string,
  hint: string,
  version: string,
  sqlstate = "54000",
): Uint8Array {
  return refusalError({
    sqlstate,
    message,
    detail: `rule "limits.${limit}" of policy version ${version}`,
    hint,
  });
}

/** Past a limit of a grant, which has a name among its limits. */
export function grantError(
  { id }: Pick<GrantUse, "id">,
  limit: string,
  message: string,
  hint: string,
  sqlstate = "54000",
): Uint8Array {
  return refusalError({ sqlstate, message, detail: `limit "${limit}" of grant ${id}`, hint });
}

/** What the record's ceiling is told by, where the policy ends what passes it. */
export function ceilingError(passed: "statement" | "session", bytes: number, version: string): Uint8Array {
  const { rule, ...text } =
    passed === "session"
      ? recordFull(bytes)
      : {
          rule: RECORD_CEILING,
          sqlstate: "54000",
          message: `the result is larger than ${bytes} bytes, the most that the record takes of a statement`,
          hint: "Ask for fewer rows or shorter columns, or for the result in parts by several statements.",
        };
  return refusalError({ ...text, detail: `rule "${rule}" of policy version ${version}` });
}

const RECORD_CEILING = "record.ceiling";

export function recordFull(bytes: number): { readonly rule: string } & Omit<RefusalText, "detail"> {
  return {
    rule: RECORD_CEILING,
    sqlstate: "54000",
    message: `the session returned more than ${bytes} bytes, the most that the record takes of a session`,
    hint: "Connect again to go on, and ask for fewer rows.",
  };
}

/** What is masked of a response cannot be, or not as it was begun. `rule` is ours. */
export function maskError(
  { rule, ...text }: { readonly rule: string } & Omit<RefusalText, "detail">,
  version: string,
): Uint8Array {
  return refusalError({ ...text, detail: `rule "${rule}" of policy version ${version}` });
}

export const UNMASKABLE = {
  rule: "mask.response",
  sqlstate: "0A000",
  message: "the response cannot be masked as the policy asks, and is not shown",
  hint: "Name the columns in a plain SELECT, and read COPY with its usual options.",
};

export const MASKS_CHANGED = {
  rule: "mask.changed",
  sqlstate: "42501",
  message: "the policy now masks what this statement reads",
  hint: "Send the statement again: its response will be masked.",
};

// postgres.c, exec_simple_query and exec_parse_message, in their words.
export const TRANSACTION_ABORTED = {
  sqlstate: "25P02",
  message: "current transaction is aborted, commands ignored until end of transaction block",
  hint: "",
};

export const NOT_UTF8 = {
  sqlstate: "22021",
  message: "the statement is not valid UTF-8",
  hint: 'Send statements in client_encoding "UTF8".',
};

export const ONE_COMMAND = {
  sqlstate: "42601",
  message: "cannot insert multiple commands into a prepared statement",
  hint: "",
};

export function noSuchStatement(name: string): { sqlstate: string; message: string; hint: string } {
  const message =
    name === "" ? "unnamed prepared statement does not exist" : `prepared statement "${name}" does not exist`;
  return { sqlstate: "26000", message, hint: "" };
}

export function noSuchPortal(name: string): { sqlstate: string; message: string; hint: string } {
  return { sqlstate: "34000", message: `portal "${name}" does not exist`, hint: "" };
}

export const BATCH_IS_OPEN = {
  sqlstate: "0A000",
  message:
    "a Query message inside of a batch of the extended protocol can only hold one statement that no limit applies to",
  hint: "Send a Sync before it.",
};

export const CALL_IS_COUNTED = {
  sqlstate: "0A000",
  message:
    "a function that may change rows cannot be called by a FunctionCall message: the rows would not be counted",
  hint: "Call it with SELECT.",
};

export const TOO_MANY_NAMES = {
  sqlstate: "0A000",
  message: "the statement's names could not be resolved",
  hint: "Send a simpler statement, or the parts of it one at a time.",
};
