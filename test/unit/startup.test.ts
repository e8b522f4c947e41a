// What a client may bring along at start-up (durable-objects/startup).
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  admitStartup,
  type AdmittedStartup,
  type StartupRefusal,
} from "../../durable-objects/startup/index.ts";
import { splitOptions } from "../../durable-objects/startup/options.ts";

function admitted(parameters: Record<string, string>): AdmittedStartup {
  const result = admitStartup(new Map(Object.entries({ user: "bot", ...parameters })));
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function refused(parameters: Record<string, string>): StartupRefusal {
  const result = admitStartup(new Map(Object.entries({ user: "bot", ...parameters })));
  if (result.ok) throw new Error("admitted");
  return result.error;
}

const settings = (parameters: Record<string, string>): Record<string, string> =>
  Object.fromEntries(admitted(parameters).settings);

describe("what drivers send", () => {
  it("psql", () => {
    const parameters = { database: "shop", application_name: "psql", client_encoding: "UTF8" };
    expect(admitted(parameters)).toEqual({
      user: "bot",
      database: "shop",
      settings: new Map([
        ["application_name", "psql"],
        ["client_encoding", "UTF8"],
      ]),
      protocolExtensions: [],
    });
  });

  it("JDBC, with its own spelling of names", () => {
    const parameters = {
      DateStyle: "ISO",
      TimeZone: "Europe/Berlin",
      extra_float_digits: "2",
      client_encoding: "UTF8",
    };
    expect(settings(parameters)).toEqual(parameters);
  });

  it("lib/pq in lower case, asyncpg with quotes", () => {
    expect(settings({ datestyle: "ISO, MDY", TIMEZONE: "UTC", client_encoding: "'utf-8'" })).toEqual({
      DateStyle: "ISO, MDY",
      TimeZone: "UTC",
      client_encoding: "UTF8",
    });
  });

  it("no database: the user's name, as in PostgreSQL", () => {
    expect(admitted({}).database).toBe("bot");
    expect(admitted({ database: "" }).database).toBe("bot");
  });

  it("protocol extensions are collected, not refused and not passed on", () => {
    const startup = admitted({ "_pq_.report_parameters": "role", "_pq_.x": "1" });
    expect(startup.protocolExtensions).toEqual(["_pq_.report_parameters", "_pq_.x"]);
    expect(startup.settings.size).toBe(0);
  });
});

describe("client_encoding", () => {
  it.each(["UTF8", "utf8", "UTF-8", "utf_8", "Unicode", "'UTF8'"])("%s is UTF8", (value) => {
    expect(settings({ CLIENT_ENCODING: value })).toEqual({ client_encoding: "UTF8" });
  });
  it.each(["LATIN1", "SQL_ASCII", "UTF16", "", "auto", "utf8mb4"])("%j is refused", (value) => {
    expect(refused({ client_encoding: value })).toMatchObject({ sqlstate: "22023" });
    expect(refused({ options: `-c client_encoding=${value}` })).toMatchObject({ sqlstate: "22023" });
  });
});

describe("refused by name, never by value", () => {
  it.each(["search_path", "role", "session_authorization", "default_transaction_read_only", "USER"])(
    "%s",
    (name) => {
      const refusal = refused({ [name]: "canary" });
      expect(refusal).toMatchObject({ sqlstate: "42501" });
      expect(refusal.message).toContain(`"${name}"`);
      expect(refusal.hint).toContain("SET after connecting");
      expect(JSON.stringify(refusal)).not.toContain("canary");
    },
  );

  it("a name from outside cannot write into the message", () => {
    const { message } = refused({ [`x"\n\u001b[31m${"y".repeat(200)}`]: "v" });
    expect(message).toMatch(/^[\x20-\x7e]{1,140}$/);
    expect(message.split('"').length).toBe(3);
  });

  it("a letter that only Unicode takes for the same is another name", () => {
    expect(refused({ "date\u017ftyle": "ISO" }).sqlstate).toBe("42501");
    expect(refused({ "Time\u017bone": "UTC" }).sqlstate).toBe("42501");
  });

  it("a value beyond reason", () => {
    expect(refused({ application_name: "x".repeat(1025) }).sqlstate).toBe("22023");
  });

  it("no user", () => {
    expect(refused({ user: "" }).sqlstate).toBe("28000");
  });
});

describe("replication", () => {
  it.each(["false", "off", "of", "no", "n", "0", "F", "OFF"])("%s is no replication", (replication) => {
    expect(settings({ replication })).toEqual({});
  });
  it.each(["true", "database", "on", "1", "yes", "", "o", "00", " off"])("%j is refused", (replication) => {
    expect(refused({ replication }).sqlstate).toBe("0A000");
  });
});

describe("options", () => {
  it("takes the three spellings of a setting, dashes for underscores", () => {
    expect(
      settings({
        options: "-c statement_timeout=5s -clock_timeout=1s --idle-in-transaction-session-timeout=1min",
      }),
    ).toEqual({ statement_timeout: "5s", lock_timeout: "1s", idle_in_transaction_session_timeout: "1min" });
  });

  it("unescapes as the server does", () => {
    expect(settings({ options: String.raw`-c application_name=a\ b\\c=d` })).toEqual({
      application_name: "a b\\c=d",
    });
  });

  it("gives way to a parameter of its own, wherever that stands", () => {
    expect(settings({ TimeZone: "UTC", options: "-c timezone=CET" })).toEqual({ TimeZone: "UTC" });
  });

  it.each([
    ["-c search_path=canary", "search_path"],
    ["-csearch_path=canary", "search_path"],
    ["--search-path=canary", "search_path"],
    [String.raw`-c sear\ch_path=canary`, "search_path"],
    ["\t-c\nrole=canary", "role"],
    ["-c statement_timeout=1 -c role=canary", "role"],
    ["-c geqo=canary", "geqo"],
    ["-d canary", '"-d"'],
    ["-Fcanary", '"-F"'],
    ["-S 64", '"-S"'],
    ["canary", "switch"],
    ["--", "switch"],
    ["-", "switch"],
    ["-c", "no value"],
    ["-c statement_timeout", "statement_timeout"],
    ["--statement_timeout 5", "statement_timeout"],
    ["-c =canary", "no value"],
  ])("%j is refused", (options, named) => {
    const refusal = refused({ options });
    expect(refusal.message).toContain(named);
    expect(JSON.stringify(refusal)).not.toContain("canary");
  });

  it("splits back what was joined with escapes", () => {
    const word = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const joined = words.map((text) => text.replaceAll(/[\s\\]/g, String.raw`\$&`)).join(" ");
        expect(splitOptions(joined)).toEqual(words);
      }),
    );
  });
});

it("whatever comes, the settings passed on are on the list", () => {
  const allowed =
    /^(application_name|client_encoding|DateStyle|TimeZone|IntervalStyle|extra_float_digits|statement_timeout|lock_timeout|idle_in_transaction_session_timeout)$/;
  const name = fc.oneof(
    fc.string(),
    fc.constantFrom("options", "timezone", "user", "_pq_.x", "role", "search_path"),
  );
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom("-c role=x", "--timezone=UTC", "-c lock_timeout=1", "UTF8"),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), (pairs) => {
      const result = admitStartup(new Map([["user", "u"], ...pairs]));
      if (result.ok) for (const setting of result.value.settings.keys()) expect(setting).toMatch(allowed);
    }),
  );
});
