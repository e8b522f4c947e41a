// What `npm start` prints last before the ready line: how to connect, with commands that can be copied.

import { relative } from "node:path";
import { DEFAULT_STATE } from "./flags.ts";
import type { Reporter } from "./report.ts";
import type { DevFile } from "./state.ts";

export function welcome(dev: DevFile, state: string, reporter: Reporter): void {
  const { paint, line } = reporter;
  const label = (text: string): string => paint("bold", text.padEnd(10));
  const flag = state === DEFAULT_STATE ? "" : ` --state ${state}`;
  const file = shorten(`${state}/dev.json`);
  line();
  line(paint("bold", "Connect"));
  line(`  ${label("psql")} psql '${dev.postgres}'`);
  line(`  ${label("driver")} ${paint("dim", "@neondatabase/serverless, for plain HTTP on this machine:")}`);
  line(`             neonConfig.useSecureWebSocket = false;`);
  line("             neonConfig.wsProxy = (host, port) => `${host}:${port}/v2`;");
  line(`             new Pool({ connectionString: dev.connect })   ${paint("dim", `// ${file}`)}`);
  line(`  ${label("audit")} curl -H "Authorization: Bearer $(npm run -s token -- --role auditor${flag})" \\`);
  line(`               ${dev.gateway}/v1/sessions`);
  line(`  ${label("console")} ${dev.gateway}/console   ${paint("dim", "(sign in as operator)")}`);
  line(`  ${label("tokens")} npm run -s token -- --role agent --sub bot-1 --ttl 1h${flag}`);
  line(`  ${label("direct")} psql "$(node -p 'JSON.parse(fs.readFileSync("${file}")).upstream')"`);
  line(`  ${paint("dim", "Ctrl-C stops everything and keeps the record.")}`);
  line();
}

/** Relative below the working directory, absolute elsewhere. */
function shorten(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}
