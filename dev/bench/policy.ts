// The document that governed statements are measured under: the profile `agent` with twenty rules of one's own and fifty
// names with wildcards before the ones that match. Its limits leave room for the large workloads.

export const AGENT_POLICY = `extends: agent
relations:
  read: [${names("read", 25).join(", ")}, "*"]
  write: [${names("write", 25).join(", ")}, "*"]
rules:
${Array.from({ length: 20 }, (_, i) => `  - { id: rule-${i}, when: { kind: [update, delete], relation: "archive_${i}.*", role: "role-${i}" }, then: deny }`).join("\n")}
limits: { rows_returned: 1000000, bytes_returned: 1GiB, rows_changed: { statement: none, session: none }, statement_time: 10min }
`;

function names(what: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `"tenant_${i}.${what}_*"`);
}
