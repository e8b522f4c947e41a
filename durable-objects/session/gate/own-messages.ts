// Messages that the gateway sends to PostgreSQL by itself: questions, transaction commands, and those that are bound to
// fail, which stand in the place of refused ones, so that PostgreSQL itself ends the transaction or skips to the Sync.
// Pure; `nonce` is a name that the agent cannot guess.

import { utf8Encode } from "#core/bytes";
import { encodeFrontend, type ExpectedKind } from "#core/wire";

export interface OwnMessage {
  readonly kind: ExpectedKind;
  readonly bytes: Uint8Array;
}

export interface BoundValues {
  readonly parameters: readonly (Uint8Array | null)[];
  readonly parameterFormats: readonly number[];
  readonly parameterTypes: readonly number[];
}

/** Fails in the parser: nothing of it is looked up or run. */
const NOT_SQL = utf8Encode("sluice refused a statement");

export const FLUSH = encodeFrontend({ kind: "flush" });
export const SYNC: OwnMessage = { kind: "sync", bytes: encodeFrontend({ kind: "sync" }) };

export function simple(text: string): OwnMessage {
  return { kind: "query", bytes: encodeFrontend({ kind: "query", text: utf8Encode(text) }) };
}

/**
 * One statement with text parameters, answered in text. Leaves no trace: a statement and a portal of an own name,
 * closed at once, so that the agent's unnamed ones stay. Without a Sync inside of a batch of the agent's, whose
 * implicit transaction that would end.
 */
export function question(
  text: string,
  parameters: readonly string[],
  nonce: string,
  insideBatch: boolean,
): readonly OwnMessage[] {
  const values = parameters.map(utf8Encode);
  const bound = { parameters: values, parameterFormats: [], parameterTypes: [] };
  return boundQuestion(utf8Encode(text), bound, nonce, insideBatch);
}

/** The same, with parameters to the byte as an agent has bound them. */
export function boundQuestion(
  text: Uint8Array,
  { parameters, parameterFormats, parameterTypes }: BoundValues,
  nonce: string,
  insideBatch: boolean,
): readonly OwnMessage[] {
  const messages: OwnMessage[] = [
    // One that failed has left it behind: statements outlive their transaction. Closing what is not there is no error.
    { kind: "close", bytes: encodeFrontend({ kind: "close", target: "S", name: nonce }) },
    {
      kind: "parse",
      bytes: encodeFrontend({
        kind: "parse",
        statement: nonce,
        text,
        parameterTypes,
      }),
    },
    {
      kind: "bind",
      bytes: encodeFrontend({
        kind: "bind",
        portal: nonce,
        statement: nonce,
        // PostgreSQL has taken them already, and there are no others.
        parameterFormats: parameterFormats.map((code) => (code === 1 ? 1 : 0)),
        parameters,
        resultFormats: [],
      }),
    },
    { kind: "execute", bytes: encodeFrontend({ kind: "execute", portal: nonce, maxRows: 0 }) },
    { kind: "close", bytes: encodeFrontend({ kind: "close", target: "P", name: nonce }) },
    { kind: "close", bytes: encodeFrontend({ kind: "close", target: "S", name: nonce }) },
  ];
  return insideBatch ? messages : [...messages, SYNC];
}

/** What has failed has left it behind: a portal lives as long as its transaction. */
export function closePortal(name: string): OwnMessage {
  return { kind: "close", bytes: encodeFrontend({ kind: "close", target: "P", name }) };
}

/** Of the agent's, when its rows are about to come. */
export function describePortal(name: string): OwnMessage {
  return { kind: "describe", bytes: encodeFrontend({ kind: "describe", target: "P", name }) };
}

/** A message of the same kind that fails. */
export function failing(kind: ExpectedKind, nonce: string): Uint8Array {
  switch (kind) {
    case "query":
      return encodeFrontend({ kind: "query", text: NOT_SQL });
    case "function_call":
      return encodeFrontend({
        kind: "function_call",
        functionOid: 0,
        argumentFormats: [],
        arguments: [],
        resultFormat: 0,
      });
    case "bind":
      return encodeFrontend({
        kind: "bind",
        portal: nonce,
        statement: nonce,
        parameterFormats: [],
        parameters: [],
        resultFormats: [],
      });
    case "describe":
      return encodeFrontend({ kind: "describe", target: "S", name: nonce });
    case "execute":
    case "close":
    case "sync":
      return encodeFrontend({ kind: "execute", portal: nonce, maxRows: 0 });
    case "parse":
      return encodeFrontend({ kind: "parse", statement: nonce, text: NOT_SQL, parameterTypes: [] });
  }
}
