// Reads docs/policy.md as the tests run it: documents, and what follows each of them: tables of decisions, transcripts.

export interface Example {
  readonly line: number;
  readonly document: string;
  readonly decisions: readonly { readonly sql: string; readonly decision: string; readonly rule: string }[];
  readonly transcripts: readonly { readonly sql: string; readonly answer: string }[];
  /** `<!-- profile NAME -->` before it. */
  readonly profile: string | null;
}

export function examplesOf(markdown: string): readonly Example[] {
  const lines = markdown.split("\n");
  const examples: {
    line: number;
    document: string;
    decisions: { sql: string; decision: string; rule: string }[];
    transcripts: { sql: string; answer: string }[];
    profile: string | null;
  }[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? "";
    const example = examples.at(-1);
    const row = /^\| `(.+)` \| (.*) \| (.*) \|$/.exec(line);
    if (line === "```yaml" || line === "```text") {
      const end = lines.indexOf("```", i + 1);
      const block = lines.slice(i + 1, end).join("\n");
      if (line === "```yaml") {
        const profile = /^<!-- profile (.+) -->$/.exec(lines[i - 1] ?? "")?.[1] ?? null;
        examples.push({ line: i + 1, document: `${block}\n`, decisions: [], transcripts: [], profile });
      } else
        for (const part of block.split(/^=> /m).slice(1)) {
          const [sql = "", ...answer] = part.split("\n");
          example?.transcripts.push({ sql: sql.replace(/;$/, ""), answer: answer.join("\n").trim() });
        }
      i = end;
    } else if (row !== null && example !== undefined)
      example.decisions.push({
        sql: row[1] ?? "",
        decision: row[2] ?? "",
        rule: (row[3] ?? "").replaceAll("`", ""),
      });
  }
  return examples;
}
