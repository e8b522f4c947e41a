// PostgreSQL servers that lie, by script: what the real one never does. Each script is one conversation on one connection.

import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { encodeBackend, errorResponse, type BackendMessage } from "#core/wire";
import type { ScriptName } from "./provided.ts";

/** One side of a conversation: each chunk of the client is taken for one message, since it waits for each answer. */
class Peer {
  readonly #chunks: Buffer[] = [];
  #waiting: ((chunk: Buffer) => void) | null = null;
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      const waiting = this.#waiting;
      this.#waiting = null;
      if (waiting === null) this.#chunks.push(chunk);
      else waiting(chunk);
    });
  }

  hear(): Promise<Buffer> {
    const chunk = this.#chunks.shift();
    return chunk === undefined ? new Promise((resolve) => (this.#waiting = resolve)) : Promise.resolve(chunk);
  }

  say(...messages: readonly (BackendMessage | Uint8Array | string)[]): void {
    const parts = messages.map((message) => {
      if (typeof message === "string") return Buffer.from(message, "latin1");
      return message instanceof Uint8Array ? message : encodeBackend(message);
    });
    this.socket.write(Buffer.concat(parts));
  }
}

/** What the tests log in with. */
const PASSWORD = "canary-password-7f3a";

type Script = (peer: Peer) => Promise<void>;

const OK: BackendMessage = { kind: "authentication_ok" };
const READY: BackendMessage = { kind: "ready_for_query", status: "I" };
const SASL: BackendMessage = { kind: "authentication_sasl", mechanisms: ["SCRAM-SHA-256"] };

/** After the start-up packet. */
function afterStartup(script: Script): Script {
  return async (peer) => {
    await peer.hear();
    await script(peer);
  };
}

function refuses(sqlstate: string, message: string): Script {
  return afterStartup(async (peer) => {
    peer.say(errorResponse({ severity: "FATAL", sqlstate, message }));
    peer.socket.end();
  });
}

interface Lie {
  readonly nonce?: (client: string) => string;
  readonly iterations?: number;
  readonly signature?: (genuine: Buffer) => Buffer;
  /** What the server says once it has the client's proof, in place of its own. */
  readonly instead?: readonly BackendMessage[];
}

/** A SCRAM server that knows the password and is honest but for `lie`. */
function scram(lie: Lie): Script {
  return afterStartup(async (peer) => {
    peer.say(SASL);
    const first = (await peer.hear()).toString("latin1").replace(/^[^]*?n,,/, "");
    const nonce = (lie.nonce ?? ((client) => `${client}server`))(/r=(.*)$/.exec(first)?.[1] ?? "");
    const iterations = lie.iterations ?? 4096;
    const salt = Buffer.from("0123456789abcdef");
    const challenge = `r=${nonce},s=${salt.toString("base64")},i=${iterations}`;
    peer.say({ kind: "authentication_sasl_continue", data: Buffer.from(challenge) });
    const final = (await peer.hear())
      .subarray(5)
      .toString("latin1")
      .replace(/,p=.*$/, "");
    const salted = pbkdf2Sync(PASSWORD, salt, iterations, 32, "sha256");
    const serverKey = createHmac("sha256", salted).update("Server Key").digest();
    const genuine = createHmac("sha256", serverKey).update(`${first},${challenge},${final}`).digest();
    if (lie.instead !== undefined) return peer.say(...lie.instead);
    const signature = (lie.signature ?? ((bytes) => bytes))(genuine).toString("base64");
    peer.say({ kind: "authentication_sasl_final", data: Buffer.from(`v=${signature}`) }, OK, READY);
  });
}

function tls(certificate: string): Script {
  return async (peer) => {
    await peer.hear();
    peer.socket.removeAllListeners("data");
    peer.say("S");
    const pem = (kind: string): Buffer =>
      readFileSync(new URL(`tls/${certificate}.${kind}`, import.meta.url));
    const secured = new TLSSocket(peer.socket, { isServer: true, cert: pem("pem"), key: pem("key") });
    await afterStartup(async (inside) => inside.say(OK, READY))(new Peer(secured));
  };
}

const SCRIPTS = {
  "answers SSLRequest with N": async (peer) => {
    await peer.hear();
    peer.say("N");
  },
  "answers SSLRequest with an error": async (peer) => {
    await peer.hear();
    peer.say(
      errorResponse({ severity: "FATAL", sqlstate: "XX000", message: "a man in the middle says: run this" }),
    );
  },
  "sends bytes after S": async (peer) => {
    await peer.hear();
    peer.say("S", OK, READY);
  },
  "closes when asked for TLS": async (peer) => {
    await peer.hear();
    peer.socket.end();
  },
  "TLS, self-signed": tls("self-signed"),
  "TLS, for another host": tls("other-host"),
  "TLS, honest": tls("localhost"),
  silent: async () => undefined,
  "closes after start-up": afterStartup(async (peer) => void peer.socket.end()),
  "speaks HTTP": afterStartup(async (peer) => peer.say("HTTP/1.1 400 Bad Request\r\n\r\n")),
  "announces a gigabyte": afterStartup(async (peer) => peer.say("R\x3f\xff\xff\xff")),
  "asks for method 99": afterStartup(async (peer) => peer.say("R\0\0\0\x08\0\0\0\x63")),
  "asks for GSSAPI": afterStartup(async (peer) => peer.say({ kind: "authentication_gss" })),
  "offers an unknown SASL mechanism": afterStartup(async (peer) =>
    peer.say({ kind: "authentication_sasl", mechanisms: ["OAUTHBEARER"] }),
  ),
  "asks for the password twice": afterStartup(async (peer) => {
    peer.say({ kind: "authentication_cleartext_password" });
    await peer.hear();
    peer.say({ kind: "authentication_cleartext_password" });
  }),
  "asks for the password in the clear": afterStartup(async (peer) =>
    peer.say({ kind: "authentication_cleartext_password" }),
  ),
  "reports before authentication": afterStartup(async (peer) =>
    peer.say({ kind: "parameter_status", name: "a", value: "b" }),
  ),
  "is ready before authentication": afterStartup(async (peer) => peer.say(READY)),
  "reports without end": afterStartup(async (peer) => {
    peer.say(OK);
    const report = encodeBackend({ kind: "parameter_status", name: "a", value: "b".repeat(60_000) });
    for (let i = 0; i < 40; i++) peer.socket.write(report);
  }),
  "offers protocol 3.9": afterStartup(async (peer) =>
    peer.say({ kind: "negotiate_protocol_version", protocol: { major: 3, minor: 9 }, unrecognized: [] }),
  ),
  "lets in and then reads no more": afterStartup(async (peer) => {
    peer.say(OK, READY);
    peer.socket.pause();
  }),
  "goes on in the same chunk": afterStartup(async (peer) => peer.say(OK, READY, "N\0\0\0\x05")),
  "SCRAM, honest": scram({}),
  "SCRAM, nonce not extended": scram({ nonce: (client) => client }),
  "SCRAM, nonce replaced": scram({ nonce: () => "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }),
  "SCRAM, 100001 iterations": scram({ iterations: 100_001 }),
  "SCRAM, 1 iteration": scram({ iterations: 1 }),
  "SCRAM, wrong signature": scram({ signature: (bytes) => createHash("sha256").update(bytes).digest() }),
  "SCRAM, short signature": scram({ signature: (bytes) => bytes.subarray(0, 4) }),
  "SCRAM, no signature": scram({ instead: [OK, READY] }),
  "too many connections": refuses("53300", "sorry, too many clients already"),
  "too many connections for the role": refuses("53300", 'too many connections for role "canary_user"'),
  "starting up": refuses("57P03", "the database system is starting up"),
  "no pg_hba.conf entry": refuses(
    "28000",
    'no pg_hba.conf entry for host "203.0.113.9", user "canary_user", database "canary_db", no encryption',
  ),
  "unheard-of error": refuses("XX999", "canary_user at canary_db has been seen"),
} as const satisfies Record<ScriptName, Script>;

export function isScript(name: string): name is ScriptName {
  return Object.hasOwn(SCRIPTS, name);
}

export interface FakeUpstream {
  readonly port: number;
  stop(): void;
}

export async function startFakeUpstream(name: ScriptName): Promise<FakeUpstream> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    void SCRIPTS[name](new Peer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
