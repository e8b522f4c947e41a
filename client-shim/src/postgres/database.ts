// A connection to a PostgreSQL that speaks frames: logs in, sends bytes, gives the frames that come one by one, no faster
// than they are asked for. No driver: what a frame means is its user's business. Owns the socket.

import { createHash, randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { printable } from "../policy/gateway.ts";
import type { Address } from "./address.ts";
import { DatabaseFailure, dial } from "./dial.ts";
import { framesOf, ProtocolError, type Frame } from "./frames.ts";
import { password, saslInitial, saslResponse, startup, TERMINATE } from "./messages.ts";
import { reportFields } from "./replies.ts";
import { Scram, SCRAM_SHA_256 } from "./scram.ts";

export class Database {
  readonly #socket: Socket;
  readonly #frames: AsyncGenerator<Frame>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    // Its end comes to whoever asks for the next frame.
    socket.on("error", () => undefined);
    this.#frames = framesOf(socket);
  }

  /** @throws {DatabaseFailure} */
  static async connect(address: Address, parameters: ReadonlyMap<string, string>): Promise<Database> {
    const database = new Database(await dial(address));
    try {
      await database.#logIn(address, parameters);
    } catch (fault) {
      database.destroy();
      throw fault;
    }
    return database;
  }

  /** The next frame; null where PostgreSQL has ended the connection. */
  async next(): Promise<Frame | null> {
    try {
      const { done, value } = await this.#frames.next();
      return done === true ? null : value;
    } catch (fault) {
      if (fault instanceof ProtocolError) throw new DatabaseFailure(`The database sent ${fault.message}`);
      return null;
    }
  }

  /** Resolves when there is room for more. What a lost connection does not take is lost with it. */
  async send(bytes: Uint8Array): Promise<void> {
    if (this.#socket.destroyed || this.#socket.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        this.#socket.off("drain", go).off("close", go);
        resolve();
      };
      this.#socket.once("drain", go).once("close", go);
    });
  }

  async end(): Promise<void> {
    await this.send(TERMINATE);
    this.#socket.end();
    this.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #logIn(address: Address, more: ReadonlyMap<string, string>): Promise<void> {
    const { user, database } = address;
    const parameters = new Map([["user", user], ["database", database], ...more, ...address.parameters]);
    await this.send(startup(parameters));
    const answer = authentication(address);
    for (;;) {
      const frame = await this.next();
      if (frame === null) throw new DatabaseFailure("The database ended the connection during the start-up");
      switch (frame.code) {
        case "R": {
          const reply = answer(frame.body);
          if (reply !== null) await this.send(reply);
          break;
        }
        case "E": {
          const fields = reportFields(frame.body);
          throw new DatabaseFailure(
            `The database refused the connection: ${printable(fields.get("M") ?? "no reason given")}`,
          );
        }
        case "Z":
          return;
        default:
      }
    }
  }
}

/** Answers one Authentication message after the other; null where none is wanted. */
function authentication(address: Address): (body: Buffer) => Buffer | null {
  let scram: Scram | null = null;
  let proven = false;
  return (body) => {
    const kind = body.length < 4 ? -1 : body.readInt32BE();
    const rest = body.subarray(4);
    if (kind !== 0 && address.password === "")
      throw new DatabaseFailure(
        "The database wants a password. Put it into the connection string, or set PGPASSWORD",
      );
    switch (kind) {
      case 0:
        if (scram !== null && !proven)
          throw new DatabaseFailure("The database did not prove that it knows the password");
        return null;
      case 3:
        return password(address.password);
      case 5:
        return password(`md5${md5(md5(address.password + address.user), rest)}`);
      case 10:
        if (!rest.toString("utf8").split("\0").includes(SCRAM_SHA_256)) break;
        scram = new Scram(address.password, randomBytes(18).toString("base64"));
        return saslInitial(SCRAM_SHA_256, scram.first());
      case 11: {
        const final = scram?.final(rest.toString("utf8")) ?? null;
        if (final === null) throw new DatabaseFailure("The database broke the SCRAM exchange off");
        return saslResponse(final);
      }
      case 12:
        proven = scram?.verifies(rest.toString("utf8")) === true;
        return null;
      default:
    }
    throw new DatabaseFailure(
      "The database asks for a kind of authentication that is not supported: use SCRAM or a password",
    );
  };
}

function md5(text: string, salt: Uint8Array = new Uint8Array()): string {
  return createHash("md5").update(text).update(salt).digest("hex");
}

export { DatabaseFailure };
