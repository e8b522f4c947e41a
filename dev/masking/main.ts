// `node dev/masking/main.ts --campaign N`: N random statements in two worlds, as test/path/masking-differential.test.ts plays some
// of them; another seed each time, or `--seed`. Brings up a PostgreSQL and two gateways, prints what is wrong and the score.

import pg from "pg";
import { readOptions } from "../options.ts";
import { Differential } from "../../test/masking/differential/differential.ts";
import { STANDARD, STRICT } from "../../test/masking/differential/documents.ts";
import { WORLD } from "../../test/unit/sql/lineage-world.ts";
import { openStack } from "../bench/paths.ts";

/** Of statements between two lines of progress. */
const SLICE = 500;

const values = readOptions({
  campaign: { type: "string", default: "5000" },
  seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
});

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
const strict = await openStack({ policy: STRICT });
const standard = await openStack({ policy: STANDARD, flags: ["--upstream", strict.dev.upstream] });
let found = 0;
try {
  const admin = new pg.Client({ connectionString: strict.dev.upstream });
  await admin.connect();
  for (const statement of WORLD) await admin.query(statement);
  await admin.end();
  const differential = await Differential.open({
    direct: strict.dev.upstream,
    strict: strict.dev.postgres,
    standard: standard.dev.postgres,
  });
  console.log(`seed ${values.seed}`);
  for (let done = 0; done < Number(values.campaign); done += SLICE) {
    const statements = Math.min(SLICE, Number(values.campaign) - done);
    const asked = { seed: Number(values.seed) + done, statements, untilMs: Number.POSITIVE_INFINITY };
    for (const { sql, wrong } of await differential.run(asked, Date.now)) {
      found++;
      console.log(`${wrong}: ${sql}`);
    }
    console.error(`${done + statements} statements`);
  }
  console.log(`${found} wrong; ${JSON.stringify(differential.score)}`);
  await differential.end();
} finally {
  await standard.stop();
  await strict.stop();
}
process.exitCode = found === 0 ? 0 : 1;
