// The documents that the corpus is played under: the same masks three times, over grants that are as wide as they can be written,
// so that nothing but the masks stands in the way. `open` has no masks: a case that shows nothing there holds nothing.

/** Where the worlds agree in what the masks show, so that what differs is a leak. */
const MASKS = `
  public.customers.email: email
  public.customers.ssn: { mask: partial, last: 4 }
  public.customers.card_number: redact
  public.customers.phone: redact
  public.customers.salary: { mask: bucket, width: 1000 }
  public.customers.big: { mask: constant, value: "7" }
  public.customers.balance: redact
  public.customers.score: "null"
  public.customers.born: year
  public.customers.seen: month
  public.customers.token: redact
  public.customers.addr: redact
  public.customers.mac: redact
  public.customers.photo: redact
  public.customers.profile: { mask: json, paths: { "address.street": redact, "contacts.*.phone": { mask: partial, last: 2 } } }
  public.customers.raw: { mask: json, paths: { pass: "null" } }
  public.customers.doc: redact
  public.customers.tags: { mask: elements, with: redact }
  public.customers.home: { mask: fields, fields: { street: redact } }
  public.customers.mood: "null"
  public.customers.vip: redact
  public.customers.span: "null"
  public.customers.took: redact
  public.customers.paid: redact
  public.customers.notes: { mask: constant, value: hidden }
  public.customers.pin: PIN
  public.orders.card_last: redact
  public.orders.customer_ssn: { mask: partial, last: 4 }
  "public.*.iban": redact
  public.payments.amount: redact
  public.people.badge: redact
  public.staff.clearance: redact
  "public.vault.*": redact
  public.watched.ssn: redact
  public.watched.card_number: redact
  public.badges.code: redact
  public.credits.ceiling: redact
  public.homes.at: { mask: fields, fields: { street: redact } }
  public.homes.others: { mask: elements, with: { mask: fields, fields: { street: redact } } }
`;

const masks = (mode: string, pin: string): string => `
mask:${MASKS.replace("PIN", pin)}
masking: { mode: ${mode} }
`;

const LIMITS =
  "limits: { rows_returned: none, bytes_returned: none, rows_changed: none, statements_per_minute: none }";

/** Everything of the application and more, named exactly where a name has to be exact. */
const WIDE = `
extends: agent
relations:
  read: ["*", public.v_codes, public.v_all, public.v_nested, public.m_copies, pg_catalog.pg_stats, pg_catalog.pg_statistic, pg_catalog.pg_stat_activity, pg_catalog.pg_largeobject]
  write: ["*", public.v_checked]
functions:
  call: ["*", public.ssn_of, public.ssn_definer, public.ssn_dynamic, public.keeps, public.says, public.fails, public.runs, pg_catalog.query_to_xml,
    pg_catalog.table_to_xml, pg_catalog.set_config, pg_catalog.pg_notify, pg_catalog.lo_from_bytea, pg_catalog.lo_put, pg_catalog.setval, public.dblink]
settings: { set: ["app.*"] }
rules:
  - { id: everything, when: { kind: any }, then: allow }
  - { id: names, when: { function: "*" }, then: observe }
${LIMITS}
`;

export const DOCUMENTS = {
  standard: WIDE + masks("standard", "hash"),
  strict: WIDE + masks("strict", "redact"),
  owner: `extends: owner\n${masks("strict", "redact")}`,
} as const;

export type DocumentName = keyof typeof DOCUMENTS;

export const OPEN = "extends: owner";
