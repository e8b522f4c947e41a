// Reads PostgreSQL's regression scripts as psql does, as far as their statements need it: splits them, skips psql's own
// commands and the data of COPY, and fills in variables. Pure: no server, no files.

/** Statements of a script with the text that psql would send. */
export function statementsOf(
  script: string,
  environment: Readonly<Record<string, string>>,
): readonly string[] {
  const statements: string[] = [];
  const variables = new Map<string, string>();
  let buffer = "";
  let parens = 0;
  let at = 0;
  /** BEGIN ATOMIC … END of a function's body keeps its semicolons. */
  let blocks = 0;
  let words: string[] = [];
  const finish = (): void => {
    const text = buffer.trim();
    if (text !== "") statements.push(text);
    buffer = "";
    parens = 0;
    blocks = 0;
    words = [];
  };
  const take = (length: number): void => {
    buffer += script.slice(at, at + length);
    at += length;
  };
  while (at < script.length) {
    const rest = script.slice(at, at + 64);
    const quoted = quotedLength(script, at);
    if (quoted > 0) {
      take(quoted);
      continue;
    }
    if (script[at] === "\\") {
      const end = endOfLine(script, at);
      const command = script.slice(at, end);
      at = end;
      if (/^\\(?:g|;)/.test(command)) finish();
      else if (command.startsWith("\\r")) buffer = "";
      else runCommand(command, variables, environment);
      continue;
    }
    const variable = /^:(?:'(\w+)'|"(\w+)"|(\w+))/.exec(rest);
    if (variable !== null && script[at - 1] !== ":") {
      const value = variables.get(variable[1] ?? variable[2] ?? variable[3] ?? "");
      if (value !== undefined) {
        buffer += variable[1] === undefined ? value : `'${value}'`;
        at += variable[0].length;
        continue;
      }
    }
    const word = /^[A-Za-z_][\w$]*/.exec(rest)?.[0];
    if (word !== undefined && !/[\w$]/.test(script[at - 1] ?? "")) {
      const known = word.toLowerCase();
      words.push(known);
      if (
        words[0] === "create" &&
        words.slice(1, 5).some((one) => one === "function" || one === "procedure")
      ) {
        if (known === "begin" || (known === "case" && blocks > 0)) blocks++;
        if (known === "end" && blocks > 0) blocks--;
      }
      take(word.length);
      continue;
    }
    if (script[at] === "(") parens++;
    if (script[at] === ")") parens--;
    if (script[at] === ";" && parens <= 0 && blocks === 0) {
      const isCopyIn = /^\s*copy\b[\s\S]*\bfrom\s+stdin\b/i.test(buffer.replaceAll(/--.*$/gm, ""));
      at++;
      finish();
      if (isCopyIn) at = endOfCopy(script, at);
      continue;
    }
    take(1);
  }
  finish();
  return statements;
}

/** Of a literal, quoted identifier, dollar quote or comment that begins here; 0 for none. */
function quotedLength(script: string, at: number): number {
  const rest = script.slice(at, at + 70);
  if (rest.startsWith("--")) return endOfLine(script, at) - at;
  if (rest.startsWith("/*")) return commentLength(script, at);
  if (rest.startsWith('"')) return (indexAfter(script, '"', at + 1) ?? script.length) - at;
  if (rest.startsWith("'")) {
    const escapes =
      /[eE]$/.test(script.slice(Math.max(0, at - 1), at)) &&
      !/[\w$][eE]$/.test(script.slice(Math.max(0, at - 2), at));
    for (let end = at + 1; end < script.length; end++) {
      if (escapes && script[end] === "\\") end++;
      else if (script[end] === "'" && script[end + 1] === "'") end++;
      else if (script[end] === "'") return end + 1 - at;
    }
    return script.length - at;
  }
  const dollar = /^\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/.exec(rest)?.[0];
  if (dollar === undefined || /[\w$]/.test(script[at - 1] ?? "")) return 0;
  return (indexAfter(script, dollar, at + dollar.length) ?? script.length) - at;
}

function commentLength(script: string, at: number): number {
  let depth = 0;
  for (let end = at; end < script.length; end++) {
    if (script.startsWith("/*", end)) {
      depth++;
      end++;
    } else if (script.startsWith("*/", end)) {
      depth--;
      end++;
      if (depth === 0) return end + 1 - at;
    }
  }
  return script.length - at;
}

function indexAfter(script: string, mark: string, from: number): number | null {
  const found = script.indexOf(mark, from);
  return found === -1 ? null : found + mark.length;
}

function endOfLine(script: string, at: number): number {
  const found = script.indexOf("\n", at);
  return found === -1 ? script.length : found;
}

function endOfCopy(script: string, at: number): number {
  const found = /^\\\.$/m.exec(script.slice(at));
  return found === null ? at : at + found.index + 2;
}

/** \getenv and \set, which scripts find their data files by. */
function runCommand(
  command: string,
  variables: Map<string, string>,
  environment: Readonly<Record<string, string>>,
): void {
  const [name = "", first = "", ...rest] = command.trim().split(/\s+/);
  if (name === "\\getenv") variables.set(first, environment[rest[0] ?? ""] ?? "");
  if (name !== "\\set") return;
  const value = rest.map((part) =>
    part.replace(/^:(\w+)$/, (_, known: string) => variables.get(known) ?? "").replace(/^'([^']*)'$/, "$1"),
  );
  variables.set(first, value.join(""));
}
