// All leaks.

import type { Leak } from "../case.ts";
import { ERRORS_AND_BLIND } from "./errors.ts";
import { INFERENCE } from "./inference.ts";
import { QUERIES } from "./queries.ts";
import { READING } from "./reading.ts";
import { RECORDS } from "./records.ts";
import { WRITING } from "./writing.ts";

export const LEAKS: readonly Leak[] = [
  ...READING,
  ...QUERIES,
  ...WRITING,
  ...ERRORS_AND_BLIND,
  ...INFERENCE,
  ...RECORDS,
];
