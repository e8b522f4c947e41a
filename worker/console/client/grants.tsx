// Keeps the list of grants up to date (cards.ts).

import { render } from "hono/jsx/dom";
import type { GrantItem } from "../../grants/items.ts";
import { GrantCard } from "../components/grant.tsx";
import { keepUpToDate } from "./cards.ts";
import { byId } from "./element.ts";

const { issuer, subject, tokenName = "", token = "", may = "" } = byId("grants", HTMLElement).dataset;
const form = { name: tokenName, token };
const rights = may.split(" ");

keepUpToDate<GrantItem>({
  list: "grants",
  path: "/grants",
  draw: (grant, box) => {
    const own = grant.requester.issuer === issuer && grant.requester.subject === subject;
    render(
      <GrantCard
        grant={grant}
        form={form}
        own={own}
        mayDecide={rights.includes("decide")}
        mayRevoke={rights.includes("revoke")}
      />,
      box,
    );
  },
});
