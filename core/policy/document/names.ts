// The relations and functions that a document names without wildcards: what can be checked against a database.

import type { PolicyDocument, Position, Section } from "./document.ts";
import type { NamePattern } from "./patterns.ts";

export interface NamedThing extends Position {
  readonly schema: string;
  readonly name: string;
  readonly path: string;
}

export interface NamesIn {
  readonly relations: readonly NamedThing[];
  readonly functions: readonly NamedThing[];
}

export function namesIn(document: PolicyDocument): NamesIn {
  const relations: NamedThing[] = [];
  const functions: NamedThing[] = [];
  const collect = (into: NamedThing[], patterns: readonly NamePattern[] | null, path: string): void => {
    for (const [index, { exact, schema, name }] of (patterns ?? []).entries()) {
      if (!exact || schema === null) continue;
      const place = `${path}[${index}]`;
      const at = document.positions.get(place) ?? document.positions.get(path) ?? { line: 1, column: 1 };
      into.push({
        ...at,
        schema: schema.text,
        name: name.text,
        path: document.positions.has(place) ? place : path,
      });
    }
  };
  for (const section of [document, ...document.roles] satisfies readonly Section[]) {
    const under = (path: string): string => (section.path === "" ? path : `${section.path}.${path}`);
    for (const list of ["read", "write", "deny"] as const)
      collect(relations, section.relations[list], under(`relations.${list}`));
    for (const { relation } of section.columns)
      collect(relations, [relation], under(`columns.${relation.source}`));
    for (const list of ["call", "deny"] as const)
      collect(functions, section.functions[list], under(`functions.${list}`));
    for (const { when, path } of section.rules) {
      collect(relations, when.relation, `${path}.when.relation`);
      collect(functions, when.function, `${path}.when.function`);
    }
  }
  return { relations, functions };
}
