// JSON that was cut off somewhere, made whole: what is not complete at its end is left out, and what is open is closed. Pure.

/** Cut behind the last element of a list that stands in an object, so that a list in a list (a row) is whole or not there. */
export function repaired(json: string): string {
  const open: string[] = [];
  let end = 0;
  let closing = "";
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const one = json[at];
    if (inString) {
      if (one === "\\") at++;
      else if (one === '"') inString = false;
    } else if (one === '"') inString = true;
    else if (one === "{") open.push("}");
    else if (one === "[") open.push("]");
    else if (one === "}" || one === "]") open.pop();
    if (inString || (one !== "," && one !== "[") || open.at(-1) !== "]" || open.at(-2) === "]") continue;
    end = one === "[" ? at + 1 : at;
    closing = open.toReversed().join("");
  }
  return json.slice(0, end) + closing;
}
