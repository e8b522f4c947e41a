// A Refusal as the bytes of a FATAL ErrorResponse, the one message of PostgreSQL that the shim itself writes.
// https://www.postgresql.org/docs/18/protocol-error-fields.html. Pure.

import type { Refusal } from "../refusal.ts";

export function errorResponse(refusal: Refusal): Buffer {
  const fields = [
    ["S", "FATAL"],
    ["V", "FATAL"],
    ["C", refusal.sqlstate],
    ["M", refusal.message],
    ["H", refusal.hint],
  ].map(([type, text]) => `${type}${String(text).replaceAll("\0", "")}\0`);
  const body = Buffer.from(`${fields.join("")}\0`, "utf8");
  const header = Buffer.alloc(5);
  header.write("E", 0, "latin1");
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}
