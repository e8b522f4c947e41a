// What a leak is: a conversation, and how it is seen that a secret got out where nobody masks. Data; words in double braces
// stand for secrets: `{{customers.ssn.1}}` is the value in world `a`, `{{new.x}}` a text of this case alone that the agent
// writes where secrets are kept, `{{number.x}}` a number of that sort.

import { createHash } from "node:crypto";
import type { Message, Step } from "../../policy/case.ts";
import { letters, type Marker } from "./secrets.ts";

/** By the agent's session, or by a second one of the same agent. */
export type LeakStep = Step | { readonly other: Step };

export interface Leak {
  /** A sentence. */
  readonly name: string;
  /**
   * How it is known for a leak where nobody masks:
   * - `shows`: a secret is among the bytes that come back;
   * - `tells`: what comes back differs between the worlds, so it says something of the secrets;
   * - `records`: a secret that the agent wrote or compared with is in the record.
   */
  readonly kind: "shows" | "tells" | "records";
  readonly steps: readonly LeakStep[];
  /** Parameters of the StartupMessage. */
  readonly startup?: Readonly<Record<string, string>>;
  /** It leaves something behind in its session. */
  readonly fresh?: true;
  /** What `equality-only` allows: it tells under `standard`, not under `strict`. */
  readonly equality?: true;
}

export function shows(name: string, ...steps: readonly LeakStep[]): Leak {
  return { name, kind: "shows", steps };
}

export function tells(name: string, ...steps: readonly LeakStep[]): Leak {
  return { name, kind: "tells", steps };
}

export function records(name: string, ...steps: readonly LeakStep[]): Leak {
  return { name, kind: "records", steps };
}

/** Allowed by the documented inference setting `equality-only`. */
export function equality(name: string, ...steps: readonly LeakStep[]): Leak {
  return { name, kind: "tells", steps, equality: true };
}

/** In a session of its own. */
export function fresh(leak: Leak): Leak {
  return { ...leak, fresh: true };
}

export function other(step: Step): LeakStep {
  return { other: step };
}

export function plain(step: LeakStep): Step {
  return typeof step !== "string" && "other" in step ? step.other : step;
}

/** With `+1` or `-1` behind a number: the one beside it. */
const WORD = /\{\{(new|number)?\.?([\w.]+)([+-]\d+)?\}\}/g;

/** Secrets that the agent writes in this case, by name. */
export function typedSecrets(leak: Leak): ReadonlyMap<string, Marker> {
  const markers = new Map<string, Marker>();
  const look = (text: string): string =>
    text.replaceAll(WORD, (whole: string, kind: string | undefined, name: string) => {
      if (kind === "new") markers.set(whole, { kind: "text", hidden: typedText(leak, name) });
      if (kind === "number") markers.set(whole, { kind: "integer", value: typedNumber(leak, name) });
      return whole;
    });
  for (const step of leak.steps) mapStep(plain(step), look);
  return markers;
}

/** The step with its words filled in; `values` are those of world `a`. */
export function fillStep(leak: Leak, step: Step, values: ReadonlyMap<string, string>): Step {
  return mapStep(step, (text) =>
    text.replaceAll(WORD, (whole: string, kind: string | undefined, name: string, beside = "") => {
      if (kind === "new") return typedText(leak, name);
      if (kind === "number") return String(typedNumber(leak, name));
      const value = values.get(name);
      if (value === undefined) throw new Error(`${leak.name}: there is no secret ${whole}`);
      return beside === "" ? value : String(Number(value) + Number(beside));
    }),
  );
}

function typedText({ name }: Leak, word: string): string {
  return letters(`typed ${name} ${word}`, 14);
}

function typedNumber({ name }: Leak, word: string): number {
  return (
    100_000_000 +
    (createHash("sha256").update(`typed ${name} ${word}`).digest().readUInt32BE(0) % 399_999_999)
  );
}

function mapStep(step: Step, map: (text: string) => string): Step {
  const bytes = (value: string | Uint8Array): Uint8Array =>
    Buffer.from(map(Buffer.from(value).toString("latin1")), "latin1");
  const optional = (value: string | Uint8Array | null): Uint8Array | null =>
    value === null ? null : bytes(value);
  if (typeof step === "string") return map(step);
  if ("query" in step)
    return { query: bytes(step.query), ...(step.copy === undefined ? {} : { copy: bytes(step.copy) }) };
  return {
    send: step.send.map((message): Message => {
      if (message instanceof Uint8Array) return bytes(message);
      switch (message.kind) {
        case "parse":
        case "query":
          return { ...message, text: bytes(message.text) };
        case "bind":
          return { ...message, parameters: message.parameters.map(optional) };
        case "copy_data":
          return { ...message, data: bytes(message.data) };
        case "named_call":
          return { ...message, arguments: message.arguments.map(optional) };
        default:
          return message;
      }
    }),
  };
}
