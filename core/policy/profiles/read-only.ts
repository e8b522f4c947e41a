// The profile `read-only`, in the grammar of documents. PostgreSQL holds its sessions read-only as well.

export const READ_ONLY = `description: Reads everything that is not sensitive; changes nothing.
relations: { read: ["*"], write: [] }
functions: { call: ["*"] }
introspection: true
rules:
  - id: read-only.two-phase
    when: { kind: [prepare_transaction, commit_prepared, rollback_prepared] }
    then: deny
  - id: read-only.reads
    when: { kind: [read, lock, transaction, set, reset, set_role, set_session_authorization, discard, prepare, execute, deallocate, declare, close, unlisten, call] }
    then: allow
limits: { rows_returned: 10000, bytes_returned: 64MiB, statement_time: 30s, idle_time: 30min, session_time: 12h }
`;
