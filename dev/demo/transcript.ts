// A replayed session as text for a terminal: time, statement, parameters, rows, outcome. Values in, lines out.

import type { Reporter } from "../report.ts";
import type { RecordedResponse, ReplayedSession, ReplayedStatement } from "./replay.ts";

type Paint = Reporter["paint"];

const ROWS_SHOWN = 5;
const WIDTH = 100;
const INDENT = " ".repeat(17);

export function formatSession(session: ReplayedSession, paint: Paint): string[] {
  const who = `${session.subject} (${session.roles.join(", ")})`;
  return [
    `  ${paint("bold", session.application_name)} ${paint("dim", `· ${who} · ${session.target} · ${session.id}`)}`,
    ...session.replayed.flatMap((statement) => formatStatement(statement, paint)),
  ];
}

function formatStatement(statement: ReplayedStatement, paint: Paint): string[] {
  const time = statement.started_at.slice(11, 23);
  const text = statement.statement.replace(/\s+/g, " ").trim();
  const parameters = statement.parameters.map(({ value, encoding }, index) => {
    const shown = value === null ? "NULL" : encoding === "base64" ? `base64 ${value}` : `'${value}'`;
    return `$${index + 1} = ${shown}`;
  });
  return [
    `  ${paint("dim", time)}  ${paint("cyan", cut(text === "" ? statement.operation : text))}`,
    ...(parameters.length === 0 ? [] : [`${INDENT}${paint("dim", cut(parameters.join(", ")))}`]),
    ...formatRows(statement.response, paint),
    `${INDENT}${formatOutcome(statement, paint)}`,
  ];
}

function formatRows(response: RecordedResponse, paint: Paint): string[] {
  return response.results.flatMap(({ columns, rows }) => {
    if (columns.length === 0) return [];
    const table = [
      columns.map((column) => column.name ?? "?"),
      ...rows.slice(0, ROWS_SHOWN).map((row) => row.map(formatValue)),
    ];
    const widths = columns.map((_, index) => Math.max(...table.map((row) => (row[index] ?? "").length)));
    const lines = table.map((row) =>
      cut(
        row
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join("  ")
          .trimEnd(),
      ),
    );
    const more = rows.length - ROWS_SHOWN;
    return [
      ...lines.map((line, index) => `${INDENT}${index === 0 ? paint("underline", line) : line}`),
      ...(more > 0 ? [`${INDENT}${paint("dim", `… ${more} more`)}`] : []),
    ];
  });
}

function formatValue(value: string | { readonly base64: string } | null): string {
  if (value === null) return "NULL";
  return typeof value === "string" ? value.replace(/\s+/g, " ") : `base64 ${value.base64}`;
}

function formatOutcome(statement: ReplayedStatement, paint: Paint): string {
  const { error, command_tags: tags, outcome, duration_ms: duration } = statement;
  const took = duration === null ? "" : paint("dim", ` · ${duration} ms`);
  if (error !== null) return `${paint("red", `ERROR ${error.sqlstate}: ${error.message}`)}${took}`;
  return `${paint("green", tags.length === 0 ? outcome : tags.join(", "))}${took}`;
}

function cut(text: string): string {
  return text.length <= WIDTH ? text : `${text.slice(0, WIDTH - 1)}…`;
}
