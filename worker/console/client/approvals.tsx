// Keeps the list of approvals up to date (cards.ts).

import { render } from "hono/jsx/dom";
import type { ApprovalItem } from "../../approvals/items.ts";
import { ApprovalCard } from "../components/approval.tsx";
import { keepUpToDate } from "./cards.ts";
import { byId } from "./element.ts";

const { issuer, subject, tokenName, token } = byId("approvals", HTMLElement).dataset;
const form = tokenName === undefined || token === undefined ? null : { name: tokenName, token };

keepUpToDate<ApprovalItem>({
  list: "approvals",
  path: "/approvals",
  draw: (approval, box) => {
    const own = approval.requester.issuer === issuer && approval.requester.subject === subject;
    render(<ApprovalCard approval={approval} form={form} own={own} />, box);
  },
});
