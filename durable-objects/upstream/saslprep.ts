// SASLprep (RFC 4013) of a password, as far as PostgreSQL needs it. Pure.
// PostgreSQL (common/saslprep.c) falls back to the password as it is where SASLprep forbids it, so a character that was
// unassigned in Unicode 3.2 (an emoji) switches all mapping off. NOT done: the check of bidirectional text (RFC 3454 §6) and
// the unassigned characters below U+1D800. Wrong only for a password that has one of these and one that NFKC changes.

/** RFC 3454 C.1.2: other spaces become a space. */
const SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g;
/** RFC 3454 B.1: mapped to nothing. */
const NOTHING = /[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/g;
/** RFC 3454 C.2.1, C.2.2, C.3 to C.9: controls, private use, non-characters, surrogates, unfit for plain text, tags. */
const PROHIBITED =
  /[\p{Cc}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\u06dd\u070f\u180e\u2028\u2029\u2061-\u2063\u206a-\u206f\ufff9-\ufffd\u2ff0-\u2ffb\u0340\u0341\u200e\u200f\u202a-\u202e\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]/u;
/** RFC 3454 A.1, the range that holds every emoji of the supplementary plane. */
const UNASSIGNED = /[\u{1d800}-\u{1fffd}\p{Cn}]/u;

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

export function saslprep(password: string): string {
  if (PRINTABLE_ASCII.test(password)) return password;
  const mapped = password.replaceAll(SPACES, " ").replaceAll(NOTHING, "");
  const prepared = mapped.normalize("NFKC");
  return prepared === "" || PROHIBITED.test(prepared) || UNASSIGNED.test(prepared) ? password : prepared;
}
