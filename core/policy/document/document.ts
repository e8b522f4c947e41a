// A policy document as values: what parse.ts gives and everything else of this room reads. What each field means is in
// docs/policy.md. Nothing in here is computed from a principal, a target or a clock.

import type { Action, StatementKind, Via } from "#core/sql";
import type { ApprovalTerms } from "../approval-terms.ts";
import type { Effect } from "../decision.ts";
import type { Mask } from "../masks/mask.ts";
import type { DetectorActions } from "../masks/masks.ts";
import type { GrantTerms } from "../grants.ts";
import type { PolicyLimits } from "../policy.ts";
import type { RecordLevel } from "../recording.ts";
import type { ColumnPattern, NamePattern } from "./patterns.ts";
import type { RecordSettings } from "./record.ts";

export const PROFILE_NAMES = ["read-only", "agent", "owner"] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

/**
 * What is refused unless the document names it: `blind_spots` is what could do things that facts do not show (code that
 * nobody can read, statements given as text, settings that change how text is read); `all` adds what reaches past the data
 * (sensitive catalogs, effects on other sessions and the server).
 */
export const SAFEGUARDS = ["all", "blind_spots", "none"] as const;
export type Safeguards = (typeof SAFEGUARDS)[number];

export interface Position {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

/** `path` as in `rules[2].when.kind`. */
export interface Diagnostic extends Position {
  readonly path: string;
  readonly message: string;
  readonly severity: "error" | "warning";
}

/** null: the document does not say, and the profile's list holds. */
export interface RelationLists {
  readonly read: readonly NamePattern[] | null;
  readonly write: readonly NamePattern[] | null;
  readonly deny: readonly NamePattern[];
}

export interface ColumnLists {
  readonly relation: NamePattern;
  readonly read: readonly ColumnPattern[] | null;
  readonly write: readonly ColumnPattern[] | null;
  readonly deny: readonly ColumnPattern[];
}

export interface FunctionLists {
  readonly call: readonly NamePattern[] | null;
  readonly deny: readonly NamePattern[];
}

export interface SettingLists {
  readonly set: readonly string[];
  readonly deny: readonly string[];
}

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];

export interface TimeCondition {
  readonly days: readonly Day[] | null;
  /** Minutes of the day; `until` below `from` runs over midnight. */
  readonly from: number | null;
  readonly until: number | null;
  /** A name of the time zone database, or an offset such as +02:00. */
  readonly zone: string;
  /** Milliseconds since the epoch. */
  readonly after: number | null;
  readonly before: number | null;
}

/** Conditions of a rule: all of them have to hold. null: not asked. */
export interface When {
  readonly kind: ReadonlySet<StatementKind> | "any" | null;
  readonly bounded: boolean | null;
  readonly relation: readonly NamePattern[] | null;
  readonly column: readonly ColumnPattern[] | null;
  readonly action: readonly Action[] | null;
  readonly function: readonly NamePattern[] | null;
  readonly volatility: readonly ("immutable" | "stable" | "volatile")[] | null;
  readonly securityDefiner: boolean | null;
  readonly language: readonly string[] | null;
  readonly examined: boolean | null;
  readonly setting: readonly string[] | null;
  readonly outside: readonly ("program" | "server_file" | "library")[] | null;
  readonly via: readonly Via["kind"][] | null;
  readonly subject: readonly string[] | null;
  readonly group: readonly string[] | null;
  readonly role: readonly string[] | null;
  readonly target: readonly string[] | null;
  readonly time: TimeCondition | null;
}

export interface Rule {
  readonly id: string;
  readonly when: When;
  readonly effect: Effect;
  /** Of `approve`: what the document says of it; null: nothing. */
  readonly approve: ApprovalTerms | null;
  /** null: as `record` of the document says. */
  readonly record: RecordLevel | null;
  /** For people: stands in the refusal's HINT. */
  readonly hint: string | null;
  /** `rules[3]`. */
  readonly path: string;
}

/** What predicates may say of a masked column: nothing, that it equals a value (=, <>, IN, IS NULL …), anything. */
export const INFERENCES = ["deny", "equality-only", "allow"] as const;
export type Inference = (typeof INFERENCES)[number];

export const MASKING_MODES = ["standard", "strict"] as const;
export const DETECTOR_ACTIONS = ["mask", "observe"] as const;

export interface MaskRule {
  /** With its relation. */
  readonly pattern: ColumnPattern;
  readonly mask: Mask;
  /** null: as `masking` says. */
  readonly inference: Inference | null;
  /** `mask.public.customers.email`. */
  readonly path: string;
}

/** null: not said. */
export interface MaskingSettings {
  readonly mode: (typeof MASKING_MODES)[number] | null;
  readonly inference: Inference | null;
  readonly agent: boolean | null;
  readonly record: boolean | null;
  /** Seen raw; with their relations. */
  readonly exempt: readonly ColumnPattern[];
  readonly detect: DetectorActions;
}

export interface Section {
  readonly extends: ProfileName | null;
  readonly relations: RelationLists;
  readonly columns: readonly ColumnLists[];
  readonly functions: FunctionLists;
  readonly settings: SettingLists;
  readonly rules: readonly Rule[];
  /** Only what is said; null: no limit. */
  readonly limits: Partial<PolicyLimits>;
  readonly record: RecordSettings;
  /** null: it says nothing of them. */
  readonly grants: GrantTerms | null;
  readonly introspection: boolean | null;
  readonly safeguards: Safeguards | null;
  readonly masks: readonly MaskRule[];
  readonly masking: MaskingSettings;
  /** Where it stands: "" or `roles.analyst`. */
  readonly path: string;
}

/** Whom a section is for: `analyst` is a role, `group:dba` a group, `subject:bot-*` subjects. */
export interface Audience {
  readonly kind: "role" | "group" | "subject";
  readonly pattern: string;
}

export interface RoleSection extends Section {
  readonly audience: Audience;
  readonly name: string;
}

export interface PolicyDocument extends Section {
  readonly description: string | null;
  /** In the order of the document: the first that fits the principal counts. */
  readonly roles: readonly RoleSection[];
  /** Where each path stands in the text. */
  readonly positions: ReadonlyMap<string, Position>;
}
