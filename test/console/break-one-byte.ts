// What somebody does who has the database: changes a byte of what the record keeps, in D1's own file.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** "as it was" becomes "as it wat" in the answer of the session's second statement; how many answers were changed. */
export function breakOneByte(stateDirectory: string, session: string): number {
  const directory = join(stateDirectory, "gateway", "d1");
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" });
  let changes = 0;
  for (const file of files.filter((name) => name.endsWith(".sqlite") && !name.includes("metadata"))) {
    const database = new DatabaseSync(join(directory, file));
    const known =
      database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'statements'").get() !== undefined;
    if (known) {
      const statement = database.prepare(`UPDATE statements
        SET response_tail = unhex(replace(hex(response_tail), '617320697420776173', '617320697420776174'))
        WHERE session_id = ? AND seq = 2`);
      changes += Number(statement.run(session).changes);
    }
    database.close();
  }
  return changes;
}
