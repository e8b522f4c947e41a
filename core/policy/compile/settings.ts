// SET, RESET and set_config against what is common, fixed, dangerous and named; and times that a limit of the document bounds.

import type { SettingChange, StatementFacts } from "#core/sql";
import {
  COMMON_SETTINGS,
  DANGEROUS_SETTINGS,
  FIXED_SETTINGS,
  isOn,
  READ_ONLY_SETTINGS,
  settingMs,
} from "../builtin/settings.ts";
import { globMatches } from "../document/patterns.ts";
import { formatDuration } from "../document/units.ts";
import type { Layers } from "./layers.ts";
import { UNKNOWN_SETTING } from "./seen.ts";
import type { Objection } from "./verdict.ts";
import { wordSetting } from "./words.ts";

export class SettingRules {
  readonly #layers: Layers;
  readonly #bounds: ReadonlyMap<string, number>;

  constructor(layers: Layers) {
    this.#layers = layers;
    const { statementTimeMs, idleTimeMs } = layers.limits;
    const bounds = [
      ["statement_timeout", statementTimeMs],
      ["idle_in_transaction_session_timeout", idleTimeMs],
      ["idle_session_timeout", idleTimeMs],
    ] as const;
    this.#bounds = new Map(bounds.flatMap(([name, ms]) => (ms === null ? [] : [[name, ms] as const])));
  }

  /** What no rule can allow. */
  denied(change: SettingChange): Objection | null {
    const { name, value, constant } = change;
    const { denySet, fixedRole, profile, safeguards } = this.#layers;
    const say = (rule: string, hint: string): Objection => ({ rule, words: wordSetting(change), hint });
    const resets = value === null && constant;
    // RESET ROLE goes back to the role that the session began with.
    if (fixedRole && (name === "session_authorization" || (name === "role" && !resets)))
      return say("identity.role", name === "role" || !resets ? STAYS : DISCARDS);
    if (name !== "*" && denySet.some((glob) => name === UNKNOWN_SETTING || globMatches(glob, name)))
      return say("settings.deny", `Leave ${name} as it is; no rule allows it.`);
    if (profile === "read-only" && READ_ONLY_SETTINGS.has(name) && (value === null || !isOn(value)))
      return say("read_only", "This policy is read-only and cannot be left.");
    const fixed = FIXED_SETTINGS.get(name);
    if (safeguards === "none") return null;
    if (fixed !== undefined && !resets && (value === null || !fixed(value)))
      return say("safeguards.settings", `Leave ${name} as it is: the gateway reads statements by it.`);
    if (name === UNKNOWN_SETTING)
      return say("safeguards.settings", "Write the name of the setting as a constant.");
    return null;
  }

  objection(change: SettingChange, facts: StatementFacts): Objection | null {
    const { name, value, constant } = change;
    const { set, safeguards } = this.#layers;
    const say = (rule: string, hint: string): Objection => ({ rule, words: wordSetting(change), hint });
    // Back to what the session began with is what the policy began with.
    if (value === null && constant) return null;
    const bound = this.#bounds.get(name);
    if (bound !== undefined && this.replacement(facts) === null && !isWithin(value, bound))
      return say(
        name === "statement_timeout" ? "limits.statement_time" : "limits.idle_time",
        `Ask for at most ${formatDuration(bound)}.`,
      );
    if (FIXED_SETTINGS.has(name) || READ_ONLY_SETTINGS.has(name) || COMMON_SETTINGS.has(name)) return null;
    const named = set.some((glob) =>
      DANGEROUS_SETTINGS.has(name) && safeguards !== "none" ? glob === name : globMatches(glob, name),
    );
    if (named) return null;
    return say(
      "settings.set",
      `${name === UNKNOWN_SETTING ? "That setting" : name} has to be named in settings.set of the policy.`,
    );
  }

  /** SET of a bounded time that asks for more: the statement to send in its place. */
  replacement({ kind, settings }: StatementFacts): string | null {
    const [change] = settings;
    if (kind !== "set" || settings.length !== 1 || change === undefined) return null;
    const bound = this.#bounds.get(change.name);
    if (bound === undefined || (change.value === null && change.constant) || isWithin(change.value, bound))
      return null;
    return `SET ${change.scope === "local" ? "LOCAL " : ""}${change.name} = '${bound}ms'`;
  }
}

const STAYS = "The gateway has chosen the database role of this session, and it stays.";
/** PostgreSQL before 17.1 drops the role with the session authorization, and DISCARD ALL resets that. */
const DISCARDS =
  "Send RESET ALL, CLOSE ALL, UNLISTEN *, DEALLOCATE ALL and DISCARD TEMP in place of DISCARD ALL: the database role stays.";

/** 0 is no limit at all. */
function isWithin(value: string | null, boundMs: number): boolean {
  const ms = value === null ? null : settingMs(value);
  return ms !== null && ms > 0 && ms <= boundMs;
}
