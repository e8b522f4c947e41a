// Masked or PostgreSQL's own, every cell of random statements: `node dev/masking/main.ts --campaign 5000` plays more of them.

import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { Differential } from "../masking/differential/differential.ts";
import { STANDARD, STRICT } from "../masking/differential/documents.ts";
import { WORLD } from "../unit/sql/lineage-world.ts";
import { withGoverned } from "./compat-governed.ts";

const STATEMENTS = 300;
const BOUND_MS = 20_000;
const SEED = 20_261_129;

let admin: pg.Client;

beforeAll(async () => {
  admin = new pg.Client({ connectionString: inject("stack").upstream });
  await admin.connect();
  await admin.query("DROP SCHEMA IF EXISTS one, two CASCADE");
  for (const statement of WORLD) await admin.query(statement);
});

afterAll(async () => {
  await admin.query("DROP SCHEMA one, two CASCADE");
  await admin.end();
});

const strict = withGoverned(STRICT);
const standard = withGoverned(STANDARD);

test(
  `${STATEMENTS} random statements show nothing of secrets, and nothing else`,
  { timeout: BOUND_MS * 2 },
  async () => {
    const differential = await Differential.open({
      direct: inject("stack").upstream,
      strict: strict().postgres,
      standard: standard().postgres,
    });
    try {
      const asked = { seed: SEED, statements: STATEMENTS, untilMs: Date.now() + BOUND_MS };
      const findings = await differential.run(asked, Date.now);
      if (process.env["MASKING_SCORE"] !== undefined) console.log(differential.score);
      expect(findings.toSorted((a, b) => a.sql.length - b.sql.length)).toEqual([]);
      // The test can see something: most is allowed, secrets are asked for, and what is none mostly comes through.
      const { statements, refusedStrict, refusedStandard, secret, over, shown } = differential.score;
      expect(statements).toBeGreaterThan(30);
      expect(refusedStrict).toBeLessThan(statements * 0.75);
      expect(refusedStandard).toBeLessThan(statements * 0.75);
      expect(secret).toBeGreaterThan(statements / 10);
      expect(shown).toBeGreaterThan(over);
    } finally {
      await differential.end();
    }
  },
);
