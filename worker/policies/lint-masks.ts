// What a database has to say of a document's masks: columns that are not there, views, copies and functions that show what is
// masked, and columns that look like personal data and are not masked: by their names, and by some of their values where an
// admin asks for that. No value is told, only what it looks like.

import {
  type Diagnostic,
  looksPersonal,
  placeOfMasks,
  type PolicyDocument,
  type WrittenMask,
  writtenMasks,
} from "#core/policy";
import type { StatementFacts } from "#core/sql";
import { ok, type Result } from "../../core/result.ts";
import type { Refusal } from "../../durable-objects/connection.ts";
import {
  type Finding,
  type Inspection,
  quoted,
  type StoredColumn,
  type StoredFunction,
  SURVEY_LIMITS,
} from "../../durable-objects/inspection/index.ts";
import { nameOf, sampled } from "./lint-samples.ts";

/** Of columns in one warning, and of unmasked columns that are told one by one. */
const SHOWN = 8;
const PERSONAL_SHOWN = 50;

type Warn = (at: Pick<WrittenMask, "line" | "column" | "path">, message: string) => void;

export interface MaskSurvey {
  /** With a look at values. */
  readonly sample: boolean;
  readonly now: () => number;
}

export async function lintMasksAgainst(
  inspection: Inspection,
  document: PolicyDocument,
  { sample, now }: MaskSurvey,
): Promise<Result<readonly Diagnostic[], Refusal>> {
  const masks = writtenMasks(document);
  if (masks.length === 0 && !sample) return ok([]);
  const found: Diagnostic[] = [];
  const warn: Warn = ({ line, column, path }, message) =>
    void found.push({ line, column, path, message, severity: "warning" });
  const stored = await inspection.columns();
  if (!stored.ok) return stored;
  const columns = stored.value.slice(0, SURVEY_LIMITS.COLUMNS);
  const head = placeOfMasks(document);
  if (stored.value.length > columns.length)
    warn(
      head,
      `the database has more than ${SURVEY_LIMITS.COLUMNS} columns: those after them were not looked at`,
    );

  for (const mask of masks) missing(mask, columns, warn);
  const told = await derived(inspection, masks, columns, warn);
  if (!told.ok) return told;
  const unmasked = columns.filter(
    ({ schema, relation, column, kind, below }) =>
      (kind === "table" || kind === "copy") &&
      !below &&
      !masks.some((mask) => mask.fits(schema, relation, column)),
  );
  personal(unmasked, head, warn);
  if (sample) await sampled(inspection, unmasked, now, (message) => warn(head, message));
  return ok(found);
}

/** A mask that fits no column protects nothing. */
function missing(mask: WrittenMask, columns: readonly StoredColumn[], warn: Warn): void {
  if (columns.some(({ schema, relation, column }) => mask.fits(schema, relation, column))) return;
  const of = mask.relation;
  const known =
    of !== null && columns.some(({ schema, relation }) => schema === of.schema && relation === of.name);
  if (of === null) warn(mask, `the database has no column ${mask.source}`);
  else if (known) warn(mask, `the database has no column ${mask.source}: ${of.schema}.${of.name} has others`);
  else warn(mask, `the database has no relation ${of.schema}.${of.name}`);
}

/** Views, copies and functions show masked columns under other names: masked, as they are told here to the admin. */
async function derived(
  inspection: Inspection,
  masks: readonly WrittenMask[],
  columns: readonly StoredColumn[],
  warn: Warn,
): Promise<Result<null, Refusal>> {
  const functions = await inspection.functions();
  if (!functions.ok) return functions;
  const views = [
    ...new Map(
      columns
        .filter(({ kind }) => kind === "view" || kind === "copy")
        .map((each) => [`${quoted(each.schema)}.${quoted(each.relation)}`, each] as const),
    ),
  ];
  const texts = [...views.map(([name]) => `SELECT * FROM ${name}`), ...functions.value.map(callOf)];
  const findings = await inspection.examine(texts);
  if (!findings.ok) return findings;
  for (const [index, finding] of findings.value.entries()) {
    const view = views[index]?.[1];
    const called = functions.value[index - views.length];
    for (const facts of factsOf(finding))
      if (view !== undefined) tellView(view, facts, masks, warn);
      else if (called !== undefined) tellFunction(called, facts, masks, warn);
  }
  return ok(null);
}

function callOf({ schema, name, isProcedure, arguments: count }: StoredFunction): string {
  const call = `${quoted(schema)}.${quoted(name)}(${Array.from({ length: count }, () => "NULL").join(", ")})`;
  return isProcedure ? `CALL ${call}` : `SELECT ${call}`;
}

function factsOf(finding: Finding): readonly StatementFacts[] {
  return finding.kind === "statements" ? finding.statements : [];
}

function tellView(
  { schema, relation, kind }: StoredColumn,
  { output }: StatementFacts,
  masks: readonly WrittenMask[],
  warn: Warn,
): void {
  const shown = (output ?? []).flatMap(({ name, sources }) => {
    const source = sources.find(
      (place) =>
        !(place.relation.schema === schema && place.relation.name === relation) &&
        maskOf(masks, place.relation, place.column) !== null,
    );
    return source === undefined
      ? []
      : [{ name, source, mask: maskOf(masks, source.relation, source.column) }];
  });
  const [first] = shown;
  if (first?.mask === undefined || first.mask === null) return;
  const names = shown
    .slice(0, SHOWN)
    .map(
      ({ name, source }) => `${name} (${source.relation.schema}.${source.relation.name}.${source.column})`,
    );
  const what = kind === "copy" ? "materialized view" : "view";
  warn(
    first.mask,
    `the ${what} ${schema}.${relation} is made of masked columns, and is masked as they are: ${names.join(", ")}${shown.length > SHOWN ? " …" : ""}`,
  );
}

function tellFunction(
  { schema, name }: StoredFunction,
  { accesses }: StatementFacts,
  masks: readonly WrittenMask[],
  warn: Warn,
): void {
  for (const { relation, columns, action } of accesses) {
    if (action !== "select") continue;
    for (const column of columns) {
      const mask = maskOf(masks, relation, column);
      if (mask === null) continue;
      warn(
        mask,
        `the function ${schema}.${name} reads masked columns of ${relation.schema}.${relation.name}: what it gives of them is masked`,
      );
      return;
    }
  }
}

function maskOf(
  masks: readonly WrittenMask[],
  { schema, name }: { readonly schema: string; readonly name: string },
  column: string,
): WrittenMask | null {
  return (
    masks.find((mask) =>
      column === "*"
        ? mask.relation?.schema === schema && mask.relation.name === name
        : mask.fits(schema, name, column),
    ) ?? null
  );
}

function personal(unmasked: readonly StoredColumn[], head: Parameters<Warn>[0], warn: Warn): void {
  const looks = unmasked.flatMap((stored) => {
    const what = looksPersonal(stored.column);
    return what === null ? [] : [{ stored, what }];
  });
  for (const { stored, what } of looks.slice(0, PERSONAL_SHOWN))
    warn(head, `${nameOf(stored)} looks like ${what} by its name, and is not masked`);
  if (looks.length > PERSONAL_SHOWN)
    warn(
      head,
      `${looks.length - PERSONAL_SHOWN} more columns look like personal data by their names, and are not masked`,
    );
}
