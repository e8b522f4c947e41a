// Unit tests run twice, in Node and in workerd: core/ must not know the difference.
// workerd tests drive the object and the Worker; path tests drive the whole stack over real sockets.
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: "unit", include: ["test/unit/**/*.test.ts", "test/fuzz/**/*.test.ts"] },
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            main: "./test/workerd/main.ts",
            miniflare: {
              compatibilityDate: "2026-11-01",
              d1Databases: { LEDGER: "ledger" },
              bindings: { MIGRATIONS: await readD1Migrations("./migrations") },
            },
          })),
        ],
        test: { name: "workerd", include: ["test/workerd/**/*.test.ts"] },
      },
    ],
  },
});
