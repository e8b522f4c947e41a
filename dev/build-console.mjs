// Builds what the console's pages load, scripts and styles, to dist/assets, from where Workers assets serve it
// (wrangler.toml). Plain JavaScript, since whatever Node wrangler runs on runs it. Files appear whole: builds may overlap.

import { build } from "esbuild";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), "..");
const FROM = join(ROOT, "worker", "console");
const TO = join(ROOT, "dist", "assets");

const common = { bundle: true, minify: true, write: false, logLevel: "warning", legalComments: "none" };
const scripts = await build({
  ...common,
  entryPoints: ["session.ts", "sessions.tsx", "approvals.tsx", "grants.tsx", "forms.ts"].map((name) =>
    join(FROM, "client", name),
  ),
  outdir: join(TO, "console", "assets"),
  format: "esm",
  // What several pages need is loaded once.
  splitting: true,
  chunkNames: "shared-[hash]",
  target: "es2022",
  jsx: "automatic",
  // The components of the pages, drawn in the browser.
  alias: { "hono/jsx/jsx-runtime": "hono/jsx/dom/jsx-runtime" },
  jsxImportSource: "hono/jsx/dom",
});
const styles = await build({
  ...common,
  entryPoints: [join(FROM, "styles", "console.css")],
  outdir: join(TO, "console", "assets"),
});

// developers.cloudflare.com/workers/static-assets/headers
put(join(TO, "console", "assets", "icon.svg"), readFileSync(join(FROM, "styles", "icon.svg")));
put(
  join(TO, "_headers"),
  "/console/assets/*\n  X-Content-Type-Options: nosniff\n  Referrer-Policy: no-referrer\n",
);
for (const { path, contents } of [...scripts.outputFiles, ...styles.outputFiles]) put(path, contents);
const names = new Set(scripts.outputFiles.map(({ path }) => basename(path)));
for (const name of readdirSync(join(TO, "console", "assets")))
  if (/^shared-.*\.js$/.test(name) && !names.has(name))
    rmSync(join(TO, "console", "assets", name), { force: true });

function put(path, contents) {
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, contents);
  renameSync(unfinished, path);
}
