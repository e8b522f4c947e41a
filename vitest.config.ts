// Unit tests of core/ run twice, in Node and in workerd: it must not know the difference.
// workerd tests drive the object and the Worker; path tests drive the whole stack over real sockets, console tests with a
// browser.
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

// A network that trusts the test authority too: workerd's own TLS, with a certificate that a test has the key of.
const trustingNetwork = {
  network: {
    allow: ["private"],
    tlsOptions: { trustedCertificates: [readFileSync("./test/support/tls/ca.pem", "utf8")] },
  },
};

const CORE = [
  "test/unit/wire/**/*.test.ts",
  "test/unit/sql/**/*.test.ts",
  "test/unit/policy/{decision,document,mask-rules,masks,properties}.test.ts",
  "test/unit/masking/**/*.test.ts",
  "test/unit/record/**/*.test.ts",
  "test/unit/approvals/**/*.test.ts",
  "test/unit/conversation.test.ts",
];

/** Of those, what asks a real PostgreSQL, by its name: a server is started from Node. */
const WITH_POSTGRES = ["test/unit/**/*-postgres.test.ts"];

/** Where the machine is slow, a test is slow and not wrong. */
const PATIENT = { testTimeout: 20_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    // Most tests wait for other processes. vitest's own choice on two cores is one worker.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: { ...PATIENT, name: "unit", include: ["test/unit/**/*.test.ts", "test/fuzz/**/*.test.ts"] },
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            main: "./test/workerd/main.ts",
            miniflare: {
              compatibilityDate: "2026-11-01",
              // As wrangler has it by default.
              modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
              d1Databases: { LEDGER: "ledger", RECORD_1: "record-1" },
              r2Buckets: { RECORDS: "records" },
              durableObjects: { NOTEBOOKS: { className: "Notebook", useSQLite: true } },
              bindings: { MIGRATIONS: await readD1Migrations("./migrations") },
              serviceBindings: { TRUSTING_NETWORK: trustingNetwork },
            },
          })),
        ],
        resolve: {
          // The grammar's module comes from a file in Node, and from an import in workerd.
          alias: [{ find: /^.*\/support\/grammar\.ts$/, replacement: resolve("test/workerd/grammar.ts") }],
        },
        test: {
          ...PATIENT,
          name: "workerd",
          include: ["test/workerd/**/*.test.ts", ...CORE],
          exclude: WITH_POSTGRES,
          globalSetup: ["test/support/upstream-servers.ts"],
        },
      },
      {
        test: {
          name: "path",
          include: ["test/path/**/*.test.ts"],
          globalSetup: ["test/path/stack-setup.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "console",
          include: ["test/console/**/*.test.ts"],
          globalSetup: ["test/path/stack-setup.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // One browser at a time: the machine is small, and what is timed has to itself what it is timed on.
          fileParallelism: false,
        },
      },
    ],
  },
});
