// Under a document that allows everything (`extends: owner`) nothing differs, without exception.

import { inject } from "vitest";
import { compatibility } from "./compat-suite.ts";

compatibility({ url: () => inject("stack").postgres, differences: {} });
