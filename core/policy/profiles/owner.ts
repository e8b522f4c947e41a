// The profile `owner`, in the grammar of documents: everything. Nothing but this profile is `open`: see compile.ts.

export const OWNER = `description: Everything that PostgreSQL permits.
relations: { read: ["*"], write: ["*"] }
functions: { call: ["*"] }
settings: { set: ["*"] }
introspection: true
safeguards: none
rules:
  - id: owner.everything
    when: { kind: any }
    then: allow
`;
