// Keeps the list of approvals up to date (cards.ts).

import { render } from "hono/jsx/dom";
import type { ApprovalItem } from "../../approvals/items.ts";
import { ApprovalCard } from "../components/approval.tsx";
import type { Viewer } from "../components/decide.tsx";
import { keepUpToDate } from "./cards.ts";
import { byId } from "./element.ts";

const viewer = JSON.parse(byId("approvals", HTMLElement).dataset["viewer"] ?? "null") as Viewer | null;

keepUpToDate<ApprovalItem>({
  list: "approvals",
  path: "/approvals",
  draw: (approval, box) => render(<ApprovalCard approval={approval} viewer={viewer} />, box),
});
