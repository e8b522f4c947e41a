// docs/masking.md: its documents are ones, and it names all that the grammar of masks has. Its tables are run against a gateway
// (test/path/masking-docs.test.ts).

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DETECTOR_NAMES } from "#core/policy";
import { INFERENCES, MASKING_MODES } from "../../../core/policy/document/document.ts";
import { MASK_PARAMETERS, MASKING_KEYS } from "../../../core/policy/document/masks.ts";
import { documentOf } from "./world.ts";

const page = readFileSync(new URL("../../../docs/masking.md", import.meta.url), "utf8");
const documents = [...page.matchAll(/```yaml\n([^`]*)```/g)].map(([, document = ""]) => document);

test("its documents have masks", () => {
  expect(documents.length).toBeGreaterThan(3);
  for (const document of documents) expect(documentOf(document).masks.length).toBeGreaterThan(0);
});

test("it names every mask with its parameters, every setting and its values, every detector", () => {
  const names = [
    ...Object.entries(MASK_PARAMETERS).flat(2),
    ...MASKING_KEYS,
    ...MASKING_MODES,
    ...INFERENCES,
    ...DETECTOR_NAMES,
  ];
  for (const name of names) expect(page).toContain(`\`${name}\``);
});

test("its masks are those of the table, each on a row of its own", () => {
  for (const mask of Object.keys(MASK_PARAMETERS))
    expect(page).toMatch(new RegExp(`^\\| .*\`${mask}\`.* \\|`, "m"));
});
