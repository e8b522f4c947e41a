// The digest that binds an approval to what was asked for.

import { type Bound, bindingText } from "#core/approvals";
import { hexEncode, utf8Encode } from "#core/bytes";

/** SHA-256, as hexadecimal digits. */
export async function digest(bound: Bound): Promise<string> {
  const bytes = utf8Encode(bindingText(bound));
  return hexEncode(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}
