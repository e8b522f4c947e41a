// The state directory: where things lie in it, and the secrets and ports that a restart has to find again.
// Everything secret is 0600. The record and the tables belong to the parts that write them.

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "./user-error.ts";

export interface Secrets {
  /** The gateway's SESSION_KEY: 32 bytes as hexadecimal digits. */
  readonly session_key: string;
  /** The gateway's RECORD_KEY: 32 bytes as hexadecimal digits. */
  readonly record_key: string;
  /** The gateway's WEBHOOK_SECRET, for receivers on this machine to verify with. */
  readonly webhook_secret: string;
  /** Password of the embedded cluster's superuser, which only the stack itself uses. */
  readonly superuser_password: string;
  /** Password of the role that the gateway, and `upstream` in dev.json, connect as. */
  readonly upstream_password: string;
  /** Client secret of each confidential client of the issuer, by its id. */
  readonly clients: Readonly<Record<Role, string>>;
}

export const ROLES = ["agent", "approver", "auditor", "admin"] as const;
export type Role = (typeof ROLES)[number];

export interface Ports {
  readonly issuer?: number;
  readonly postgres?: number;
}

/** What dev.json says (DESIGN.md, "The local stack"). */
export interface DevFile {
  readonly gateway: string;
  readonly connect: string;
  readonly postgres: string;
  readonly upstream: string;
  readonly target: string;
  readonly issuer: string;
  readonly tokens: Readonly<Record<Role, string>>;
  readonly pid: number;
}

/** One folder after the other: mkdir's own `recursive` never ends below /proc (Node 24). */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  makeDirectory(dirname(directory));
  mkdirSync(directory, { mode: 0o711 });
}

export class State {
  readonly directory: string;
  /** True when this start made the directory's content: nothing from before counts. */
  readonly fresh: boolean;
  readonly secrets: Secrets;

  private constructor(directory: string, fresh: boolean, secrets: Secrets) {
    this.directory = directory;
    this.fresh = fresh;
    this.secrets = secrets;
  }

  static open(directory: string): State {
    try {
      // 0711: as root the embedded PostgreSQL runs under another account and has to pass through.
      makeDirectory(directory);
      const file = join(directory, "secrets.json");
      const fresh = !existsSync(file);
      if (fresh) writePrivate(file, newSecrets());
      const secrets = readJson<Partial<Secrets>>(file);
      // A directory of before there was a secret does not have it.
      const complete = { ...newSecrets(), ...secrets };
      if (Object.keys(complete).length > Object.keys(secrets).length) writePrivate(file, complete);
      return new State(directory, fresh, complete);
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError(`--state: cannot use ${directory} (${errorCode(error)})`);
    }
  }

  path(...names: readonly string[]): string {
    return join(this.directory, ...names);
  }

  get ports(): Ports {
    const file = this.path("ports.json");
    return existsSync(file) ? readJson<Ports>(file) : {};
  }

  rememberPorts(ports: Ports): void {
    writePrivate(this.path("ports.json"), ports);
  }

  writeDevFile(dev: DevFile): void {
    writePrivate(this.path("dev.json"), dev);
  }

  removeDevFile(): void {
    rmSync(this.path("dev.json"), { force: true });
  }
}

/** Whole or not at all: a reader never sees half a file. */
export function writePrivate(file: string, value: unknown): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, file);
}

/** The file is ours, so its shape is trusted; that it is JSON at all is not. */
export function readJson<T>(file: string): T {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch (error) {
    throw new UserError(
      `${file} cannot be read (${errorCode(error)}): remove the state directory for a fresh start`,
    );
  }
}

export function errorCode(error: unknown): string {
  if (error instanceof Error) return "code" in error ? String(error.code) : error.name;
  return "unknown";
}

function newKey(): string {
  return randomBytes(32).toString("hex");
}

function newSecrets(): Secrets {
  const secret = (): string => randomBytes(24).toString("base64url");
  return {
    session_key: newKey(),
    record_key: newKey(),
    webhook_secret: `whsec_${randomBytes(32).toString("base64")}`,
    superuser_password: secret(),
    upstream_password: secret(),
    clients: { agent: secret(), approver: secret(), auditor: secret(), admin: secret() },
  };
}
