// A gateway before the shared stack's PostgreSQL whose document allows everything too, but is not open: every statement is
// decided on, its rows are counted, its time is limited, several in one message are sent one at a time.

import { afterAll, beforeAll, inject } from "vitest";
import { type PolicyGateway, startPolicyGateway } from "../policy/gateway.ts";

export const GOVERNED = `extends: owner
rules:
  - { id: nobody, when: { subject: nobody-at-all }, then: deny }
limits: { rows_returned: 100000000, bytes_returned: 100GiB, rows_changed: { statement: 100000000, session: 1000000000 }, statement_time: 10min, idle_time: 1h, session_time: 2h, statements_per_minute: 1000000000 }
`;

/** Up while the tests of the file run. Gives its connection string, for then. */
export function withGoverned(document: string = GOVERNED): () => string {
  let gateway: PolicyGateway;
  beforeAll(async () => {
    gateway = await startPolicyGateway({ url: inject("stack").upstream }, document);
  });
  afterAll(() => gateway.stop());
  return () => gateway.url;
}
