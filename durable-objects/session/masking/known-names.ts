// Which names in an error or notice are names, and not values: those of what the statement has to do with. Pure.

import type { Knows } from "#core/masking";
import type { Catalog, RelationInfo, StatementFacts } from "#core/sql";

/** Looked up when the first text comes: most statements have none. */
export function knownNames(catalog: Catalog, facts: StatementFacts): Knows {
  let names: ReadonlySet<string> | null = null;
  return (name) => {
    names ??= namesOf(catalog, facts);
    return names.has(name) || names.has(unquoted(name));
  };
}

function namesOf(catalog: Catalog, { accesses, calls, modifications }: StatementFacts): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (schema: string, name: string): void => {
    names.add(schema).add(name).add(`${schema}.${name}`);
  };
  const relations = [...accesses, ...modifications].map(({ relation }) => relation);
  for (const { oid, schema, name } of relations) {
    add(schema, name);
    const info = catalog.relationByOid(oid);
    if (info !== null && info !== undefined) addInside(info, add, names);
  }
  for (const { function: called } of calls) {
    add(called.schema, called.name);
    names.add(`${called.name}(${called.arguments})`);
    names.add(`${called.schema}.${called.name}(${called.arguments})`);
  }
  return names;
}

function addInside(
  info: RelationInfo,
  add: (schema: string, name: string) => void,
  names: Set<string>,
): void {
  for (const { name } of info.columns) names.add(name);
  for (const { name } of info.triggers) names.add(name);
  for (const name of info.constraints ?? []) names.add(name);
  for (const { relation, constraint } of info.cascades) {
    add(relation.schema, relation.name);
    names.add(constraint);
  }
  for (const { schema, name } of [...info.ancestors, ...info.descendants]) add(schema, name);
}

/** As quote_identifier writes a name that needs it. */
function unquoted(name: string): string {
  return name.startsWith('"') && name.endsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
