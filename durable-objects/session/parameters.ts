// Parameters as they came, as the record has them: text where it is text in UTF-8, else base64.

import { base64Encode, utf8Decode } from "#core/bytes";
import type { Parameter } from "#core/record";
import type { Portal } from "#core/wire";

/** One copy for all Executes of a portal: each is a few bytes from the agent, and would hold megabytes while it waits. */
const PORTAL_PARAMETERS = new WeakMap<Portal, readonly Parameter[]>();

export function portalParameters(portal: Portal): readonly Parameter[] {
  const known = PORTAL_PARAMETERS.get(portal);
  if (known !== undefined) return known;
  const types = portal.statement?.parameterTypes ?? [];
  const parameters = portal.parameters.map((value, i) =>
    parameter(value, portal.parameterFormats, i, types[i] ?? 0),
  );
  PORTAL_PARAMETERS.set(portal, parameters);
  return parameters;
}

/** Bind's format codes: none is text for all, one is for all, else one each (protocol-message-formats, Bind). */
function parameter(value: Uint8Array | null, formats: readonly number[], i: number, type: number): Parameter {
  const code = formats.length === 1 ? formats[0] : formats[i];
  const format = code === 1 ? "binary" : "text";
  if (value === null) return { type, format, value: null, encoding: "utf8" };
  const text = format === "text" ? utf8Decode(value) : null;
  if (text !== null) return { type, format, value: text, encoding: "utf8" };
  return { type, format, value: base64Encode(value), encoding: "base64" };
}

/** Parameters of a FunctionCall, recorded as Bind's are. */
export function functionParameters(
  values: readonly (Uint8Array | null)[],
  formats: readonly number[],
): Parameter[] {
  return values.map((value, i) => parameter(value, formats, i, 0));
}
