// RFC 8785 (JSON Canonicalization Scheme): one text for one value, so that a hash of it means the value. Pure. For what the
// record holds: strings, integers, booleans, null, lists and objects; another number is a fault.

/** Members that are undefined are left out, as JSON.stringify does. A lone surrogate has no UTF-8: it becomes U+FFFD. */
export function canonicalJson(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.toWellFormed());
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new TypeError("a number of the record is not an integer");
    // -0 is 0 (ECMA-262, Number::toString).
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map((element) => canonicalJson(element)).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    // By UTF-16 code units (§3.2.3), which is how JavaScript compares strings.
    members.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(",")}}`;
  }
  if (value === null || typeof value === "boolean") return String(value);
  throw new TypeError("what the record holds has to be JSON");
}
