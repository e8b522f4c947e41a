// The issuer's few pages: who are you, confirm the device, done. Plain HTML without scripts; all that is inserted is escaped.

import type { KoaContextWithOIDC } from "oidc-provider";
import { ACCOUNTS } from "./clients.ts";

/** The device flow's pages, as oidc-provider asks for them; `form` is its own ready-made form. */
export const DEVICE_PAGES = {
  userCodeInputSource(context: KoaContextWithOIDC, form: string, _out: unknown, fault?: Error): void {
    const wrong = fault === undefined ? "" : "<p><b>That did not work: is it the newest code?</b></p>";
    context.body = page(
      "Connect a device",
      `${wrong}<p>Type the code that your terminal shows.</p>${form}
       <button type="submit" form="op.deviceInputForm">Continue</button>`,
    );
  },
  userCodeConfirmSource(
    context: KoaContextWithOIDC,
    form: string,
    client: { readonly clientId: string },
    _device: unknown,
    userCode: string,
  ): void {
    context.body = page(
      "Is this your device?",
      `<p><b>${escape(client.clientId)}</b> shows the code <code>${escape(userCode)}</code>?</p>${form}
       <button autofocus type="submit" form="op.deviceConfirmForm">Yes, connect it</button>
       <button type="submit" form="op.deviceConfirmForm" name="abort" value="yes">No</button>`,
    );
  },
  successSource(context: KoaContextWithOIDC): void {
    context.body = page("Connected", "<p>Go back to your terminal; this page can be closed.</p>");
  },
};

/** Picks an account; posts `account` to the interaction's own address. */
export function accountPage(action: string): string {
  const choices = [...ACCOUNTS.keys()]
    .map((account) => `<button type="submit" name="account" value="${account}">${account}</button>`)
    .join(" ");
  return page(
    "Who are you?",
    `<form method="post" action="${escape(action)}"><p>This issuer is for local development: pick a role; the operator has all but the agent's.</p>${choices}</form>`,
  );
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(title)}</title><style>body{font:16px/1.5 system-ui;max-width:32rem;margin:15vh auto;padding:0 1rem}
button{font:inherit;padding:.4rem .8rem}</style><h1>${escape(title)}</h1>${body}</html>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
