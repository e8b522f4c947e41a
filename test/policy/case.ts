// What a case of the corpora is: data. An attack is a conversation with PostgreSQL and the harm that it does there when nobody
// stands between; an honest case is a conversation that has to run without an error.

import type { FrontendMessage } from "#core/wire";

/** FunctionCall, with its function named: the OID is looked up when the case is played. */
export interface NamedCall {
  readonly kind: "named_call";
  /** As `::regprocedure` reads it. */
  readonly function: string;
  readonly arguments: readonly (string | Uint8Array | null)[];
}

export type Message = FrontendMessage | NamedCall | Uint8Array;

export type Step =
  /** One Query message, to its ReadyForQuery. `{dir}` stands for a directory that the server may write to. */
  | string
  | { readonly query: string | Uint8Array; readonly copy?: string | Uint8Array }
  /** In one write; then as many ReadyForQuery as the messages ask for are awaited. */
  | { readonly send: readonly Message[] };

/**
 * What an attack does when it gets through; looked for by a connection of the judge's own:
 * - `changed`: rows, catalog, roles or settings of the database are not what they were (or more rows than the case allows);
 * - `leaked`: a canary is among the bytes that came back;
 * - `flooded`: more rows or bytes came back than the limits allow;
 * - `slow`: a step took longer than the limits allow, or goes on in the database when the agent is gone;
 * - `held`: locks that keep others from working, while the agent is still there;
 * - `told`: other sessions were sent a notification;
 * - `outside`: a file appeared or changed on the database's machine.
 */
export const HARMS = ["changed", "leaked", "flooded", "slow", "held", "told", "outside"] as const;
export type Harm = (typeof HARMS)[number];

export interface Attack {
  /** A sentence. */
  readonly name: string;
  readonly harm: Harm;
  readonly steps: readonly Step[];
  /** Parameters of the StartupMessage. */
  readonly startup?: Readonly<Record<string, string>>;
  /** The harm is done in a session that PostgreSQL itself holds read-only. */
  readonly escapes?: true;
  /** Aimed at what a gateway may do to a message: PostgreSQL itself takes no harm from it. */
  readonly gatewayOnly?: true;
  /** Rows of app.ledger that may differ afterwards: what the limits allow. */
  readonly allowed?: number;
}

export interface Honest {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly startup?: Readonly<Record<string, string>>;
  /** SQLSTATEs that PostgreSQL itself answers with, and that have to arrive as they are. */
  readonly errors?: readonly string[];
}

export function attack(name: string, harm: Harm, ...steps: readonly Step[]): Attack {
  return { name, harm, steps };
}

/** Out of a session that PostgreSQL holds read-only. */
export function escape(name: string, ...steps: readonly Step[]): Attack {
  return { name, harm: "changed", steps, escapes: true };
}

export function honest(name: string, ...steps: readonly Step[]): Honest {
  return { name, steps };
}

const utf8 = (text: string | Uint8Array): Uint8Array => (typeof text === "string" ? Buffer.from(text) : text);
const optional = (value: string | Uint8Array | null): Uint8Array | null =>
  value === null ? null : utf8(value);

export function parse(statement: string, text: string | Uint8Array, types: readonly number[] = []): Message {
  return { kind: "parse", statement, text: utf8(text), parameterTypes: types };
}

export interface BindOptions {
  readonly portal?: string;
  readonly parameters?: readonly (string | Uint8Array | null)[];
  readonly binary?: boolean;
}

export function bind(statement: string, options: BindOptions = {}): Message {
  const { portal = "", parameters = [], binary = false } = options;
  return {
    kind: "bind",
    portal,
    statement,
    parameterFormats: [],
    parameters: parameters.map(optional),
    resultFormats: binary ? [1] : [],
  };
}

export function execute(portal = "", maxRows = 0): Message {
  return { kind: "execute", portal, maxRows };
}

export function describe(target: "S" | "P", name = ""): Message {
  return { kind: "describe", target, name };
}

export function close(target: "S" | "P", name = ""): Message {
  return { kind: "close", target, name };
}

export function query(text: string): Message {
  return { kind: "query", text: utf8(text) };
}

export function call(name: string, ...values: readonly (string | Uint8Array | null)[]): Message {
  return { kind: "named_call", function: name, arguments: values };
}

export function copyData(data: string | Uint8Array): Message {
  return { kind: "copy_data", data: utf8(data) };
}

export const sync: Message = { kind: "sync" };
export const flush: Message = { kind: "flush" };
export const copyDone: Message = { kind: "copy_done" };

/** Parse, Bind, Describe, Execute, Sync of one statement, as drivers send it. */
export function extended(text: string | Uint8Array, ...parameters: readonly (string | null)[]): Step {
  return { send: [parse("", text), bind("", { parameters }), describe("P"), execute(), sync] };
}

/** Each statement by the extended protocol. */
export function pipeline(...texts: readonly string[]): Step {
  return { send: [...texts.flatMap((text) => [parse("", text), bind(""), execute()]), sync] };
}
