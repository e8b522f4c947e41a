// The start-up parameter `options`: a command line, split and read as the server does it (pg_split_opts in
// utils/init/postinit.c, process_postgres_switches in tcop/postgres.c), settings only. Pure.

import { err, ok, type Result } from "../../core/result.ts";
import { nameForMessage, type StartupRefusal } from "./refusal.ts";

export interface Setting {
  readonly name: string;
  readonly value: string;
}

/** Words are parted by white space; a backslash takes the next character as it is; one at the very end is dropped. */
export function splitOptions(options: string): readonly string[] {
  const words: string[] = [];
  let word: string | null = null;
  let escaped = false;
  for (const character of options) {
    if (!escaped && /[ \t\n\v\f\r]/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
      continue;
    }
    const opens: boolean = !escaped && character === "\\";
    word = (word ?? "") + (opens ? "" : character);
    escaped = opens;
  }
  if (word !== null) words.push(word);
  return words;
}

/** `-c name=value`, `-cname=value`, `--name=value`; anything else is a switch of the server and refused. */
export function readOptions(options: string): Result<readonly Setting[], StartupRefusal> {
  const settings: Setting[] = [];
  const words = splitOptions(options);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    let assignment: string | undefined;
    if (word === "-c") assignment = words[++i];
    else if (word.startsWith("-c")) assignment = word.slice(2);
    else if (word.startsWith("--") && word.length > 2) assignment = word.slice(2);
    else return err(switchRefused(word));

    const equals = assignment?.indexOf("=") ?? -1;
    if (assignment === undefined || equals <= 0) return err(valueMissing(assignment ?? ""));
    // ParseLongOption (utils/misc/guc.c): dashes in the name stand for underscores.
    settings.push({
      name: assignment.slice(0, equals).replaceAll("-", "_"),
      value: assignment.slice(equals + 1),
    });
  }
  return ok(settings);
}

function switchRefused(word: string): StartupRefusal {
  // The switch alone: what is glued to it may be a value.
  const shown = /^-[A-Za-z]/.test(word) ? ` "${word.slice(0, 2)}"` : "";
  return {
    sqlstate: "42501",
    message: `start-up parameter "options" holds the server switch or word${shown}, which the gateway does not allow`,
    hint: "Use -c NAME=VALUE, or set it with SET after connecting.",
  };
}

function valueMissing(assignment: string): StartupRefusal {
  const name = assignment === "" ? "" : ` for "${nameForMessage(assignment.replace(/^=.*/, ""))}"`;
  return {
    sqlstate: "42601",
    message: `start-up parameter "options" holds no value${name}`,
    hint: "Write -c NAME=VALUE.",
  };
}
