// How `npm run migrations` (drizzle-kit generate) turns schema.ts into SQL. Runs in Node, never in the Worker.
// Applying is wrangler's: `wrangler d1 migrations apply sluice`.
import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "sqlite",
  schema: "./migrations/schema.ts",
  out: "./migrations",
});
