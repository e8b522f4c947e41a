// Unit tests run twice, in Node and in workerd: core/ must not know the difference.
// workerd tests drive the object and the Worker; path tests drive the whole stack over real sockets.
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: "unit", include: ["test/unit/**/*.test.ts", "test/fuzz/**/*.test.ts"] },
      },
    ],
  },
});
