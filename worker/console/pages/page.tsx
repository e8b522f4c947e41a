// A page as an answer, and the pages for when something is not as it should be.

import { html } from "hono/html";
import type { JSX } from "hono/jsx/jsx-runtime";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Problem } from "../../problem.ts";
import { Layout, placesFor } from "../components/layout.tsx";
import { Text } from "../components/text.tsx";
import type { ConsoleContext, SignedIn } from "../env.ts";

export async function page(
  c: ConsoleContext,
  node: JSX.Element,
  status: ContentfulStatusCode = 200,
): Promise<Response> {
  return c.html(html`<!doctype html>${node}`, status);
}

/** What the API says is wrong, as it says it. */
export function problemPage(c: ConsoleContext, at: string | null, problem: Problem): Promise<Response> {
  const status = problem.status >= 400 && problem.status < 600 ? problem.status : 500;
  return page(
    c,
    <Layout title={problem.title} at={at} signedIn={c.get("signedIn")}>
      <ProblemBox problem={problem} />
      <p>
        <a href={at ?? "/console"}>Back</a>
      </p>
    </Layout>,
    status as ContentfulStatusCode,
  );
}

export function ProblemBox({ problem }: { readonly problem: Problem }): JSX.Element {
  return (
    <section class="says bad" role="alert">
      <h1>{problem.title}</h1>
      <p>
        <Text value={problem.detail} />
      </p>
    </section>
  );
}

/** For whoever is signed in and may see nothing, or not this. */
export function forbiddenPage(c: ConsoleContext, signedIn: SignedIn): Promise<Response> {
  const { roles } = signedIn.authenticated.principal;
  const open = placesFor(roles);
  return page(
    c,
    <Layout title="Not for you" at={null} signedIn={signedIn}>
      <section class="says held">
        <h1>This is not open to you</h1>
        <p>
          You are signed in as <Text value={signedIn.authenticated.principal.subject} />, with{" "}
          {roles.length === 0 ? "no role" : `the role ${roles.join(", ")}`}.{" "}
          {open.length === 0
            ? "The console is for auditors, approvers and admins; agents connect to their database and need nothing here."
            : "Your roles open the pages above."}
        </p>
        <p>Ask whoever runs your issuer for another role, or sign in as somebody else.</p>
      </section>
    </Layout>,
    403,
  );
}

export function signedOutPage(
  c: ConsoleContext,
  why: string | null,
  status: ContentfulStatusCode,
): Promise<Response> {
  const here = c.get("config").issuer !== undefined;
  return page(
    c,
    <Layout title={why === null ? "Signed out" : "Not signed in"} at={null} signedIn={null}>
      <section class="card door">
        <h1>{why === null ? "You are signed out" : "You are not signed in"}</h1>
        <p>
          {why === null ? (
            "Your issuer may still know you, and sign you in again without asking."
          ) : (
            <Text value={why} />
          )}
        </p>
        {here ? (
          <p>
            <a class="button" href="/console/sign-in">
              Sign in
            </a>
          </p>
        ) : null}
      </section>
    </Layout>,
    status,
  );
}

export function unavailablePage(c: ConsoleContext, detail: string): Promise<Response> {
  return page(
    c,
    <Layout title="No console" at={null} signedIn={null}>
      <section class="says bad" role="alert">
        <h1>The console is not available</h1>
        <p>{detail}</p>
      </section>
    </Layout>,
    503,
  );
}
