// Needs -> a policy document, as YAML with comments. Deterministic: the same traffic gives the same text. Pure.

import { KIND_CLASSES, type KindClass, type StatementKind } from "#core/sql";
import { WRITE_ACTIONS, type Needs } from "./needs.ts";

export interface Source {
  readonly target: string;
  /** RFC 3339. */
  readonly from: string;
  readonly to: string;
  readonly subject: string | null;
  /** That ran, and were understood. */
  readonly statements: number;
  readonly notDecidable: number;
  readonly complete: boolean;
  /** Rule -> statements that ran, and that this document would not let run all the same. */
  readonly refused: ReadonlyMap<string, number>;
}

/** What runs with nobody asked; other kinds that ran are held for approval. */
const PLAIN: ReadonlySet<KindClass> = new Set<KindClass>(["read", "write", "transaction", "session"]);

export function writeDocument(needs: Needs, source: Source): string {
  const kinds = [...needs.kinds.keys()].toSorted();
  const plain = kinds.filter((kind) => PLAIN.has(KIND_CLASSES[kind]));
  const others = kinds.filter((kind) => !PLAIN.has(KIND_CLASSES[kind]));
  return [
    ...header(source),
    "relations:",
    ...list("read", needs.read),
    ...list("write", needs.write),
    ...(needs.functions.size === 0 ? [] : ["functions:", ...list("call", needs.functions)]),
    ...(needs.settings.size === 0 ? [] : ["settings:", ...list("set", needs.settings)]),
    `introspection: ${String(needs.introspection)}`,
    "rules:",
    ...(needs.temporary ? TEMPORARY : []),
    ...(needs.unbounded ? [] : NO_UNBOUNDED),
    ...notDone(needs),
    ...(others.length === 0
      ? []
      : ["  # These ran too; a person is asked for them from now on.", ...rule("held", others, "approve")]),
    ...rule("as-recorded", plain, "allow"),
    "  # Without it the lists would grant all that can be done to rows.",
    "  - { id: nothing-else, when: { kind: any }, then: deny }",
    "",
  ].join("\n");
}

function header({
  target,
  from,
  to,
  subject,
  statements,
  notDecidable,
  complete,
  refused,
}: Source): string[] {
  const whose = subject === null ? "" : ` of ${oneLine(subject)}`;
  return [
    `# Suggested for ${target} from ${statements} statements that ran${whose}, ${from} to ${to}.`,
    "# It allows what ran, and nothing else. Read it before it is applied; numbers are statements.",
    ...(notDecidable === 0 ? [] : [`# Not understood, and so not in it: ${notDecidable} statements.`]),
    ...(complete
      ? []
      : ["# The period holds more statements than were read: choose a shorter one for the rest."]),
    ...[...refused]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([rule, count]) => `# Still refused, by ${oneLine(rule)}: ${count} statements.`),
  ];
}

/** A subject is a claim of a token: no line break of it may end the comment. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").slice(0, 200);
}

const TEMPORARY = [
  "  # Temporary tables, made and dropped in the session.",
  "  - id: temporary",
  '    when: { kind: [ddl, write], action: define, relation: "pg_temp.*" }',
  "    then: allow",
];

const NO_UNBOUNDED = [
  "  # Nothing changed all rows of a table.",
  "  - id: no-unbounded-writes",
  "    when: { bounded: false }",
  "    then: deny",
];

/** The list of relations to write to grants every way of writing: those that were never used are taken away. */
function notDone({ write, written }: Needs): readonly string[] {
  return WRITE_ACTIONS.flatMap((action) => {
    const done = written.get(action);
    // An action that nothing used is no kind that runs.
    if (done === undefined || done.size === 0) return [];
    const others = [...write.keys()].filter((name) => !done.has(name)).toSorted();
    if (others.length === 0) return [];
    const relations = others.map((name) => JSON.stringify(name)).join(", ");
    return [
      `  - id: no-${action}`,
      `    when: { action: ${action}, relation: [${relations}] }`,
      "    then: deny",
    ];
  });
}

function rule(id: string, kinds: readonly StatementKind[], then: "allow" | "approve"): readonly string[] {
  if (kinds.length === 0) return [];
  return [`  - id: ${id}`, `    when: { kind: [${kinds.join(", ")}] }`, `    then: ${then}`];
}

function list(key: string, counts: ReadonlyMap<string, number>): readonly string[] {
  if (counts.size === 0) return [`  ${key}: []`];
  const names = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [`  ${key}:`, ...names.map(([name, count]) => `    - ${JSON.stringify(name)} # ${count}`)];
}
