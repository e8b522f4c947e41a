// Logging in to a real PostgreSQL 18, by each way that its pg_hba.conf can ask for.
import { beforeAll, describe, expect, it } from "vitest";
import { base64Decode } from "#core/bytes";
import { decodeBackend, encodeFrontend, FrameReader, PROTOCOL_3_2, type BackendMessage } from "#core/wire";
import {
  cancelUpstream,
  scramVerifier,
  type UpstreamConnection,
} from "../../../durable-objects/upstream/index.ts";
import { deps, open, postgres, refusal, reports, trustingNetwork, upstream } from "./servers.ts";

// The first one to ask starts it.
beforeAll(() => postgres(), 60_000);

const queryFrame = (text: string): Uint8Array =>
  encodeFrontend({ kind: "query", text: new TextEncoder().encode(text) });

/** Sends a simple query, gives what comes back until ReadyForQuery. */
async function query(connection: UpstreamConnection, text: string): Promise<readonly BackendMessage[]> {
  const reader = new FrameReader("backend", { maxFrameBytes: 1024 * 1024 * 16 });
  const messages: BackendMessage[] = [];
  await connection.write(queryFrame(text));
  while (messages.at(-1)?.kind !== "ready_for_query") {
    const frame = reader.next();
    if (!frame.ok) throw new Error(frame.error.detail);
    if (frame.value === null) {
      const chunk = await connection.read();
      if (chunk === null) throw new Error("closed");
      reader.push(chunk);
      continue;
    }
    const message = decodeBackend(frame.value);
    if (!message.ok) throw new Error(message.error.detail);
    messages.push(message.value);
  }
  return messages;
}

async function value(connection: UpstreamConnection, text: string): Promise<string> {
  const row = (await query(connection, text)).find((message) => message.kind === "data_row");
  return new TextDecoder().decode(row?.values[0] ?? new Uint8Array());
}

const local = async (credential: string, database = "postgres"): Promise<string> =>
  `postgres://${credential}@127.0.0.1:${await postgres()}/${database}?sslmode=disable`;

describe("PostgreSQL lets the gateway in", () => {
  it.each([
    ["scram-sha-256", "scram_user:scram-s3cret"],
    ["scram-sha-256 with the most iterations that Workers do", "slow_user:slow-s3cret"],
    ["md5", "md5_user:md5-s3cret"],
    ["password", "cleartext_user:clear-s3cret"],
    ["trust", "trust_user"],
  ])("by %s", async (_, credential) => {
    const connection = await open(await local(credential));
    expect(await value(connection, "SELECT current_user")).toBe(credential.split(":")[0]);
    await connection.close();
  });

  it("over TLS, with SCRAM-SHA-256-PLUS offered and not taken", async () => {
    const url = `postgres://tls_user:tls-s3cret@localhost:${await postgres()}/postgres`;
    const connection = await open(url, { connect: trustingNetwork });
    expect(await value(connection, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).toBe("t");
    await connection.close();
  });
});

describe("a password comes to what PostgreSQL makes of it", () => {
  it.each([
    ["plain ASCII", "s3cret"],
    ["a control character", "\u0007 bell"],
    ["composed or not", "pa\u0308\u00e4", "p\u00e4\u00e4"],
    ["compatibility characters, RFC 4013 §3", "\u2168 \ufb01", "IX fi"],
    ["soft hyphen, RFC 4013 §3", "I\u00adX", "IX"],
    ["spaces", "a\u00a0b\u3000c\u200bd", "a b c d"],
    ["prohibited: all stays as it is", "\ufb01\ue000"],
    ["unassigned in Unicode 3.2, an emoji", "\ufb01\u{1f511}"],
    ["unassigned in Unicode 3.2, low", "\ufb01\u20bf"],
    ["right to left", "\u05d0\ufb20", "\u05d0\u05e2"],
    ["right to left and left to right: all stays as it is", "\u05d0\ufb01"],
    ["right to left, but not at its end", "\u05d0\u2460"],
    ["nothing but what is mapped to nothing", "\u00ad"],
  ])("%s", async (_, password, alias = password) => {
    const admin = await open(await local("trust_user"));
    const said = await query(admin, `ALTER ROLE changing_user PASSWORD '${password}'`);
    expect(said[0]?.kind).toBe("command_complete");
    for (const spelling of [password, alias]) {
      await (await open(await local(`changing_user:${encodeURIComponent(spelling)}`))).close();
    }
    await admin.close();
  });
});

describe("what a connection brings", () => {
  it("has the server's reports as they came, and a cancel key", async () => {
    const connection = await open(
      await local("trust_user"),
      {},
      {
        settings: new Map([
          ["TimeZone", "Europe/Berlin"],
          ["client_encoding", "LATIN1"],
          ["user", "superuser"],
        ]),
      },
    );
    const reported = reports(connection);
    expect(reported["TimeZone"]).toBe("Europe/Berlin");
    expect(reported["client_encoding"]).toBe("UTF8");
    expect(reported["session_authorization"]).toBe("trust_user");
    expect(connection.cancelKey?.secretKey.length).toBe(4);
    expect(connection.transactionStatus).toBe("I");
    expect(connection.protocol).toEqual({ major: 3, minor: 0 });
    await connection.close();
  });

  it("speaks 3.2 when told to, with its longer cancel key", async () => {
    const connection = await open(
      await local("trust_user"),
      {},
      { settings: new Map(), protocol: PROTOCOL_3_2 },
    );
    expect(connection.protocol).toEqual(PROTOCOL_3_2);
    expect(connection.cancelKey?.secretKey.length).toBe(32);
    await connection.close();
  });

  it("sends the admin's options", async () => {
    const url = await local("trust_user");
    const connection = await open(`${url}&options=${encodeURIComponent("-c work_mem=1234kB")}`);
    expect(await value(connection, "SHOW work_mem")).toBe("1234kB");
    await connection.close();
  });

  it("reads more than workerd's 4 KiB at a time, and every byte of it", async () => {
    const connection = await open(await local("trust_user"));
    const bytes = 4 * 1024 * 1024;
    await connection.write(queryFrame(`SELECT repeat('x', ${bytes})`));
    let largest = 0;
    let xs = 0;
    while (xs < bytes) {
      const chunk = await connection.read();
      if (chunk === null) throw new Error("closed");
      largest = Math.max(largest, chunk.length);
      for (const byte of chunk) if (byte === 0x78) xs++;
    }
    expect(xs).toBe(bytes);
    expect(largest).toBeGreaterThan(4096);
    expect(largest).toBeLessThanOrEqual(128 * 1024);
    await connection.close();
  });

  it("keeps chunks apart: an earlier one is not overwritten by a later read", async () => {
    const connection = await open(await local("trust_user"));
    await connection.write(queryFrame("SELECT 'first'"));
    const first = await connection.read();
    const copy = first?.slice();
    await query(connection, "SELECT 'second, and longer'");
    expect(first).toEqual(copy);
    await connection.close();
  });

  it("ends with null when the server closes", async () => {
    const [one, other] = await Promise.all([
      open(await local("trust_user")),
      open(await local("trust_user")),
    ]);
    await query(other, `SELECT pg_terminate_backend(${one.cancelKey?.processId})`);
    let last = await one.read();
    while (last !== null) last = await one.read();
    expect(last).toBeNull();
    await Promise.all([one.close(), other.close()]);
  });

  it("is gone from the server after close", async () => {
    const [one, other] = await Promise.all([
      open(await local("trust_user")),
      open(await local("trust_user")),
    ]);
    const alive = `SELECT count(*) FROM pg_stat_activity WHERE pid = ${one.cancelKey?.processId}`;
    expect(await value(other, alive)).toBe("1");
    await one.close();
    await one.close();
    await expect.poll(() => value(other, alive)).toBe("0");
    await other.close();
  });
});

describe("cancelling", () => {
  it.each([
    ["in the clear on loopback", "trust_user", "127.0.0.1", "?sslmode=disable", undefined],
    ["over TLS", "tls_user:tls-s3cret", "localhost", "", trustingNetwork],
    ["by a key of 3.2", "trust_user", "127.0.0.1", "?sslmode=disable", undefined, PROTOCOL_3_2],
  ] as const)("ends the running statement, %s", async (_, credential, host, query_, connect, protocol?) => {
    const url = `postgres://${credential}@${host}:${await postgres()}/postgres${query_}`;
    const network = connect === undefined ? {} : { connect };
    const connection = await open(url, network, { settings: new Map(), ...(protocol && { protocol }) });
    const running = query(connection, "SELECT pg_sleep(30)");
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (connection.cancelKey === null) throw new Error("no cancel key");
    await cancelUpstream(deps(network), upstream(url), connection.cancelKey);
    const error = (await running).find((message) => message.kind === "error_response");
    expect(error?.fields.get("C")).toBe("57014");
    await connection.close();
  });

  it("does not reject where nobody listens", async () => {
    const nobody = upstream("postgres://u@127.0.0.1:1/postgres?sslmode=disable");
    await cancelUpstream(deps(), nobody, { processId: 1, secretKey: new Uint8Array(4) });
  });
});

describe("PostgreSQL does not let the gateway in", () => {
  it.each([
    ["a wrong password", "scram_user:canary-password-7f3a", "postgres", "28P01"],
    ["a wrong md5 password", "md5_user:canary-password-7f3a", "postgres", "28P01"],
    ["an unknown role", "canary_user:canary-password-7f3a", "postgres", "28000"],
    ["a rejected role", "rejected_user:canary-password-7f3a", "postgres", "28000"],
    ["an unknown database", "trust_user", "canary_db", "3D000"],
  ])(
    "%s: the agent learns that it is the gateway's matter, and no name",
    async (_, credential, database, code) => {
      const error = await refusal(await local(credential, database));
      expect(error).toMatchObject({ kind: "credential", sqlstate: "08004" });
      expect(error.message).toContain(code);
      expect(JSON.stringify(error)).not.toMatch(/canary|_user|127\.0\.0\.1/);
    },
  );

  it("a password is asked for and there is none", async () => {
    const error = await refusal(await local("scram_user"));
    expect(error).toMatchObject({ kind: "authentication", sqlstate: "08004" });
    expect(error.message).toContain("holds none");
  });

  it("a method that require_auth does not name", async () => {
    const url = `${await local("cleartext_user:clear-s3cret")}&require_auth=scram-sha-256`;
    expect((await refusal(url)).message).toContain('uses authentication "password"');
    expect((await refusal(`${await local("trust_user")}&require_auth=scram-sha-256,md5`)).message).toContain(
      '"none"',
    );
  });

  it("nobody listens", async () => {
    const error = await refusal("postgres://canary_user:x@127.0.0.1:1/canary_db?sslmode=disable");
    expect(error).toMatchObject({ kind: "unreachable", sqlstate: "08001" });
    expect(JSON.stringify(error)).not.toMatch(/canary|127/);
  });

  it("a certificate of an authority that Workers do not trust", async () => {
    const url = `postgres://tls_user:tls-s3cret@localhost:${await postgres()}/postgres`;
    expect(await refusal(url)).toMatchObject({ kind: "tls", sqlstate: "08001" });
  });

  it("a certificate for another name than the one dialled, also with sslmode=require", async () => {
    const url = `postgres://tls_user:tls-s3cret@127.0.0.1:${await postgres()}/postgres`;
    expect(await refusal(url, { connect: trustingNetwork })).toMatchObject({ kind: "tls" });
    expect(await refusal(`${url}?sslmode=require`, { connect: trustingNetwork })).toMatchObject({
      kind: "tls",
    });
  });
});

it("a verifier is what PostgreSQL keeps of the password", async () => {
  // The password and salt of RFC 7677, section 3; the keys as PostgreSQL 18 computes them.
  const salt = base64Decode("W22ZaJ0SNY7soEsUEjb6gQ==") ?? new Uint8Array();
  expect(await scramVerifier("pencil", salt)).toBe(
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
  );
});
