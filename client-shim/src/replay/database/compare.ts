// The recorded answer to a statement against the one that came now, frame by frame, neither held as a whole. What is compared:
// columns, rows, copy data, tags, errors (SQLSTATE and message), parameter types, the state of the transaction. What is not:
// notices, settings and notifications, where in the text an error is, and numbers that every database gives out anew.

import { counted } from "../../policy/diagnostics.ts";
import type { Frame } from "../../postgres/frames.ts";
import {
  dataRow,
  parameterTypes,
  reportFields,
  rowDescription,
  textOf,
  type Field,
} from "../../postgres/replies.ts";
import { brief } from "../text.ts";
import type { RecordedStatement } from "../statement.ts";
import { ASIDE, type Answer } from "./answers.ts";
import type { Excepted } from "./except.ts";

/** Of types that the database itself brings the OIDs are the same everywhere (transam.h, FirstNormalObjectId). */
const FIRST_NORMAL_OID = 16_384;

/** Differences of one statement that are told; the others are counted. */
const TOLD = 5;

const IS_ROW: ReadonlySet<string> = new Set(["D", "d"]);

export class Differences {
  readonly told: string[] = [];
  count = 0;
  /** The gateway ended the response with an error of its own: up to there it is compared. */
  cutShort = false;
  /** Because of that the transaction failed, which goes on here. */
  leavesOpen = false;

  add(text: string): void {
    this.count++;
    if (this.told.length < TOLD) this.told.push(text);
  }
}

/** Takes all of `now`, whatever it finds. */
export async function compare(
  statement: RecordedStatement,
  recorded: AsyncGenerator<Frame>,
  now: AsyncGenerator<Answer>,
  excepted: Excepted,
): Promise<Differences> {
  const differences = new Differences();
  const comparison = new Comparison(differences, excepted, statement);
  const old = new Pulled(recorded);
  const came = new Pulled(now);
  for (;;) {
    const [was, is] = [await old.peek(), await came.peek()];
    if (was === null && is === null) break;
    if (is?.own === true) {
      if (is.code === "T") await comparison.described(rowDescription(is.body));
    } else if (was === null || is === null || was.code !== is.code) {
      if (was?.code === "E" && saidByGateway(was.body)) {
        differences.cutShort = true;
        old.drop();
        for (let left = is; left !== null && left.code !== "Z"; left = await came.peek()) came.drop();
        continue;
      }
      if (was !== null && IS_ROW.has(was.code)) {
        differences.add(`${counted(await old.count(was.code), "recorded row")} did not come`);
        continue;
      }
      if (is !== null && IS_ROW.has(is.code)) {
        differences.add(`${counted(await came.count(is.code), "row")} came beyond what was recorded`);
        continue;
      }
      differences.add(`recorded ${shown(was)}, now ${shown(is)}`);
      break;
    } else {
      await comparison.same(was, is);
      old.drop();
    }
    came.drop();
  }
  await old.rest();
  await came.rest();
  return differences;
}

/** Where the response is not in the record, its outcome is: tags and error. */
export async function compareOutcome(
  { commandTags, error }: RecordedStatement,
  now: AsyncGenerator<Answer>,
): Promise<Differences> {
  const differences = new Differences();
  let tags = 0;
  let failed = false;
  for await (const { code, body, own } of now) {
    if (own) continue;
    if (code === "C") {
      const [was, is] = [commandTags[tags++] ?? "nothing", textOf(body)];
      if (was !== is) differences.add(`tag: recorded ${brief(was)}, now ${brief(is)}`);
    }
    if (code !== "E") continue;
    failed = true;
    const is = reportFields(body);
    if (error === null || is.get("C") !== error.sqlstate)
      differences.add(
        `recorded ${error === null ? "no error" : `error ${error.sqlstate}`}, now ${reported(is)}`,
      );
  }
  if (error !== null && !failed) differences.add(`recorded error ${error.sqlstate}, now none`);
  return differences;
}

/** PostgreSQL names the routine of its own that reported an error; none of the gateway's errors has one. */
export function saidByGateway(error: Buffer): boolean {
  return !reportFields(error).has("R");
}

class Comparison {
  readonly #differences: Differences;
  readonly #excepted: Excepted;
  #fields: readonly Field[] = [];
  #volatile: readonly boolean[] = [];
  #row = 0;
  readonly #statement: RecordedStatement;

  constructor(differences: Differences, excepted: Excepted, statement: RecordedStatement) {
    this.#differences = differences;
    this.#excepted = excepted;
    this.#statement = statement;
  }

  async described(fields: readonly Field[]): Promise<void> {
    this.#fields = fields;
    this.#row = 0;
    this.#volatile = this.#excepted.any ? await this.#excepted.among(fields) : [];
  }

  /** Two frames of one code. */
  async same(was: Frame, is: Frame): Promise<void> {
    switch (is.code) {
      case "T": {
        const fields = rowDescription(is.body);
        await this.described(fields);
        return this.#differ("columns", rowDescription(was.body).map(columnOf), fields.map(columnOf));
      }
      case "t":
        return this.#differ(
          "parameter types",
          parameterTypes(was.body).map(known),
          parameterTypes(is.body).map(known),
        );
      case "D":
        this.#row++;
        return was.body.equals(is.body) ? undefined : this.#values(dataRow(was.body), dataRow(is.body));
      case "d":
        this.#row++;
        if (!was.body.equals(is.body))
          this.#differences.add(
            `copied row ${this.#row}: recorded ${value(was.body, 0)}, now ${value(is.body, 0)}`,
          );
        return;
      case "E":
        return this.#errors(reportFields(was.body), reportFields(is.body));
      case "C":
        this.#row = 0;
        return this.#differ("tag", [textOf(was.body)], [textOf(is.body)]);
      case "Z":
        if (
          this.#differences.cutShort &&
          status(was.body) === STATUS["E"] &&
          status(is.body) === STATUS["T"]
        ) {
          this.#differences.leavesOpen = true;
          return;
        }
        return this.#differ("transaction", [status(was.body)], [status(is.body)]);
      default:
        if (!was.body.equals(is.body))
          this.#differences.add(`${shown(is)} has another content than was recorded`);
    }
  }

  #differ(what: string, was: readonly string[], is: readonly string[]): void {
    const [old, now] = [was.join(", "), is.join(", ")];
    if (old !== now) this.#differences.add(`${what}: recorded ${brief(old, 120)}, now ${brief(now, 120)}`);
  }

  #errors(was: ReadonlyMap<string, string>, is: ReadonlyMap<string, string>): void {
    // The words of what touches masked columns are not PostgreSQL's own any more.
    const sameWords = this.#statement.masked.size > 0 || fits(was.get("M") ?? "", is.get("M") ?? "");
    if (was.get("C") !== is.get("C") || !sameWords) this.#differ("error", [reported(was)], [reported(is)]);
  }

  #values(was: readonly (Buffer | null)[], is: readonly (Buffer | null)[]): void {
    if (was.length !== is.length)
      return this.#differences.add(`row ${this.#row}: recorded ${was.length} values, now ${is.length}`);
    for (const [i, old] of was.entries()) {
      const now = is[i] ?? null;
      if (this.#volatile[i] === true || this.#statement.masked.has(i)) continue;
      if (old === null ? now === null : now !== null && old.equals(now)) continue;
      const field = this.#fields[i];
      const name = field === undefined ? String(i + 1) : brief(field.name);
      const { resultFormats } = this.#statement;
      // For rows that nothing describes: one format for all columns, or one each.
      const undescribed = resultFormats.length === 1 ? resultFormats[0] : resultFormats[i];
      const format = field?.format ?? undescribed ?? 0;
      this.#differences.add(
        `row ${this.#row}, column ${name}: recorded ${value(old, format)}, now ${value(now, format)}`,
      );
    }
  }
}

/** A mask leaves "…" where a value stood. */
function fits(recorded: string, message: string): boolean {
  if (recorded === message || !recorded.includes("…")) return recorded === message;
  const [first = "", ...rest] = recorded.split("…");
  if (!message.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = message.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at === message.length || recorded.endsWith("…");
}

/** The next frame, looked at before it is taken; what comes aside is left out. */
class Pulled<F extends Frame> {
  readonly #frames: AsyncGenerator<F>;
  #next: F | null | undefined;

  constructor(frames: AsyncGenerator<F>) {
    this.#frames = frames;
  }

  async peek(): Promise<F | null> {
    while (this.#next === undefined) {
      const { done, value: frame } = await this.#frames.next();
      if (done === true) this.#next = null;
      else if (!ASIDE.has(frame.code)) this.#next = frame;
    }
    return this.#next;
  }

  drop(): void {
    if (this.#next !== null) this.#next = undefined;
  }

  /** Takes those of this code that come now. */
  async count(code: string): Promise<number> {
    let count = 0;
    for (let frame = await this.peek(); frame?.code === code; frame = await this.peek()) {
      count++;
      this.drop();
    }
    return count;
  }

  async rest(): Promise<void> {
    while ((await this.peek()) !== null) this.drop();
  }
}

function columnOf({ name, typeOid, typeModifier, format }: Field): string {
  return `${name} ${known(typeOid)}${typeModifier === -1 ? "" : `(${typeModifier})`}${format === 1 ? " binary" : ""}`;
}

function known(oid: number): string {
  return oid < FIRST_NORMAL_OID ? `type ${oid}` : "its own type";
}

function value(bytes: Buffer | null, format: number): string {
  if (bytes === null) return "NULL";
  return format === 1
    ? brief(`\\x${bytes.subarray(0, 64).toString("hex")}`)
    : `"${brief(bytes.toString("utf8"))}"`;
}

function reported(fields: ReadonlyMap<string, string>): string {
  return `${fields.get("C") ?? "?"} ${fields.get("M") ?? ""}`;
}

const STATUS: Readonly<Record<string, string>> = { I: "none", T: "open", E: "failed" };

function status(body: Buffer): string {
  return STATUS[body.toString("latin1")] ?? "?";
}

const NAMES: Readonly<Record<string, string>> = {
  "1": "a parsed statement",
  "2": "a bound portal",
  "3": "a closed name",
  n: "no columns",
  T: "columns",
  t: "parameter types",
  I: "an empty query",
  s: "a suspended portal",
  V: "a function's result",
  G: "a copy that asks for data",
  H: "a copy that gives data",
  W: "a copy both ways",
  c: "the end of a copy",
};

/** A frame in a few words. */
function shown(frame: Frame | null): string {
  if (frame === null) return "nothing";
  switch (frame.code) {
    case "E":
      return `error ${brief(reported(reportFields(frame.body)), 120)}`;
    case "C":
      return brief(textOf(frame.body));
    case "Z":
      return `the end of it, transaction ${status(frame.body)}`;
    default:
      return NAMES[frame.code] ?? `a message ${JSON.stringify(frame.code)}`;
  }
}
