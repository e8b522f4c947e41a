// The profile `agent`, in the grammar of documents: what an AI agent may do that works with data and not on the database.

export const AGENT = `description: Reads and bounded writes; a person is asked for definitions and privileges.
relations: { read: ["*"], write: ["*"] }
functions: { call: ["*"] }
introspection: true
rules:
  - id: agent.temporary
    when:
      kind: [create_table, create_table_as, select_into, create_view, create_sequence, create_index, alter_table, alter_view, alter_sequence, drop_table, drop_view, drop_sequence, drop_index, select, insert]
      action: define
      relation: "pg_temp.*"
    then: allow
  - id: agent.no-unbounded-writes
    when: { bounded: false }
    then: deny
  - id: agent.ddl
    when: { kind: [ddl, privileges] }
    then: approve
  - id: agent.code
    when: { kind: do }
    then: deny
    hint: "Send the statements of the block one at a time."
  - id: agent.two-phase
    when: { kind: [prepare_transaction, commit_prepared, rollback_prepared] }
    then: deny
  - id: agent.notify
    when: { kind: notify }
    then: deny
  - id: agent.lock
    when: { kind: lock, action: lock }
    then: deny
    hint: "Use SELECT … FOR UPDATE for the rows that you need."
  - id: agent.maintenance
    when: { kind: maintenance }
    then: deny
  - id: agent.work
    when: { kind: [read, write, transaction, session, call] }
    then: allow
limits: { rows_returned: 10000, bytes_returned: 64MiB, rows_changed: { statement: 1000, session: 10000 }, statement_time: 30s, idle_time: 30min, session_time: 12h }
`;
