// The token sources that need no issuer: an environment variable, a file, a command.

import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { tokenRefusal } from "../refusal.ts";
import { grantOf } from "./grant.ts";
import type { Obtain } from "./renewing.ts";

/** A token is a few kilobytes; more is the wrong file or the wrong command. */
const SOURCE_BYTES = 64 * 1024;
/** Time for a person to answer a login prompt of the command. */
const COMMAND_MS = 120_000;

export function tokenFromEnvironment(name: string, environment: Readonly<NodeJS.ProcessEnv>): Obtain {
  return async () => {
    const text = environment[name];
    if (text === undefined) {
      throw tokenRefusal(
        `the environment variable ${name} is not set`,
        `Put the token in ${name}, or use another token flag.`,
      );
    }
    return grantOf(text, `the environment variable ${name}`);
  };
}

/** Read again whenever the token is to be renewed, so whoever writes the file renews it. */
export function tokenFromFile(path: string): Obtain {
  return async () => grantOf(await readStart(path), `the token file ${path}`);
}

async function readStart(path: string): Promise<string> {
  try {
    const file = await open(path, "r");
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(SOURCE_BYTES), 0, SOURCE_BYTES, 0);
      return buffer.toString("utf8", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (fault) {
    const code = fault instanceof Error && "code" in fault ? String(fault.code) : "unreadable";
    throw tokenRefusal(
      `the token file ${path} cannot be read (${code})`,
      "Check --token-file and the file's permissions.",
    );
  }
}

/** Run by the shell; its standard error and terminal are the user's, its standard output is the token and shown to nobody. */
export function tokenFromCommand(command: string): Obtain {
  return async () => grantOf(await outputOf(command), "the output of the token command");
}

function outputOf(command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, {
      shell: true,
      stdio: ["ignore", "pipe", "inherit"],
      timeout: COMMAND_MS,
      killSignal: "SIGKILL",
    });
    // Whoever stops the shim does not leave its login prompt behind.
    const stop = (): boolean => child.kill("SIGKILL");
    process.once("exit", stop);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (output.length < SOURCE_BYTES) output += text;
    });
    child.once("error", () =>
      reject(tokenRefusal("the token command cannot be run", "Check --token-command.")),
    );
    child.once("close", (code, signal) => {
      process.off("exit", stop);
      if (code === 0) return resolve(output);
      const end = signal === null ? `exit code ${code}` : signal;
      reject(
        tokenRefusal(`the token command failed (${end})`, "Run the --token-command by hand to see why."),
      );
    });
  });
}
