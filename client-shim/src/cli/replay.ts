// `sluice replay SESSION`: flags to one of the two replays, in the terminal or against a database, their end to an exit code.

import { once } from "node:events";
import { GatewayFailure, textMember } from "../policy/gateway.ts";
import { readAddress } from "../postgres/address.ts";
import { Database, DatabaseFailure } from "../postgres/database.ts";
import { ProtocolError } from "../postgres/frames.ts";
import { Refusal } from "../refusal.ts";
import { Excepted, readExcept } from "../replay/database/except.ts";
import { DatabaseReplay } from "../replay/database/replay.ts";
import { differenceLines, summaryLines } from "../replay/database/report.ts";
import { RecordGateway } from "../replay/gateway.ts";
import { SessionRecord } from "../replay/record.ts";
import { Asciicast, ASCIICAST_COLUMNS } from "../replay/terminal/asciicast.ts";
import { follow } from "../replay/terminal/follow.ts";
import { coloured, plain } from "../replay/terminal/paint.ts";
import { Show } from "../replay/terminal/show.ts";
import { parseFlags, REPLAY_FLAGS, type Given } from "./flags.ts";
import { REPLAY_HELP } from "./help.ts";
import { reached } from "./reached.ts";
import { EXIT, UsageError } from "./usage.ts";

/** Resolves with the exit code: 0, 1 or 2 as REPLAY_HELP says. */
export async function replay(args: readonly string[], tell: (line: string) => void): Promise<number> {
  const given = parseFlags(REPLAY_FLAGS, args, process.env, 1);
  if (given.on("help")) {
    process.stdout.write(REPLAY_HELP);
    return EXIT.done;
  }
  const [session] = given.files;
  if (session === undefined)
    throw new UsageError("Which session? Write: sluice replay SESSION. See sluice replay --help");
  if (!/^[0-9a-f]{32}$/.test(session))
    throw new UsageError("SESSION has to be the id of a session, 32 hexadecimal digits");
  const gateway = reached(given, tell, (url, plaintext, token) => new RecordGateway(url, plaintext, token));
  const to = given.text("to");
  try {
    return to === null
      ? await shown(given, gateway, session)
      : await againstDatabase(given, gateway, session, to);
  } catch (fault) {
    // Not a word on the session: whoever asked in a script must not take it for one.
    if (fault instanceof Refusal) throw new UsageError(`${fault.message}. ${fault.hint}`);
    if (fault instanceof ProtocolError) throw new UsageError(`The record holds ${fault.message}`);
    if (fault instanceof GatewayFailure || fault instanceof DatabaseFailure)
      throw new UsageError(fault.message);
    throw fault;
  }
}

/** To the end of the session; a reader that leaves ends it too. */
async function shown(given: Given, gateway: RecordGateway, session: string): Promise<number> {
  if (given.text("except") !== null) throw new UsageError("--except goes with --to");
  const speed = given.text("speed") ?? "1";
  const factor = speed === "max" ? Number.POSITIVE_INFINITY : Number(speed);
  if (!/^(?:max|\d{1,4}(?:\.\d{1,3})?)$/.test(speed) || factor < 0.01 || (speed !== "max" && factor > 1000))
    throw new UsageError("--speed has to be a number from 0.01 to 1000, or max");
  const rows = given.text("rows") ?? "100";
  if (!/^\d{1,6}$/.test(rows)) throw new UsageError("--rows has to be a number of rows");
  const format = given.text("format") ?? "text";
  if (format !== "text" && format !== "asciicast")
    throw new UsageError("--format has to be text or asciicast");
  const cast = format === "asciicast" ? new Asciicast(factor) : null;
  const { stdout } = process;
  const colours = cast !== null || (stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "");
  const show = new Show({
    paint: colours ? coloured : plain,
    columns: cast === null && stdout.isTTY ? stdout.columns : ASCIICAST_COLUMNS,
    rows: Number(rows),
  });
  // `| head`: nobody reads on.
  stdout.once("error", () => process.exit(EXIT.done));
  // A recording has the times in it: nothing has to be waited for.
  const played = follow(gateway, session, { speed: cast === null ? speed : "max", from: fromOf(given) });
  for await (const event of played) {
    const at = Date.parse(textMember(event.data, "at"));
    const lines = show.lines(event);
    if (event.kind === "session_started" && cast !== null) await write(cast.head(session, at));
    if (lines.length > 0) await write(cast?.output(lines, at) ?? lines.map((line) => `${line}\n`).join(""));
  }
  return EXIT.done;
}

/** Resolves when there is room for more. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
}

const ONLY_SHOWN = ["speed", "format", "rows"] as const;

async function againstDatabase(
  given: Given,
  gateway: RecordGateway,
  session: string,
  to: string,
): Promise<number> {
  const stray = ONLY_SHOWN.find((flag) => given.text(flag) !== null);
  if (stray !== undefined) throw new UsageError(`--${stray} does not go with --to`);
  const address = usable(() => readAddress(to, process.env));
  const list = given.text("except");
  const columns = list === null ? [] : readExcept(list);
  if (columns === null)
    throw new UsageError("--except has to be columns with commas between, like created_at,orders.id");
  const record = await SessionRecord.open(gateway, session);
  const database = await Database.connect(address, new Map([["application_name", record.applicationName]]));
  const excepted = new Excepted(columns, address);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  try {
    const replayed = new DatabaseReplay({
      record,
      database,
      excepted,
      differs: (statement, differences) => differenceLines(statement, differences).forEach(say),
    });
    const tally = await replayed.run(fromOf(given));
    summaryLines(session, tally).forEach(say);
    return tally.differing === 0 && tally.lostAt === null ? EXIT.done : EXIT.failed;
  } finally {
    await excepted.end();
    await database.end();
  }
}

function fromOf(given: Given): number {
  const from = given.text("from") ?? "1";
  if (!/^[1-9]\d{0,8}$/.test(from))
    throw new UsageError("--from has to be the number of a statement, from 1");
  return Number(from);
}

function usable<T>(read: () => T): T {
  try {
    return read();
  } catch (fault) {
    throw new UsageError(fault instanceof Error ? fault.message : "The flags are wrong");
  }
}
