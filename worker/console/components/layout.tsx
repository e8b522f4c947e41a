// The frame of every page: where one is, who one is, and what one's roles open.

import type { Child } from "hono/jsx";
import type { JSX } from "hono/jsx/jsx-runtime";
import type { Role } from "#core/policy";
import { FORM_TOKEN } from "../forms.ts";
import type { SignedIn } from "../env.ts";
import { Text } from "./text.tsx";

export interface Place {
  readonly path: string;
  readonly name: string;
  readonly roles: readonly Role[];
}

/** Who may look where, as the API has it: the pages ask the API, and it decides. */
export const PLACES = [
  { path: "/console/sessions", name: "Sessions", roles: ["auditor"] },
  { path: "/console/statements", name: "Statements", roles: ["auditor"] },
  { path: "/console/approvals", name: "Approvals", roles: ["approver", "auditor", "admin"] },
  { path: "/console/grants", name: "Grants", roles: ["approver", "auditor", "admin"] },
  { path: "/console/policies", name: "Policies", roles: ["admin", "auditor"] },
  { path: "/console/overview", name: "Overview", roles: ["auditor"] },
  { path: "/console/webhooks", name: "Webhooks", roles: ["admin"] },
  { path: "/console/health", name: "Health", roles: ["auditor", "admin", "approver"] },
] as const satisfies readonly Place[];

export function placesFor(roles: readonly Role[]): readonly Place[] {
  return PLACES.filter((place: Place) => place.roles.some((role) => roles.includes(role)));
}

interface Props {
  readonly title: string;
  /** The path of the place that this page belongs to. */
  readonly at: string | null;
  readonly signedIn: SignedIn | null;
  /** Names of scripts in client/. */
  readonly scripts?: readonly string[];
  /** What a script asks for first: asked for while the script itself is still on its way. */
  readonly preload?: string;
  readonly wide?: boolean;
  readonly children?: Child;
}

export function Layout({
  title,
  at,
  signedIn,
  scripts = [],
  preload,
  wide = false,
  children,
}: Props): JSX.Element {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Sluice`}</title>
        {preload === undefined ? null : (
          <link rel="preload" as="fetch" crossorigin="anonymous" href={preload} />
        )}
        <link rel="stylesheet" href="/console/assets/console.css" />
        <link rel="icon" type="image/svg+xml" href="/console/assets/icon.svg" />
        {["forms", ...scripts].map((name) => (
          <script type="module" src={`/console/assets/${name}.js`}></script>
        ))}
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to content
        </a>
        <header class="bar">
          <a class="brand" href="/console">
            <Mark />
            Sluice
          </a>
          {signedIn === null ? null : <Navigation at={at} signedIn={signedIn} />}
        </header>
        <main id="main" class={wide ? "wide" : ""}>
          {children}
        </main>
      </body>
    </html>
  );
}

function Navigation({
  at,
  signedIn,
}: {
  readonly at: string | null;
  readonly signedIn: SignedIn;
}): JSX.Element {
  const { principal } = signedIn.authenticated;
  return (
    <>
      <nav aria-label="Console">
        {placesFor(principal.roles).map(({ path, name }) => (
          <a href={path} aria-current={path === at ? "page" : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <div class="who">
        <span class="who-name">
          <Text value={principal.subject} />
          <small>{principal.roles.join(", ")}</small>
        </span>
        {signedIn.id === null ? (
          // developers.cloudflare.com/cloudflare-one/access-controls/access-settings/session-management/: on every host of Access
          <a class="button quiet" href="/cdn-cgi/access/logout">
            Sign out
          </a>
        ) : (
          <form method="post" action="/console/sign-out">
            <FormToken signedIn={signedIn} />
            <button class="quiet" type="submit">
              Sign out
            </button>
          </form>
        )}
      </div>
    </>
  );
}

/** In every form that posts (forms.ts). */
export function FormToken({ signedIn }: { readonly signedIn: SignedIn }): JSX.Element {
  return <input type="hidden" name={FORM_TOKEN} value={signedIn.formToken} />;
}

/** A gate in a stream. */
function Mark(): JSX.Element {
  return (
    <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" class="mark">
      <path d="M1 14c2 0 2-1.6 4.5-1.6S8 14 10 14s2-1.6 4.5-1.6S17 14 19 14" />
      <path d="M1 17.6c2 0 2-1.6 4.5-1.6S8 17.6 10 17.6s2-1.6 4.5-1.6 2.5 1.6 4.5 1.6" />
      <path d="M4 1v9M16 1v9M4 4h12M8 4v6M12 4v6" />
    </svg>
  );
}
