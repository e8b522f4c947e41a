// Reads the var SHARDS: which D1 databases hold sessions beside the first, and which of all take new ones. Pure: names only,
// the databases behind them are shards.ts's.

import * as v from "valibot";
import { err, ok, type Result } from "../../core/result.ts";

/** The binding of the first shard. What is of no session (policies) is there, whatever SHARDS says. */
export const FIRST_SHARD = "LEDGER";

export interface ShardConfig {
  /** Of its binding: that is what is written down for a session, so a binding keeps its name for as long as it holds any. */
  readonly name: string;
  /** Takes new sessions. One that does not is read, and its sessions that are under way go on there. */
  readonly open: boolean;
  /** Takes new sessions of these targets alone; null: of those that no open shard names. */
  readonly targets: readonly string[] | null;
}

const Entry = v.strictObject({
  open: v.optional(v.boolean(), true),
  targets: v.optional(v.pipe(v.array(v.pipe(v.string(), v.minLength(1))), v.minLength(1))),
});

const BINDING = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

const SHAPE = 'write {"LEDGER": {"open": false}, "RECORD_1": {}, "RECORD_2": {"targets": ["shop"]}}';

/** Each is asked by every list and search, and a request may make a thousand subrequests at most. */
const MOST_SHARDS = 32;

/** The first shard first, the others in the order of SHARDS. Without SHARDS there is the first alone, open. */
export function parseShards(text: string | undefined): Result<readonly ShardConfig[], string> {
  if (text === undefined || text.trim() === "") return ok([FIRST]);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err(`SHARDS is not JSON: ${SHAPE}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return err(`SHARDS is not an object: ${SHAPE}`);
  const found = new Map<string, ShardConfig>([[FIRST_SHARD, FIRST]]);
  for (const [name, entry] of Object.entries(value)) {
    if (!BINDING.test(name)) return err(`SHARDS: a name has to be that of a D1 binding: ${SHAPE}`);
    const parsed = v.safeParse(Entry, entry);
    if (!parsed.success) return err(`SHARDS: ${name} is not understood: ${SHAPE}`);
    const { open, targets = null } = parsed.output;
    found.set(name, { name, open, targets });
  }
  if (found.size > MOST_SHARDS) return err(`SHARDS: there may be ${String(MOST_SHARDS)} shards at most`);
  const shards = [...found.values()];
  // Else a target that nobody thought of would have sessions refused one day.
  if (!shards.some(({ open, targets }) => open && targets === null))
    return err('SHARDS: one shard has to be open and without "targets", for the targets that none names');
  return ok(shards);
}

const FIRST: ShardConfig = { name: FIRST_SHARD, open: true, targets: null };

/**
 * Where a new session goes: of the open shards that name its target, else of those that name none, one by the session's id,
 * whose digits are of a MAC and so spread evenly. Asked once, at the start: what it says is written down (journal), and
 * stands for the session's life, whatever becomes of SHARDS.
 */
export function placeSession<S extends ShardConfig>(
  shards: readonly S[],
  target: string,
  sessionId: string,
): S {
  const open = shards.filter((shard) => shard.open);
  const named = open.filter(({ targets }) => targets?.includes(target) === true);
  const among = named.length > 0 ? named : open.filter(({ targets }) => targets === null);
  const chosen = among[Number.parseInt(sessionId.slice(0, 8), 16) % among.length];
  if (chosen === undefined) throw new Error("SHARDS has an open shard for every target (parseShards)");
  return chosen;
}
