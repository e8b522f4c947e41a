// Request bodies: read to a bound, as UTF-8 text, and as JSON that a schema describes. What does not fit is a problem that
// says where.

import * as v from "valibot";
import { err, ok, type Result } from "../../core/result.ts";
import type { Problem } from "../problem.ts";

/** A policy document of a thousand rules has a tenth of it; D1 takes rows of 2 MB. */
export const DOCUMENT_BYTES = 512 * 1024;
/** A hundred statements of some length, and a document. */
export const JSON_BYTES = 4 * 1024 * 1024;

export async function readText(request: Request, mostBytes: number): Promise<Result<string, Problem>> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const reader = request.body?.getReader();
  for (;;) {
    const piece = await reader?.read();
    if (piece === undefined || piece.done) break;
    bytes += piece.value.length;
    if (bytes > mostBytes) {
      await reader?.cancel();
      return err(tooLarge(mostBytes));
    }
    parts.push(piece.value);
  }
  try {
    return ok(
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(await new Blob(parts).arrayBuffer()),
    );
  } catch {
    return err(badRequest("the body is not UTF-8 text"));
  }
}

export async function readJson<S extends v.GenericSchema>(
  request: Request,
  schema: S,
): Promise<Result<v.InferOutput<S>, Problem>> {
  const text = await readText(request, JSON_BYTES);
  if (!text.ok) return text;
  let value: unknown;
  try {
    value = JSON.parse(text.value);
  } catch {
    return err(badRequest("the body is not JSON"));
  }
  const parsed = v.safeParse(schema, value, { abortEarly: false });
  if (parsed.success) return ok(parsed.output);
  const issues = parsed.issues.map((issue) => ({
    path: v.getDotPath(issue) ?? "",
    message: said(issue),
  }));
  const [first] = issues;
  const where = first === undefined || first.path === "" ? "the body" : `"${first.path}"`;
  return err({ ...badRequest(`${where}: ${first?.message ?? "not understood"}`), more: { issues } });
}

export function badRequest(detail: string): Problem {
  return { status: 400, title: "Bad Request", detail };
}

/** What was expected, never what came: a statement may hold values. */
function said(issue: v.BaseIssue<unknown>): string {
  if (issue.kind === "schema") {
    // An object names the field that it lacks: `"reason"`, in its quotes.
    if (issue.type === "strict_object" && issue.expected?.startsWith('"')) return "is missing";
    return issue.expected === "never" ? "there is no such field" : `has to be ${issue.expected ?? "other"}`;
  }
  return issue.message.replace(/ but received .*$/s, "");
}

function tooLarge(mostBytes: number): Problem {
  return {
    status: 413,
    title: "Content Too Large",
    detail: `the body may have ${String(mostBytes)} bytes`,
  };
}
