// What a response holds beside its results: notices, notifications, parameters that changed, the error. Pure.
// They come between rows and are told after them, so they wait in memory: only so many of each, the rest is counted.

import type { BackendMessage, Fields } from "#core/wire";

/** PostgreSQL sends as many notices as a function raises; what is not shown here is in the wire format. */
const ASIDE_MAX = 1000;

export class Aside {
  readonly #notices: object[] = [];
  readonly #notifications: object[] = [];
  readonly #parameterStatus: object[] = [];
  #omitted = 0;
  #parameterTypes: readonly number[] | null = null;
  #error: object | null = null;
  #transactionStatus: string | null = null;

  take(message: BackendMessage): void {
    switch (message.kind) {
      case "notice_response":
        return this.#keep(this.#notices, report(message.fields));
      case "notification_response":
        return this.#keep(this.#notifications, {
          channel: message.channel,
          payload: message.payload,
          process_id: message.processId,
        });
      case "parameter_status":
        return this.#keep(this.#parameterStatus, { name: message.name, value: message.value });
      case "parameter_description":
        this.#parameterTypes = message.types;
        return;
      case "error_response":
        this.#error = report(message.fields);
        return;
      case "ready_for_query":
        this.#transactionStatus = message.status;
        return;
      default:
        // ParseComplete and its like say nothing that the outcome does not.
        return;
    }
  }

  /** The members of the object, without its braces. */
  json(fault: string | null): string {
    const members = {
      notices: this.#notices,
      notifications: this.#notifications,
      parameter_status: this.#parameterStatus,
      omitted: this.#omitted,
      parameter_types: this.#parameterTypes,
      error: this.#error,
      transaction_status: this.#transactionStatus,
      fault,
    };
    return JSON.stringify(members).slice(1, -1);
  }

  #keep(list: object[], item: object): void {
    if (list.length < ASIDE_MAX) list.push(item);
    else this.#omitted++;
  }
}

/** "Error and Notice Message Fields": the letter of each, and its name here. */
const FIELD_NAMES = {
  V: "severity",
  C: "sqlstate",
  M: "message",
  D: "detail",
  H: "hint",
  P: "position",
  p: "internal_position",
  q: "internal_query",
  W: "where",
  s: "schema",
  t: "table",
  c: "column",
  d: "data_type",
  n: "constraint",
  F: "file",
  L: "line",
  R: "routine",
} as const;

function report(fields: Fields): object {
  const severity = fields.get("V") ?? fields.get("S");
  const named = Object.entries(FIELD_NAMES).flatMap(([letter, name]) => {
    const value = letter === "V" ? severity : fields.get(letter);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(named);
}
