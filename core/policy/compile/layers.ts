// A document, the section for this principal and the profile below them, laid over one another: lists of the upper replace
// those of the lower, denials and settings add up, rules of the upper come first, limits hold key by key.

import type { Principal } from "../principal.ts";
import type { PolicyLimits } from "../policy.ts";
import type { RecordCeiling, RecordLevel, RecordUnavailable } from "../recording.ts";
import type { DetectorActions } from "../masks/masks.ts";
import type {
  ColumnLists,
  Inference,
  MaskingSettings,
  MaskRule,
  PolicyDocument,
  ProfileName,
  Rule,
  Safeguards,
  Section,
} from "../document/document.ts";
import { isFor } from "../document/audience.ts";
import type { GrantTerms } from "../grants.ts";
import { NO_LIMITS } from "../document/limits.ts";
import { patternKey } from "../document/masks.ts";
import { type ColumnPattern, globMatches, type NamePattern } from "../document/patterns.ts";
import { profile } from "../profiles/index.ts";

export interface Asker {
  readonly principal: Principal;
  readonly target: string;
  /**
   * The session's database role is the gateway's choice, and PostgreSQL would let it take another: whatever the document
   * says, every statement is looked at, and none may change who the session is.
   */
  readonly fixedRole?: boolean;
}

/** What `masking` says, and what holds where it is silent. */
export interface Masking {
  readonly inference: Inference;
  readonly agent: boolean;
  readonly record: boolean;
  readonly exempt: readonly ColumnPattern[];
  readonly detect: DetectorActions;
}

export interface Layers {
  readonly profile: ProfileName | null;
  readonly read: readonly NamePattern[];
  readonly write: readonly NamePattern[];
  readonly deny: readonly NamePattern[];
  /** Some list of relations is there to be read from, or written to. */
  readonly columns: readonly ColumnLists[];
  readonly call: readonly NamePattern[];
  readonly denyCall: readonly NamePattern[];
  readonly set: readonly string[];
  readonly denySet: readonly string[];
  readonly rules: readonly Rule[];
  readonly profileRules: readonly Rule[];
  readonly limits: PolicyLimits;
  readonly unrecorded: ReadonlySet<string>;
  readonly recordLevel: RecordLevel;
  readonly recordCeiling: RecordCeiling;
  readonly recordUnavailable: RecordUnavailable;
  readonly grants: GrantTerms | null;
  readonly introspection: boolean;
  readonly safeguards: Safeguards;
  readonly masks: readonly MaskRule[];
  readonly masking: Masking;
  readonly open: boolean;
  /** Asker.fixedRole. */
  readonly fixedRole: boolean;
}

const NO_CEILING: RecordCeiling = { statement: null, session: null, past: "truncate" };

export function layersOf(document: PolicyDocument, { principal, target, fixedRole = false }: Asker): Layers {
  const section = document.roles.find(({ audience }) => isFor(audience, principal));
  const said: readonly Section[] = section === undefined ? [document] : [section, document];
  const name = section?.extends ?? document.extends;
  const below = name === null ? null : profile(name);
  const all: readonly Section[] = below === null ? said : [...said, below];
  const asks = (rule: Rule): boolean => concerns(rule, principal, target);
  const rules = said.flatMap((layer) => layer.rules).filter(asks);
  const restricts =
    said.some(restricting) || rules.some(({ effect }) => effect === "deny" || effect === "approve");
  const first = <T>(pick: (layer: Section) => T | null): T | null =>
    all.reduce<T | null>((found, layer) => found ?? pick(layer), null);
  const saidSafeguards = said.reduce<Safeguards | null>((found, layer) => found ?? layer.safeguards, null);
  const masks = layMasks(said);
  // A rule that refuses means nothing where code that nobody can read may do what it forbids; nor does a mask, or a
  // fixed role, whoever says that there are to be no safeguards.
  const safeguards =
    saidSafeguards ?? (restricts && name === "owner" ? "blind_spots" : (below?.safeguards ?? "all"));
  return {
    profile: name,
    read: first(({ relations }) => relations.read) ?? [],
    write: first(({ relations }) => relations.write) ?? [],
    deny: all.flatMap(({ relations }) => relations.deny),
    columns: layColumns(all),
    call: first(({ functions }) => functions.call) ?? [],
    denyCall: all.flatMap(({ functions }) => functions.deny),
    set: all.flatMap(({ settings }) => settings.set),
    denySet: all.flatMap(({ settings }) => settings.deny),
    rules,
    profileRules: (below?.rules ?? []).filter(asks),
    limits: Object.assign({}, NO_LIMITS, ...all.toReversed().map(({ limits }) => limits)),
    unrecorded: new Set(all.flatMap(({ record }) => record.exclude)),
    recordLevel: first(({ record }) => record.level) ?? "rows",
    recordCeiling: Object.assign({}, NO_CEILING, ...all.toReversed().map(({ record }) => record.ceiling)),
    recordUnavailable: first(({ record }) => record.unavailable) ?? "refuse",
    grants: first(({ grants }) => grants),
    introspection: first(({ introspection }) => introspection) ?? false,
    safeguards: (masks.length > 0 || fixedRole) && safeguards === "none" ? "blind_spots" : safeguards,
    masks,
    masking: layMasking(said),
    open: name === "owner" && said.every(isSilent) && !fixedRole,
    fixedRole,
  };
}

/** Conditions on who asks, and of which target, hold for the whole session. */
function concerns({ when }: Rule, { subject, roles, groups }: Principal, target: string): boolean {
  const fits = (globs: readonly string[] | null, values: readonly string[]): boolean =>
    globs === null || globs.some((glob) => values.some((value) => globMatches(glob, value)));
  return (
    fits(when.subject, [subject]) &&
    fits(when.group, groups) &&
    fits(when.role, roles) &&
    fits(when.target, [target])
  );
}

/** Upper entries for the same relation replace the lower's lists; denials add up. */
function layColumns(layers: readonly Section[]): readonly ColumnLists[] {
  const laid = new Map<string, ColumnLists>();
  for (const { columns } of layers)
    for (const entry of columns) {
      const upper = laid.get(entry.relation.source);
      laid.set(entry.relation.source, {
        relation: entry.relation,
        read: upper?.read ?? entry.read,
        write: upper?.write ?? entry.write,
        deny: [...(upper?.deny ?? []), ...entry.deny],
      });
    }
  return [...laid.values()];
}

/** The upper's mask of the same pattern replaces the lower's. */
function layMasks(layers: readonly Section[]): readonly MaskRule[] {
  const laid = new Map<string, MaskRule>();
  for (const { masks } of layers.toReversed())
    for (const rule of masks) laid.set(patternKey(rule.pattern), rule);
  return [...laid.values()];
}

/** Exemptions add up; the rest holds key by key. */
function layMasking(layers: readonly Section[]): Masking {
  const first = <T>(pick: (masking: MaskingSettings) => T | null): T | null =>
    layers.reduce<T | null>((found, { masking }) => found ?? pick(masking), null);
  const mode = first((masking) => masking.mode) ?? "standard";
  return {
    inference: first(({ inference }) => inference) ?? (mode === "strict" ? "deny" : "equality-only"),
    agent: first(({ agent }) => agent) ?? true,
    record: first(({ record }) => record) ?? true,
    exempt: layers.flatMap(({ masking }) => masking.exempt),
    detect: Object.assign({}, ...layers.toReversed().map(({ masking }) => masking.detect)) as DetectorActions,
  };
}

function restricting({ relations, columns, functions, settings }: Section): boolean {
  return (
    relations.read !== null ||
    relations.write !== null ||
    relations.deny.length > 0 ||
    columns.length > 0 ||
    functions.call !== null ||
    functions.deny.length > 0 ||
    settings.deny.length > 0
  );
}

function isSilent(layer: Section): boolean {
  return (
    !restricting(layer) &&
    layer.settings.set.length === 0 &&
    layer.rules.length === 0 &&
    Object.keys(layer.limits).length === 0 &&
    layer.record.exclude.length === 0 &&
    (layer.record.level ?? "rows") === "rows" &&
    (layer.record.ceiling.statement ?? null) === null &&
    (layer.record.ceiling.session ?? null) === null &&
    (layer.introspection ?? true) &&
    (layer.safeguards ?? "none") === "none" &&
    layer.masks.length === 0 &&
    Object.keys(layer.masking.detect).length === 0
  );
}
