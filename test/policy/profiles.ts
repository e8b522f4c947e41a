// The documents that the corpora are played under. Wide where a case is about something else: a trap behind a view or a
// function is only met where view and function may be named.

export const PROFILES = {
  /** Reads anything, by any function of the application. */
  "read-only": `
extends: read-only
relations: { read: ["*"] }
functions: { call: ["app.*", "public.*", "trap.*"] }
`,
  /** Reads and writes anything of the application, but no table as a whole. */
  agent: `
extends: agent
relations: { read: ["*"], write: ["app.*"] }
functions: { call: ["app.*", "public.*", "trap.*"] }
`,
  /** Named relations. */
  scoped: `
extends: agent
relations: { read: [app.customers, app.orders, app.products], write: [app.orders] }
`,
  /** A schema; what its views and functions reach outside of it is not named. */
  "scoped by schema": `
extends: agent
relations: { read: ["app.*"], write: ["app.*"] }
functions: { call: ["app.*"] }
`,
  limits: `
extends: agent
relations: { read: ["*"], write: ["app.*"] }
functions: { call: ["app.*"] }
limits: { rows_returned: 100, bytes_returned: 64KiB, rows_changed: { statement: 10, session: 25 }, statement_time: 500ms }
`,
} as const;

export type ProfileName = keyof typeof PROFILES;
