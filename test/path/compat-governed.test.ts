// Under a governed document that allows the same, what comes through is still what PostgreSQL sends, but for what is listed
// here with its reason.

import { decodeBackend, encodeBackend, type Frame } from "#core/wire";
import { compatibility, type Difference } from "./compat-suite.ts";
import { withGoverned } from "./compat-governed.ts";

const ERROR = "E".charCodeAt(0);
const DATA_ROW = "D".charCodeAt(0);

/** Other fields in each error; an undefined one is not there. */
function errorWith(changes: Readonly<Record<string, string | undefined>>): Difference {
  return (direct) =>
    direct.map((frame) => {
      const message = frame.code === ERROR ? decodeBackend(frame) : null;
      if (message?.ok !== true || message.value.kind !== "error_response") return frame;
      const fields = new Map<string, string>();
      for (const [letter, text] of message.value.fields) {
        const changed = letter in changes ? changes[letter] : text;
        if (changed !== undefined) fields.set(letter, changed);
      }
      return framed(encodeBackend({ kind: "error_response", fields }));
    });
}

/** A setting of the session's that the policy sets. */
function shows(setting: string, value: string): Difference {
  return (direct) =>
    direct.map((frame) => {
      const message = frame.code === DATA_ROW ? decodeBackend(frame) : null;
      if (message?.ok !== true || message.value.kind !== "data_row") return frame;
      const [name, _, ...more] = message.value.values;
      if (Buffer.from(name ?? "").toString() !== setting) return frame;
      return framed(
        encodeBackend({ kind: "data_row", values: [Buffer.from(setting), Buffer.from(value), ...more] }),
      );
    });
}

function framed(bytes: Uint8Array): Frame {
  return { code: bytes[0] ?? 0, bytes };
}

const unplaced = errorWith({ F: undefined, L: undefined, R: undefined });

/** The gateway refuses it when it is executed, where nothing else can be sent that fails for the same reason. */
const unplacedWhenExecuted: Difference = (direct, protocol) =>
  protocol === "simple" ? direct : unplaced(direct, protocol);

const DIFFERENCES: Readonly<Record<string, Difference>> = {
  // limits.statement_time is PostgreSQL's statement_timeout as well.
  "SHOW all": shows("statement_timeout", "10min"),
  "EXECUTE by_id (7)": unplacedWhenExecuted,
  "COPY compat.not_there TO STDOUT": unplacedWhenExecuted,
  "extended COPY in that fails before its first byte": unplaced,
  // The gateway reads it first, and its own stack is the shallower.
  "ten thousand parameters": errorWith({ H: undefined, F: undefined, L: undefined, R: undefined }),
  // The same error; which bytes they are stays with the agent.
  "text that is no UTF-8": errorWith({ M: "the statement is not valid UTF-8" }),
};

const way = withGoverned();

compatibility({ url: () => way().postgres, differences: DIFFERENCES });
