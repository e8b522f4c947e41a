// An operation of the API as the OpenAPI document needs it, and the schemas that many share. See openapi.ts.

export type JsonObject = Readonly<Record<string, unknown>>;

export interface Operation {
  /** "get" unless said. */
  readonly method?: "delete" | "post" | "put";
  readonly path: string;
  /** The first line alone, and the whole as the description. */
  readonly summary: string;
  /** Media type -> schema of the body. */
  readonly takes?: JsonObject;
  /** Request headers, with what they say; none is required by itself. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Media type -> schema of a 200; null is a 204. */
  readonly gives: JsonObject | null;
  /** Problems that the call can end in, beside 401 and 403. */
  readonly problems: readonly number[];
  /** Who may call; the auditor unless said. */
  readonly role?:
    | "admin"
    | "admin or auditor"
    | "agent or admin"
    | "approver"
    | "approver, auditor or admin"
    | "agent"
    | "agent, approver or admin"
    | "agent, approver, auditor or admin"
    | "anyone";
}

export const ref = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });

export const json = (schema: JsonObject): JsonObject => ({ "application/json": { schema } });

export const list = (name: string): JsonObject =>
  json({
    type: "object",
    required: ["data", "next_cursor"],
    properties: { data: { type: "array", items: ref(name) }, next_cursor: { type: ["string", "null"] } },
  });
