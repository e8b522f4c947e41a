// What a session has learnt of its database's names, with a bound on its memory. Knows no clock: the caller says when. It
// cannot see a change of the database: whoever changes names, search_path or role calls forget().

import type { Answer } from "./answers/index.ts";
import type {
  Catalog,
  FunctionInfo,
  Name,
  OperatorInfo,
  Question,
  RelationInfo,
  TypeInfo,
} from "./catalog.ts";

/** A few hundred relations of ordinary width; a session's object shares 128 MB with others. */
export const MAX_CATALOG_BYTES = 4 * 1024 * 1024;
/** What an entry costs beside its text: key, map, objects; about. */
const ENTRY_BYTES = 256;

type Known = Exclude<Answer, { readonly kind: "unanswerable" }>;

interface Entry {
  readonly answer: Known;
  readonly bytes: number;
  readonly learntAt: number;
}

export class CatalogCache implements Catalog {
  /** In the order of learning, so the oldest comes first. */
  readonly #entries = new Map<string, Entry>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number = MAX_CATALOG_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** About what it holds in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * An unanswerable one is not kept: the question stays open, and the caller refuses what needs it. What is learnt by name
   * is known by OID as well.
   */
  learn(question: Question, answer: Answer, now: number): void {
    if (answer.kind === "unanswerable") return;
    const bytes = JSON.stringify(answer.value).length * 2;
    this.#put(keyOf(question), { answer, bytes: bytes + ENTRY_BYTES, learntAt: now });
    for (const [key, inner] of byOid(answer))
      // The value is shared with the entry by name, so it is counted there alone.
      if (key !== keyOf(question)) this.#put(key, { answer: inner, bytes: ENTRY_BYTES, learntAt: now });
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#entries.keys().next();
      if (oldest.done === true) return;
      this.#drop(oldest.value);
    }
  }

  forget(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  /** What was learnt before that time. */
  forgetOlderThan(time: number): void {
    for (const [key, { learntAt }] of this.#entries) if (learntAt < time) this.#drop(key);
  }

  relation(name: Name): RelationInfo | null | undefined {
    return this.#relation(named("relation", name));
  }

  relationByOid(oid: number): RelationInfo | null | undefined {
    return this.#relation(numbered("relation_oid", oid));
  }

  functions(name: Name): readonly FunctionInfo[] | undefined {
    const answer = this.#entries.get(named("functions", name))?.answer;
    return answer?.kind === "functions" ? answer.value : undefined;
  }

  functionByOid(oid: number): FunctionInfo | null | undefined {
    const answer = this.#entries.get(numbered("function_oid", oid))?.answer;
    return answer?.kind === "function" ? answer.value : undefined;
  }

  operators(name: Name): readonly OperatorInfo[] | undefined {
    const answer = this.#entries.get(named("operators", name))?.answer;
    return answer?.kind === "operators" ? answer.value : undefined;
  }

  type(name: Name): TypeInfo | null | undefined {
    return this.#type(named("type", name));
  }

  typeByOid(oid: number): TypeInfo | null | undefined {
    return this.#type(numbered("type_oid", oid));
  }

  #relation(key: string): RelationInfo | null | undefined {
    const answer = this.#entries.get(key)?.answer;
    return answer?.kind === "relation" ? answer.value : undefined;
  }

  #type(key: string): TypeInfo | null | undefined {
    const answer = this.#entries.get(key)?.answer;
    return answer?.kind === "type" ? answer.value : undefined;
  }

  #put(key: string, entry: Entry): void {
    this.#drop(key);
    this.#entries.set(key, entry);
    this.#bytes += entry.bytes;
  }

  #drop(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }
}

function keyOf(question: Question): string {
  return "name" in question ? named(question.kind, question.name) : numbered(question.kind, question.oid);
}

/** No name holds a NUL; an unqualified name has one part less. */
function named(kind: Extract<Question, { readonly name: Name }>["kind"], { schema, name }: Name): string {
  return schema === null ? `${kind}\0${name}` : `${kind}\0${schema}\0${name}`;
}

function numbered(kind: Extract<Question, { readonly oid: number }>["kind"], oid: number): string {
  return `${kind}\0${oid}`;
}

function byOid(answer: Known): readonly (readonly [string, Known])[] {
  switch (answer.kind) {
    case "relation":
      return answer.value === null ? [] : [[numbered("relation_oid", answer.value.oid), answer]];
    case "type":
      return answer.value === null ? [] : [[numbered("type_oid", answer.value.oid), answer]];
    case "functions":
      return answer.value.map((value) => [numbered("function_oid", value.oid), { kind: "function", value }]);
    case "function":
    case "operators":
      return [];
  }
}
