// The console: pages over the API for the people around the gateway. Routes only; what each page shows is in pages/, how people
// sign in in sign-in/, what runs in their browsers in client/. README.md.

import { Hono, type MiddlewareHandler } from "hono";
import type { Role } from "#core/policy";
import { problem } from "../problem.ts";
import { apiFor, type Api } from "./api.ts";
import { type Place, PLACES, placesFor } from "./components/layout.tsx";
import { parseConsole } from "./config.ts";
import type { AskApi, ConsoleContext, ConsoleEnv } from "./env.ts";
import { readForm, STALE_FORM } from "./forms.ts";
import { pageHeaders } from "./headers.ts";
import { consoleKeys } from "./keys.ts";
import { approvalPage, approvalsPage, decideApproval, reviewApproval } from "./pages/approvals.tsx";
import { decideGrant, grantPage, grantsPage, revokeGrant } from "./pages/grants.tsx";
import { healthPage } from "./pages/health.tsx";
import { overviewPage } from "./pages/overview.tsx";
import { forbiddenPage, problemPage, signedOutPage, unavailablePage } from "./pages/page.tsx";
import { policiesPage, policyPage, versionPage } from "./pages/policies.tsx";
import { policyWork } from "./pages/policy-work.tsx";
import { sessionSoFarPage } from "./pages/session-so-far.tsx";
import { sessionPage } from "./pages/session.tsx";
import { sessionsPage } from "./pages/sessions.tsx";
import { checkStatement, statementPage } from "./pages/statement.tsx";
import { statementsPage } from "./pages/statements.tsx";
import { resendDead, resendDelivery, webhooksPage } from "./pages/webhooks.tsx";
import { begin, finish } from "./sign-in/flow.ts";
import { signIn, signOut, whoIsSignedIn } from "./sign-in/session.ts";

export interface ConsoleDeps {
  readonly ask: AskApi;
}

/** Whoever has none of these has nothing to see here: an agent's sign-in opens no page. */
const OPENING: readonly Role[] = ["auditor", "approver", "admin"];

export function consoleApp({ ask }: ConsoleDeps): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>();
  const at =
    (show: (c: ConsoleContext, api: Api) => Promise<Response>) =>
    (c: ConsoleContext): Promise<Response> =>
      show(c, apiFor(c, ask));

  app.get("/", (c) => c.redirect("/console", 302));
  app.use("/console", pageHeaders, configured);
  app.use("/console/*", pageHeaders, configured);

  app.get("/console/sign-in", async (c) => {
    const begun = await begin(c, ownPath(c.req.query("next")));
    return begun.ok ? c.redirect(begun.value.href, 302) : signedOutPage(c, begun.error, 503);
  });
  app.get("/console/callback", async (c) => {
    const arrived = await finish(c);
    if (!arrived.ok) return signedOutPage(c, arrived.error, 403);
    if (!(await signIn(c, arrived.value.authenticated)))
      return signedOutPage(c, "Your token names more groups than a browser can keep.", 403);
    return c.redirect(ownPath(arrived.value.next), 302);
  });
  app.get("/console/signed-out", (c) => signedOutPage(c, null, 200));

  app.use("/console", guarded);
  app.use("/console/*", guarded);
  app.post("/console/sign-out", async (c) => {
    if ((await readForm(c)) === null) return problemPage(c, null, STALE_FORM);
    await signOut(c);
    return c.redirect("/console/signed-out", 303);
  });
  app.get("/console", (c) => {
    const [first] = placesFor(c.get("signedIn").authenticated.principal.roles);
    return c.redirect(first?.path ?? "/console/health", 302);
  });

  app.get("/console/sessions", at(sessionsPage));
  app.get(
    "/console/sessions/:id",
    at((c, api) => sessionPage(c, api, part(c, "id"))),
  );
  app.post(
    "/console/sessions/:id/end",
    at((c, api) => endSession(c, api, part(c, "id"))),
  );
  app.get(
    "/console/sessions/:id/statements/:seq",
    at((c, api) => statementPage(c, api, part(c, "id"), part(c, "seq"))),
  );
  app.post(
    "/console/sessions/:id/statements/:seq/check",
    at((c, api) => checkStatement(c, api, part(c, "id"), part(c, "seq"))),
  );
  app.get("/console/statements", at(statementsPage));
  app.get("/console/approvals", at(approvalsPage));
  app.get(
    "/console/approvals/:approval",
    at((c, api) => approvalPage(c, api, part(c, "approval"))),
  );
  app.post(
    "/console/approvals/:approval/decision",
    at((c, api) => decideApproval(c, api, part(c, "approval"))),
  );
  app.get(
    "/console/approvals/:approval/session",
    at((c, api) => sessionSoFarPage(c, api, part(c, "approval"))),
  );
  app.post(
    "/console/approvals/:approval/review",
    at((c, api) => reviewApproval(c, api, part(c, "approval"))),
  );
  app.get("/console/grants", at(grantsPage));
  app.get(
    "/console/grants/:grant",
    at((c, api) => grantPage(c, api, part(c, "grant"))),
  );
  app.post(
    "/console/grants/:grant/decision",
    at((c, api) => decideGrant(c, api, part(c, "grant"))),
  );
  app.post(
    "/console/grants/:grant/revoke",
    at((c, api) => revokeGrant(c, api, part(c, "grant"))),
  );
  app.get("/console/policies", at(policiesPage));
  app.get(
    "/console/policies/:target",
    at((c, api) => policyPage(c, api, part(c, "target"))),
  );
  app.post(
    "/console/policies/:target/work",
    at((c, api) => policyWork(c, api, part(c, "target"))),
  );
  app.get(
    "/console/policies/:target/versions/:version",
    at((c, api) => versionPage(c, api, part(c, "target"), part(c, "version"))),
  );
  app.get("/console/webhooks", at(webhooksPage));
  app.post(
    "/console/webhooks/:target/resend",
    at((c, api) => resendDead(c, api, part(c, "target"))),
  );
  app.post(
    "/console/webhooks/:target/:delivery/resend",
    at((c, api) => resendDelivery(c, api, part(c, "target"), part(c, "delivery"))),
  );
  app.get("/console/overview", at(overviewPage));
  app.get("/console/health", at(healthPage));

  // What the pages' scripts read: the API's own answers, to its own questions, and nothing that changes anything.
  app.get(
    "/console/v1/*",
    at((c, api) => api.raw("GET", c.req.url.slice(c.req.url.indexOf("/console/v1") + 11))),
  );

  app.all("/console/*", (c) =>
    problemPage(c, null, { status: 404, title: "Nothing here", detail: "There is no page at this address." }),
  );
  return app;
}

/** Everything below /console needs the configuration; without one there is no console. */
const configured: MiddlewareHandler<ConsoleEnv> = async (c, next) => {
  const config = parseConsole(c.env.CONSOLE);
  if (!config.ok) {
    // oxlint-disable-next-line no-console -- the admin has no other way to learn what is wrong; it holds nothing of the value
    console.error(`sluice: ${config.error}`);
    return unavailablePage(c, "Its configuration is not valid: the gateway's log says where.");
  }
  if (config.value === null)
    return unavailablePage(c, "This gateway has none: the variable CONSOLE turns it on.");
  const url = new URL(c.req.url);
  // One name for one gateway: cookies and the issuer's way back hang on it.
  if (url.origin !== config.value.base_url && c.req.method === "GET")
    return c.redirect(`${config.value.base_url}${url.pathname}${url.search}`, 302);
  c.set("config", config.value);
  c.set("keys", await consoleKeys(c.env.SESSION_KEY));
  return next();
};

const guarded: MiddlewareHandler<ConsoleEnv> = async (c, next) => {
  const signedIn = await whoIsSignedIn(c);
  const { pathname, search } = new URL(c.req.url);
  const data = pathname.startsWith("/console/v1/");
  if (signedIn === null) {
    if (data || c.req.method !== "GET") return problem(401, "Not signed in", "Sign in at /console/sign-in.");
    return c.redirect(`/console/sign-in?${new URLSearchParams({ next: pathname + search }).toString()}`, 302);
  }
  c.set("signedIn", signedIn);
  const { roles } = signedIn.authenticated.principal;
  const needed = placeOf(pathname)?.roles ?? OPENING;
  if (!needed.some((role) => roles.includes(role)) && pathname !== "/console/sign-out")
    return data
      ? problem(403, "Role missing", "The console is not open to your role.")
      : forbiddenPage(c, signedIn);
  return next();
};

/** Each is for its roles, down to what of it needs no call of the API, such as names of targets. */
function placeOf(pathname: string): Place | undefined {
  return PLACES.find(({ path }) => pathname === path || pathname.startsWith(`${path}/`));
}

async function endSession(c: ConsoleContext, api: Api, id: string): Promise<Response> {
  const path = `/console/sessions/${id}`;
  if ((await readForm(c)) === null) return problemPage(c, path, STALE_FORM);
  const ended = await api.send("DELETE", `/sessions/${id}`);
  return ended.ok ? c.redirect(path, 303) : problemPage(c, path, ended.error);
}

function part(c: ConsoleContext, name: string): string {
  return encodeURIComponent(c.req.param(name) ?? "");
}

/** It is kept in a cookie, beside what the protocol needs. */
const MOST_PATH_CHARACTERS = 2_000;

/** Where to go on after signing in: a path of the console, and nothing that leads elsewhere or is no path at all. */
function ownPath(path: string | undefined): string {
  if (path === undefined || path.length > MOST_PATH_CHARACTERS) return "/console";
  return /^\/console(?:[/?][\x21-\x5b\x5d-\x7e]*)?$/.test(path) ? path : "/console";
}
