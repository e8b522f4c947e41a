// This room's part of the OpenAPI document.

import { json, ref, type Operation } from "../openapi-operation.ts";
import { ActivityList, Marks, Statistics } from "./items.ts";
import type { InsightOperationId } from "./parameters.ts";

export const INSIGHT_OPERATIONS = {
  listMarks: {
    path: "/sessions/{id}/marks",
    summary: "A session's statements at a glance, in order: what a timeline of it draws",
    gives: json(ref("Marks")),
    problems: [400, 404, 503],
  },
  listActivity: {
    path: "/activity",
    summary: "Of sessions: how many statements were refused or held, and when they were busy",
    gives: json(ref("ActivityList")),
    problems: [400, 503],
  },
  getStatistics: {
    path: "/statistics",
    summary: "Statements of a period counted over time; the newest 20,000 at most",
    gives: json(ref("Statistics")),
    problems: [400, 503],
  },
} as const satisfies Record<InsightOperationId, Operation>;

export const INSIGHT_SCHEMAS = { Marks, ActivityList, Statistics };
