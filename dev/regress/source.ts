// PostgreSQL's regression scripts from Debian's source package, by apt and with package lists of this run's own: nothing of
// the machine's configuration changes, nothing of the package comes into the repository.

import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const PACKAGES = ["postgresql-17", "postgresql-15"] as const;
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const SUITE = "bookworm";

/** The directory `src/test/regress`; null, with the reason, where there is no mirror to be had. */
export async function fetchRegress(
  place: string,
): Promise<{ readonly directory: string } | { readonly missing: string }> {
  if (!existsSync("/usr/bin/apt-get")) return { missing: "this machine has no apt" };
  for (const directory of ["lists/partial", "cache/archives/partial", "source"])
    mkdirSync(join(place, directory), { recursive: true });
  const list = join(place, "sources.sources");
  const from = (uri: string, suite: string): string =>
    `Types: deb-src\nURIs: ${uri}\nSuites: ${suite}\nComponents: main\n${existsSync(KEYRING) ? `Signed-By: ${KEYRING}\n` : ""}`;
  writeFileSync(
    list,
    [
      from("http://deb.debian.org/debian", SUITE),
      from("http://deb.debian.org/debian-security", `${SUITE}-security`),
    ].join("\n"),
  );
  const options = Object.entries({
    "Dir::Etc::sourcelist": list,
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::State::lists": join(place, "lists"),
    "Dir::Cache": join(place, "cache"),
    "Acquire::Retries": "1",
    "APT::Sandbox::User": "root",
  }).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  const source = join(place, "source");
  try {
    await run("apt-get", [...options, "update"], { timeout: 120_000 });
  } catch {
    return { missing: "Debian's mirror does not answer" };
  }
  for (const name of PACKAGES) {
    const { stdout } = await run("apt-cache", [...options, "showsrc", name]).catch(() => ({ stdout: "" }));
    // The newest may be gone from the mirror while the lists still name it.
    for (const [, version] of stdout.matchAll(/^Version: (\S+)$/gm)) {
      const download = ["source", "--download-only", "--tar-only", `${name}=${version}`];
      const done = await run("apt-get", [...options, ...download], { cwd: source, timeout: 300_000 }).catch(
        () => null,
      );
      const archive = readdirSync(source).find((file) => file.includes(".orig.tar"));
      if (done === null || archive === undefined) continue;
      await run("tar", ["--extract", "--file", archive, "--wildcards", "*/src/test/regress/*"], {
        cwd: source,
      });
      const tree = readdirSync(source).find((file) => existsSync(join(source, file, "src/test/regress/sql")));
      if (tree !== undefined) return { directory: join(source, tree, "src/test/regress") };
    }
  }
  return { missing: `no source package of ${PACKAGES.join(" or ")} could be had` };
}
