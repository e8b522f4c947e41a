// `sluice request RELATION …` and `sluice grants`: access for a while, asked for and listed. A grant is the gateway's to give:
// the exit code says whether there is one.

import {
  GatewayFailure,
  listMember,
  member,
  PolicyGateway,
  printable,
  textMember,
} from "../policy/gateway.ts";
import { shorten, table } from "../policy/table.ts";
import { Refusal } from "../refusal.ts";
import { GRANTS_FLAGS, parseFlags, REQUEST_FLAGS, type Given } from "./flags.ts";
import { GRANTS_HELP, REQUEST_HELP } from "./help.ts";
import { limitWords, readLimits } from "./grant-limits.ts";
import { reached } from "./reached.ts";
import { EXIT, UsageError } from "./usage.ts";

const MOST_RELATIONS = 100;
/** How often a decision is asked after, with --wait: a person takes longer than that. */
const LOOK_EVERY_MS = 2_000;

/** Resolves with the exit code: 0, 1 or 2 as REQUEST_HELP says. */
export async function request(args: readonly string[], tell: (line: string) => void): Promise<number> {
  const given = parseFlags(REQUEST_FLAGS, args, process.env, MOST_RELATIONS);
  if (given.on("help")) return show(REQUEST_HELP);
  const target = given.text("target");
  const reason = given.text("reason");
  const duration = given.text("for");
  if (given.files.length === 0)
    throw new UsageError("Which relations? Write: sluice request public.orders …");
  if (target === null) throw new UsageError("Which target? Name it with --target NAME, or set SLUICE_TARGET");
  if (duration === null) throw new UsageError("For how long? Write --for 30min");
  if (reason === null) throw new UsageError('What for? Write --reason "…": who decides reads it');
  const kinds = (given.text("kind") ?? "select").split(",");
  if (kinds.some((kind) => kind === ""))
    throw new UsageError("Which kinds? Write --kind select,update: names with commas, and nothing else");
  const limits = readLimits(given.text("limits"));
  const json = { target, relations: given.files, kinds, duration, reason, ...limits };
  return withGateway(given, tell, async (gateway) => {
    let { body } = await gateway.call("/v1/grants", { method: "POST", json });
    const id = textMember(body, "id");
    if (given.on("wait") && textMember(body, "state") === "pending")
      tell(`waiting for a decision on ${printable(id)}`);
    while (given.on("wait") && textMember(body, "state") === "pending") {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      ({ body } = await gateway.call(`/v1/grants/${encodeURIComponent(id)}`));
    }
    process.stdout.write(`${described(body)}\n`);
    return textMember(body, "state") === "active" ? EXIT.done : EXIT.failed;
  });
}

/** Resolves with the exit code. */
export async function grants(args: readonly string[], tell: (line: string) => void): Promise<number> {
  const given = parseFlags(GRANTS_FLAGS, args, process.env);
  if (given.on("help")) return show(GRANTS_HELP);
  const query = new URLSearchParams();
  for (const name of ["target", "state"]) {
    const value = given.text(name);
    if (value !== null) query.set(name, value);
  }
  return withGateway(given, tell, async (gateway) => {
    const { body } = await gateway.call(`/v1/grants?${query.toString()}`);
    const rows = listMember(body, "data").map((grant) => [
      printable(textMember(grant, "id")),
      printable(textMember(grant, "state")),
      printable(textMember(member(grant, "requester"), "subject")),
      `${words(grant, "kinds")} on ${words(grant, "relations")}`,
      limitWords(member(grant, "limits")) || "-",
      printable(textMember(grant, "ends_at")) || "-",
      shorten(printable(textMember(grant, "reason"))),
    ]);
    const lines =
      rows.length === 0
        ? ["no grants"]
        : table([["id", "state", "who", "what", "at most", "until", "why"], ...rows]);
    process.stdout.write(lines.map((line) => `${line}\n`).join(""));
    return EXIT.done;
  });
}

function described(grant: unknown): string {
  const id = printable(textMember(grant, "id"));
  const state = printable(textMember(grant, "state"));
  const limits = limitWords(member(grant, "limits"));
  const what = `${words(grant, "kinds")} on ${words(grant, "relations")}${limits === "" ? "" : `, at most ${limits}`}`;
  if (state === "active") return `${id}: active until ${printable(textMember(grant, "ends_at"))}: ${what}`;
  if (state === "pending")
    return `${id}: asked for: ${what}. Somebody has to agree: sluice grants shows how it stands`;
  return `${id}: ${state}: ${what}`;
}

function words(grant: unknown, name: string): string {
  return listMember(grant, name)
    .filter((word) => typeof word === "string")
    .map(printable)
    .join(", ");
}

function show(text: string): number {
  process.stdout.write(text);
  return EXIT.done;
}

async function withGateway(
  given: Given,
  tell: (line: string) => void,
  use: (gateway: PolicyGateway) => Promise<number>,
): Promise<number> {
  const gateway = reached(given, tell, (url, plaintext, token) => new PolicyGateway(url, plaintext, token));
  try {
    return await use(gateway);
  } catch (fault) {
    if (fault instanceof GatewayFailure) throw new UsageError(fault.message);
    if (fault instanceof Refusal) throw new UsageError(`${fault.message}. ${fault.hint}`);
    throw fault;
  }
}
