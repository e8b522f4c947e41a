// JSON Schema of the document, for editors. parse.ts is what decides; this helps to write.

export const DOCUMENT_SCHEMA: Readonly<Record<string, unknown>> = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Sluice policy",
  type: "object",
};
