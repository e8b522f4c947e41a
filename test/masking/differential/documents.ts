// The two documents under which random statements are played, over both worlds of lineage-world.ts at once. Everything but the
// masks is allowed.

const OWNER = `extends: owner
limits: { rows_returned: 1000000, bytes_returned: 1GiB, rows_changed: { statement: none, session: none }, statement_time: 10s }
`;

/**
 * Masks that show the same whatever the value, and no predicates: nothing may tell the worlds apart. Where a stored column is NULL
 * is seen, unless its mask is NULL too: that of the one which may be.
 */
export const STRICT = `${OWNER}masking: { mode: strict }
mask:
  "*.people.ssn": "null"
  "*.people.salary": redact
  "*.people.attrs": redact
  "*.orders.card": { mask: constant, value: "****" }
  "*.staff.badge": redact
  "*.parts.amount": redact
`;

/** Masks that look at the value: a cell is what PostgreSQL gives directly, or what a mask makes of it. */
export const STANDARD = `${OWNER}mask:
  "*.people.ssn": { mask: partial, last: 2 }
  "*.people.salary": { mask: bucket, width: 4 }
  "*.people.attrs": { mask: json, paths: { t: redact } }
  "*.orders.card": hash
  "*.staff.badge": { mask: partial, first: 1 }
  "*.parts.amount": "null"
`;
