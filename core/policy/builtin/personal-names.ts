// Whether a column looks like personal data or a secret by its name. In English, as schemas are; a hint for whoever writes
// masks, with holes by nature. Pure.

/** Words in a row, as they stand between underscores or capitals. */
const NAMES: readonly (readonly [what: string, words: readonly string[]])[] = [
  ["an e-mail address", ["email", "e mail", "mail address"]],
  ["a phone number", ["phone", "telephone", "mobile", "cellphone", "fax", "msisdn"]],
  [
    "a name",
    [
      "first name",
      "last name",
      "full name",
      "middle name",
      "surname",
      "given name",
      "family name",
      "maiden name",
    ],
  ],
  ["an address", ["address", "street", "zip code", "zip", "postal code", "postcode"]],
  [
    "an identity number",
    [
      "ssn",
      "social security",
      "national id",
      "passport",
      "tax id",
      "tin",
      "driver license",
      "drivers license",
      "nino",
      "personal number",
    ],
  ],
  [
    "an account or card number",
    [
      "iban",
      "account number",
      "card number",
      "credit card",
      "cc number",
      "pan",
      "cvv",
      "cvc",
      "routing number",
      "sort code",
    ],
  ],
  ["a date of birth", ["birth date", "birthdate", "birthday", "date of birth", "dob"]],
  [
    "a secret",
    [
      "password",
      "passwd",
      "passphrase",
      "pwd",
      "secret",
      "api key",
      "access key",
      "private key",
      "token",
      "pin",
      "otp",
      "credential",
      "credentials",
    ],
  ],
  ["pay", ["salary", "wage", "income"]],
  ["a place", ["latitude", "longitude", "geolocation", "ip address", "ip"]],
  ["a sensitive trait", ["gender", "ethnicity", "religion", "diagnosis", "blood type", "disability"]],
];

/** What it looks like, in words; null: nothing. */
export function looksPersonal(column: string): string | null {
  const words = ` ${wordsOf(column)} `;
  for (const [what, names] of NAMES)
    if (names.some((name) => words.includes(` ${name} `) || words.includes(` ${name}s `))) return what;
  return null;
}

/** `customer_Email2`, `customerEmail` -> `customer email` */
function wordsOf(name: string): string {
  return name
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .replaceAll(/[^\p{L}]+/gu, " ")
    .trim();
}
