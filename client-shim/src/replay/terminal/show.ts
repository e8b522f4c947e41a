// One event of a replay as lines for people: the statement and its parameters, then what came of it: rows, copy data, notices,
// errors, how long it took. Pure. All of it is hostile text, and made harmless where it is put into a line.

import { listMember, member, numberMember, textMember } from "../../policy/gateway.ts";
import { readRedactions } from "../statement.ts";
import { brief, visible } from "../text.ts";
import type { ReplayEvent } from "./events.ts";
import type { Paint } from "./paint.ts";
import { highlighted } from "./sql.ts";
import { table, type Cell } from "./table.ts";

export interface ShowOptions {
  readonly paint: Paint;
  /** Columns of the terminal. */
  readonly columns: number;
  /** Rows of each result that are shown. */
  readonly rows: number;
}

/** Of a statement's text; the whole may be 32 MiB. */
const STATEMENT_CHARACTERS = 20_000;
const MOST_PARAMETERS = 50;
const VALUE_CHARACTERS = 200;
const MARGIN = "    ";

/** int8, int2, int4, oid, float4, float8, numeric. */
const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 26, 700, 701, 1700]);

export class Show {
  readonly #options: ShowOptions;
  #startedAt: number | null = null;
  /** The statement that was told last: what follows is taken for its. */
  #last = 0;

  constructor(options: ShowOptions) {
    this.#options = options;
  }

  lines({ kind, data, cut }: ReplayEvent): readonly string[] {
    switch (kind) {
      case "session_started":
        return this.#started(member(data, "session"));
      case "statement":
        return this.#statement(member(data, "statement"), textMember(data, "at"));
      case "outcome":
        return this.#outcome(data, cut);
      case "asynchronous":
        return this.#beside(member(data, "event"), textMember(data, "at"));
      case "session_ended":
        return this.#ended(member(data, "session"), textMember(data, "at"));
      default:
        return [];
    }
  }

  #started(session: unknown): readonly string[] {
    const { paint } = this.#options;
    this.#startedAt = Date.parse(textMember(session, "started_at"));
    const application = textMember(session, "application_name");
    return [
      paint("bold", `session ${brief(textMember(session, "id"))}`),
      `${brief(textMember(session, "subject"))} on ${brief(textMember(session, "target"))}` +
        `${application === "" ? "" : ` with ${brief(application)}`}, ` +
        `policy ${brief(textMember(session, "policy_version"))}, ${brief(textMember(session, "started_at"))}`,
    ];
  }

  #ended(session: unknown, at: string): readonly string[] {
    const detail = textMember(session, "end_detail");
    const reason = brief(textMember(session, "end_reason").replaceAll("_", " "));
    return [
      "",
      this.#options.paint(
        "bold",
        `ended ${this.#since(at)}: ${reason}${detail === "" ? "" : `: ${brief(detail, 200)}`}`,
      ),
    ];
  }

  #statement(statement: unknown, at: string): readonly string[] {
    const { paint } = this.#options;
    const decision = member(statement, "decision");
    const effect = textMember(decision, "effect");
    this.#last = numberMember(statement, "seq");
    const decided =
      effect === "allow" ? "" : `  ${brief(effect)}, rule ${brief(textMember(decision, "rule"))}`;
    return [
      "",
      paint("bold", `#${numberMember(statement, "seq")}`) +
        paint("dim", `  ${this.#since(at)}`) +
        paint("yellow", decided),
      ...this.#text(statement),
      ...this.#parameters(statement),
      ...this.#redactions(statement),
    ];
  }

  #text(statement: unknown): readonly string[] {
    const text = textMember(statement, "statement");
    const sql =
      textMember(statement, "statement_encoding") === "base64"
        ? Buffer.from(text, "base64").toString()
        : text;
    const lines = highlighted(sql.slice(0, STATEMENT_CHARACTERS).trim(), this.#options.paint);
    const more = sql.length - STATEMENT_CHARACTERS;
    return [...lines, ...(more > 0 ? [`… (${more} more characters)`] : [])].map((line) => MARGIN + line);
  }

  #parameters(statement: unknown): readonly string[] {
    const { paint } = this.#options;
    const parameters = listMember(statement, "parameters");
    const lines = parameters.slice(0, MOST_PARAMETERS).map((one, i) => {
      const value = member(one, "value");
      const binary = textMember(one, "format") === "binary" || textMember(one, "encoding") === "base64";
      const shown =
        typeof value !== "string"
          ? "NULL"
          : binary
            ? `\\x${Buffer.from(value.slice(0, VALUE_CHARACTERS * 2), "base64").toString("hex")}`
            : `'${value}'`;
      return `${MARGIN}${paint("yellow", `$${i + 1}`)} = ${brief(shown, VALUE_CHARACTERS)}`;
    });
    const more = parameters.length - lines.length;
    return more > 0 ? [...lines, `${MARGIN}… (${more} more parameters)`] : lines;
  }

  #redactions(statement: unknown): readonly string[] {
    const gone = readRedactions(member(statement, "redactions"));
    return gone === null ? [] : [MARGIN + this.#options.paint("dim", `redacted, not in the record: ${gone}`)];
  }

  #outcome(outcome: unknown, cut: boolean): readonly string[] {
    const { paint } = this.#options;
    const response = member(outcome, "response");
    const results = listMember(response, "results");
    const tags = listMember(outcome, "command_tags").map((tag) => brief(String(tag)));
    const took = member(outcome, "duration_ms");
    const state = textMember(outcome, "outcome");
    const told = [
      ...(state === "completed" || state === "failed" ? [] : [state]),
      ...(tags.length > 5 ? [...tags.slice(0, 5), `… (${tags.length} in all)`] : tags),
      ...(typeof took === "number" ? [`${took} ms`] : []),
    ];
    const seq = numberMember(outcome, "seq");
    const apart = seq === this.#last ? [] : ["", paint("dim", `to #${seq}:`)];
    const masked = listMember(outcome, "masked_columns").length;
    this.#last = seq;
    return [
      ...apart,
      ...listMember(response, "notices").flatMap((notice) => this.#report(notice, "yellow")),
      ...results.flatMap((result) => this.#result(result)),
      ...(cut ? [paint("yellow", "… the response is larger than what is shown here")] : []),
      ...(member(outcome, "response_recorded") === false
        ? [
            paint(
              "dim",
              member(outcome, "recorded") === "truncated"
                ? "the record has the beginning of the response"
                : "the response is not recorded",
            ),
          ]
        : []),
      ...(masked > 0
        ? [paint("dim", `masked by the policy: ${masked} ${masked === 1 ? "column" : "columns"}`)]
        : []),
      ...this.#error(outcome, response),
      paint("dim", `#${seq}  ${told.join(" · ")}`),
    ];
  }

  #error(outcome: unknown, response: unknown): readonly string[] {
    const whole = member(response, "error") ?? member(outcome, "error");
    return whole === null || whole === undefined ? [] : this.#report(whole, "red");
  }

  #report(report: unknown, style: "red" | "yellow"): readonly string[] {
    const { paint } = this.#options;
    const said = (name: string): string => brief(textMember(report, name), 1_000);
    return [
      paint(style, `${said("severity")}: ${said("message")} (${said("sqlstate")})`),
      ...(["detail", "hint", "where"] as const)
        .filter((name) => textMember(report, name) !== "")
        .map((name) => paint("dim", `${name.toUpperCase()}: ${said(name)}`)),
    ];
  }

  #result(result: unknown): readonly string[] {
    const { paint, columns: width, rows: most } = this.#options;
    const copy = member(result, "copy");
    if (typeof copy === "object" && copy !== null) return this.#copy(copy, numberMember(result, "row_count"));
    const columns = listMember(result, "columns").map((column, i) => ({
      name: textMember(column, "name") || `column ${i + 1}`,
      right: NUMBERS.has(numberMember(column, "type_oid")) && textMember(column, "format") === "text",
    }));
    if (columns.length === 0) return [];
    const rows = listMember(result, "rows");
    const shown = rows.slice(0, most).map((row) => (Array.isArray(row) ? row.map(toCell) : []));
    return [...table(columns, shown, width, paint), paint("dim", counted(rows.length, shown.length))];
  }

  #copy(copy: object, count: number): readonly string[] {
    const { columns: width, rows: most } = this.#options;
    const data = listMember(copy, "data");
    const lines = data.slice(0, most).map((one) => brief(toCell(one).text ?? "", width));
    return lines.length === 0
      ? []
      : [...lines, this.#options.paint("dim", counted(count || data.length, lines.length))];
  }

  #beside(event: unknown, at: string): readonly string[] {
    const { paint } = this.#options;
    const message = member(event, "message");
    const kind = textMember(event, "kind");
    const head = paint("dim", `*  ${this.#since(at)}`);
    if (kind !== "asynchronous_message")
      return ["", `${head}  ${brief(kind.replaceAll("_", " "))} ${brief(textMember(event, "detail"))}`];
    return [
      "",
      ...listMember(message, "notices").flatMap((notice) => [head].concat(this.#report(notice, "yellow"))),
      ...listMember(message, "notifications").map(
        (one) =>
          `${head}  notification ${brief(textMember(one, "channel"))}: ${brief(textMember(one, "payload"), 200)}`,
      ),
      ...listMember(message, "parameter_status").map(
        (one) => `${head}  ${brief(textMember(one, "name"))} is ${brief(textMember(one, "value"))}`,
      ),
      ...this.#error(null, message),
    ];
  }

  /** Since the session's start. */
  #since(at: string): string {
    const time = Date.parse(at);
    if (Number.isNaN(time) || this.#startedAt === null) return visible(at);
    return `+${((time - this.#startedAt) / 1000).toFixed(3)} s`;
  }
}

function toCell(value: unknown): Cell {
  if (typeof value === "string") return { text: value };
  if (value === null || value === undefined) return { text: null };
  // Text that is not UTF-8: its bytes.
  return { text: `\\x${Buffer.from(textMember(value, "base64"), "base64").toString("hex")}` };
}

function counted(rows: number, shown: number): string {
  const all = `${rows} ${rows === 1 ? "row" : "rows"}`;
  return shown < rows ? `(${all}, ${shown} shown)` : `(${all})`;
}
