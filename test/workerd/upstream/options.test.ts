// Our reading of `options` against the server's own: whatever we make of a string, PostgreSQL makes the same of it.
import { beforeAll, describe, expect, it } from "vitest";
import { admitStartup } from "../../../durable-objects/startup/index.ts";
import { connectUpstream } from "../../../durable-objects/upstream/index.ts";
import { deps, postgres, reports, upstream } from "./servers.ts";

// The first one to ask starts it.
beforeAll(() => postgres(), 60_000);

/** What application_name and TimeZone are when the server reads the string itself; null where it refuses it. */
async function byServer(options: string): Promise<Record<string, string> | null> {
  const url = `postgres://trust_user@127.0.0.1:${await postgres()}/postgres?sslmode=disable&options=${encodeURIComponent(options)}`;
  const result = await connectUpstream(deps(), upstream(url), { settings: new Map() });
  if (!result.ok) return null;
  const { application_name, TimeZone } = reports(result.value);
  await result.value.close();
  return { application_name: application_name ?? "", TimeZone: TimeZone ?? "" };
}

/** The same by way of the allow-list: settings as parameters. */
async function byUs(options: string): Promise<Record<string, string> | null> {
  const startup = admitStartup(
    new Map([
      ["user", "u"],
      ["options", options],
    ]),
  );
  if (!startup.ok) return null;
  const url = `postgres://trust_user@127.0.0.1:${await postgres()}/postgres?sslmode=disable`;
  const result = await connectUpstream(deps(), upstream(url), startup.value);
  if (!result.ok) return null;
  const { application_name, TimeZone } = reports(result.value);
  await result.value.close();
  return { application_name: application_name ?? "", TimeZone: TimeZone ?? "" };
}

describe("options that we admit mean to us what they mean to PostgreSQL", () => {
  it.each([
    "-c application_name=a",
    "-capplication_name=a",
    "--application_name=a",
    "--application-name=a-b",
    "-c APPLICATION_NAME=a --timezone=CET",
    "  -c \t application_name=a\n-c\vTimeZone=CET\f",
    String.raw`-c application_name=a\ b`,
    String.raw`-c application_name=a\\b`,
    String.raw`-c application_name=a\\\ b`,
    String.raw`-c application_name=a\b\n`,
    "-c application_name=a\\",
    String.raw`\-c applica\tion_name=a`,
    String.raw`-c\ application_name=a`,
    "-c application_name=a=b=c",
    "-c application_name=",
    '-c application_name="a b"',
    "-c application_name='a'",
    "-c application_name=a -c application_name=b",
    "-c application_name=a\u00a0b",
    "-c application_name=\u3042",
    "",
    " ",
  ])("%j", async (options) => {
    const server = await byServer(options);
    expect(await byUs(options)).toEqual(server);
  });

  it.each(["-c", "-c application_name", "--application_name a", "a", "-c =a", "-c a-b", "--=", "-"])(
    "%j is refused by both",
    async (options) => {
      expect(await byUs(options)).toBeNull();
      expect(await byServer(options)).toBeNull();
    },
  );
});
