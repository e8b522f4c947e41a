// Policies as the API shows them. Pure.

import type { Diagnostic } from "#core/policy";
import type { PolicyVersion, StoredPolicy } from "../../durable-objects/policies/index.ts";
import type { Problem } from "../problem.ts";
import type { DiagnosticItem, PolicyItem, PolicyVersionItem } from "./items.ts";

export function presentVersion(row: PolicyVersion): PolicyVersionItem {
  return {
    id: `${row.target}:${String(row.version)}`,
    target: row.target,
    version: row.version,
    created_at: new Date(row.createdAt).toISOString(),
    created_by: { issuer: row.issuer, subject: row.subject },
    comment: row.comment,
  };
}

export function presentPolicy(row: StoredPolicy): PolicyItem {
  return { ...presentVersion(row), document: row.document };
}

/** The gateway's default, which stands in no table. */
export function presentDefault(target: string, document: string): PolicyItem {
  return {
    id: `${target}:default`,
    target,
    version: null,
    created_at: null,
    created_by: null,
    comment: "the gateway's DEFAULT_POLICY: this target has no policy of its own",
    document,
  };
}

export function presentDiagnostic({ severity, line, column, path, message }: Diagnostic): DiagnosticItem {
  return { severity, line, column, path, message };
}

export function presentDiagnostics(diagnostics: readonly Diagnostic[]): Problem {
  const [first] = diagnostics;
  const more = diagnostics.length > 1 ? ` (and ${String(diagnostics.length - 1)} more)` : "";
  const where =
    first === undefined ? "" : `: line ${first.line}, column ${first.column}: ${first.message}${more}`;
  return {
    status: 422,
    title: "Unprocessable Content",
    detail: `the document is no valid policy${where}`,
    more: { diagnostics: diagnostics.map(presentDiagnostic) },
  };
}
