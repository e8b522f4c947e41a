// Calls against the list of functions and what is known of PostgreSQL's own. A function named exactly is trusted as a whole;
// by a wildcard, only those come in whose body was read and does nothing but read, or that cannot do harm.

import { type Call, PLAIN_EXTENSIONS, type StatementFacts } from "#core/sql";
import {
  EFFECTIVE_VOLATILE,
  HARMLESS_VOLATILE,
  PLAIN_VOLATILE_EXTENSION_FUNCTIONS,
  REACHING,
  SENSITIVE_FUNCTIONS,
  WRITING_VOLATILE,
} from "../builtin/functions.ts";
import type { CallCoverage } from "./conditions.ts";
import type { Layers } from "./layers.ts";
import { NameList } from "./name-list.ts";
import { isWrite } from "./seen.ts";
import type { Objection } from "./verdict.ts";
import { nameOf, wordCall } from "./words.ts";

export class FunctionLists {
  readonly #call: NameList;
  readonly #deny: NameList | null;
  readonly #layers: Layers;

  constructor(layers: Layers) {
    this.#layers = layers;
    this.#call = new NameList(layers.call);
    this.#deny = layers.denyCall.length === 0 ? null : new NameList(layers.denyCall);
  }

  readonly trust = (qualified: string): boolean => this.#call.trusts(qualified);

  /** Named exactly, or by a wildcard where nothing guards functions; and not denied. */
  grants({ schema, name }: { readonly schema: string; readonly name: string }): boolean {
    const named =
      this.#call.names(schema, name) ||
      (this.#layers.safeguards === "none" && this.#call.grants(schema, name));
    return named && this.#deny?.matches(schema, name) !== true;
  }

  denied(call: Call): Objection | null {
    const { schema, name } = call.function;
    if (this.#deny === null || !this.#deny.matches(schema, name)) return null;
    return {
      rule: "functions.deny",
      words: wordCall(call),
      hint: `Do without ${nameOf(call.function)}; no rule allows it.`,
    };
  }

  /** `covered`: what a rule of the document has said of the call already. */
  objection(call: Call, facts: StatementFacts, covered: CallCoverage): Objection | null {
    const { schema, name } = call.function;
    // Operators come as calls, and every `=` may be an extension's.
    if (covered === "trusted" || this.#call.names(schema, name) || isComputation(call)) return null;
    const listed = covered === "granted" ? null : this.#notGranted(call);
    if (this.#layers.safeguards === "none") return listed;
    return schema === "pg_catalog" ? this.#builtin(call) : (listed ?? this.#guarded(call, facts));
  }

  #notGranted(call: Call): Objection | null {
    const { schema, name } = call.function;
    if (schema === "pg_catalog" || schema === "information_schema" || this.#call.grants(schema, name))
      return null;
    const granted = this.#layers.call.map(({ source }) => source).slice(0, 8);
    const hint =
      granted.length === 0
        ? "No function but PostgreSQL's own may be called."
        : `Functions that may be called: ${granted.join(", ")}.`;
    return { rule: "functions.call", words: wordCall(call), hint };
  }

  #builtin(call: Call): Objection | null {
    const { name, volatility } = call.function;
    const refuse = (hint: string): Objection => ({
      rule: "safeguards.functions",
      words: wordCall(call),
      hint,
    });
    if (this.#call.excludes("pg_catalog", name)) return this.#denial(call);
    // A setting by another name: judged as one.
    if (name === "set_config") return null;
    if (REACHING.has(name) && (name !== "ts_rewrite" || volatility === "volatile"))
      return refuse(
        `${name} reads what its text arguments name: write it as a query of its own, or have it named in functions.call.`,
      );
    if (this.#layers.safeguards === "all" && SENSITIVE_FUNCTIONS.has(name))
      return refuse(`${name} shows what other sessions do; it has to be named in functions.call.`);
    if (this.#layers.safeguards !== "all" || HARMLESS_VOLATILE.has(name)) return null;
    if (volatility !== "volatile" && !EFFECTIVE_VOLATILE.has(name)) return null;
    if (WRITING_VOLATILE.has(name))
      return this.#layers.write.length > 0 ? null : refuse(`${name} writes: this policy only reads.`);
    return refuse(`${name} has effects outside of the statement; it has to be named in functions.call.`);
  }

  #denial(call: Call): Objection {
    return { rule: "functions.call", words: wordCall(call), hint: `Do without ${nameOf(call.function)}.` };
  }

  #guarded(call: Call, facts: StatementFacts): Objection | null {
    const { schema, name, language, volatility, securityDefiner, extension } = call.function;
    const refuse = (why: string): Objection => ({
      rule: "safeguards.functions",
      words: wordCall(call),
      hint: `${nameOf(call.function)} ${why}: it has to be named in functions.call.`,
    });
    if (schema === "information_schema") return null;
    if (!call.examined) {
      const plain = extension !== null && isNative(language) && isPlain(extension, name, volatility);
      return plain ? null : refuse("cannot be examined");
    }
    // What triggers do is part of the write that fires them, and stands in the facts.
    if (
      this.#layers.safeguards !== "all" ||
      call.via.some(({ kind }) => kind === "trigger") ||
      isTrigger(call)
    )
      return null;
    if (securityDefiner) return refuse("runs with its owner's rights");
    if (writesWithin(call, facts)) return refuse("writes");
    return null;
  }
}

/** An immutable C function of an extension computes from its arguments, as PostgreSQL's own do. */
function isComputation({ function: { extension, language, volatility } }: Call): boolean {
  return extension !== null && isNative(language) && volatility === "immutable";
}

/** `internal`: PostgreSQL's own code under a name of the extension's, as the operators of citext are. Only superusers make either. */
function isNative(language: string): boolean {
  return language === "c" || language === "internal";
}

/** C functions of extensions: immutable ones compute from their arguments; of known ones, the stable ones too. */
function isPlain(extension: string, name: string, volatility: string): boolean {
  if (volatility === "immutable") return true;
  if (!PLAIN_EXTENSIONS.has(extension)) return false;
  return volatility === "stable" || PLAIN_VOLATILE_EXTENSION_FUNCTIONS.has(name);
}

/** pg_type.dat: trigger is 2279. A trigger function runs by its trigger alone. */
const TRIGGER_TYPE_OID = 2_279;

function isTrigger({ function: { returnTypeOid } }: Call): boolean {
  return returnTypeOid === TRIGGER_TYPE_OID;
}

function writesWithin({ function: { schema, name } }: Call, { accesses }: StatementFacts): boolean {
  const qualified = `${schema}.${name}`;
  return accesses.some(
    ({ action, relation, via }) =>
      (isWrite(action) || action === "define") &&
      relation.schema !== "pg_temp" &&
      via.some(
        (within) =>
          within.kind === "function" &&
          (within.name === qualified || within.name.startsWith(`${qualified}(`)),
      ),
  );
}
