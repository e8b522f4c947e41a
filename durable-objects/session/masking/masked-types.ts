// Which types have to be known before masked columns can be shown: masks keep the type of a value, down to its parts. Gives
// questions, as the analysis does; none when all is known. Pure.

import type { Masks } from "#core/policy";
import type { Catalog, Question, StatementFacts } from "#core/sql";

/** OIDs below are PostgreSQL's own (access/transam.h, FirstNormalObjectId). */
const FIRST_USER_OID = 16_384;
/** As deep as masking looks into a type. */
const MAX_DEPTH = 16;

export function maskedTypes(
  { output, executes }: StatementFacts,
  masks: Masks,
  catalog: Catalog,
): readonly Question[] {
  if (output === null || !executes) return [];
  const questions = new Map<number, Question>();
  for (const { sources } of output) {
    for (const source of sources) {
      if (masks.maskOf(source) === null) continue;
      const relation = catalog.relationByOid(source.relation.oid);
      const column = relation?.columns.find(({ name }) => name === source.column);
      if (column !== undefined) ask(column.typeOid, catalog, questions, 0);
    }
  }
  return [...questions.values()];
}

function ask(oid: number, catalog: Catalog, questions: Map<number, Question>, depth: number): void {
  if (oid < FIRST_USER_OID || depth > MAX_DEPTH) return;
  const type = catalog.typeByOid(oid);
  if (type === undefined) questions.set(oid, { kind: "type_oid", oid });
  if (type === null || type === undefined) return;
  for (const inner of [type.elementOid, type.baseTypeOid])
    if (inner !== null && inner !== undefined) ask(inner, catalog, questions, depth + 1);
  if (type.relationOid === null) return;
  const relation = catalog.relationByOid(type.relationOid);
  if (relation === undefined)
    questions.set(type.relationOid, { kind: "relation_oid", oid: type.relationOid });
  for (const { typeOid } of relation?.columns ?? []) ask(typeOid, catalog, questions, depth + 1);
}
