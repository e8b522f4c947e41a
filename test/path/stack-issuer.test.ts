// The local issuer's flows, driven as a client and a person's browser would, each up to a token that the gateway takes.

import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { describe, expect, inject, test } from "vitest";

interface TokenAnswer {
  readonly access_token?: string;
  readonly error?: string;
}

async function askToken(form: Record<string, string>): Promise<TokenAnswer> {
  const body = new URLSearchParams(form);
  const response = await fetch(`${inject("stack").issuer}/token`, { method: "POST", body });
  return (await response.json()) as TokenAnswer;
}

/** What `GET /v1/sessions`, for auditors alone, answers to this token. */
async function readRecord(token: string | undefined): Promise<number> {
  const headers = { authorization: `Bearer ${token ?? ""}` };
  return (await fetch(`${inject("stack").gateway}/v1/sessions`, { headers })).status;
}

/** A browser without scripts: keeps cookies, follows redirects within the issuer, submits forms. */
class Browser {
  readonly #cookies = new Map<string, string>();
  url = "";
  page = "";

  async open(url: string, form?: Record<string, string>): Promise<void> {
    const { issuer } = inject("stack");
    let next: { url: string; form: Record<string, string> | undefined } | null = { url, form };
    while (next !== null) {
      this.url = new URL(next.url, this.url === "" ? issuer : this.url).href;
      if (!this.url.startsWith(issuer)) return;
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const response: Response = await fetch(this.url, {
        redirect: "manual",
        headers: { cookie },
        ...(next.form === undefined ? {} : { method: "POST", body: new URLSearchParams(next.form) }),
      });
      for (const line of response.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === "") this.#cookies.delete(name);
        else this.#cookies.set(name, value);
      }
      this.page = await response.text();
      const location = response.headers.get("location");
      next = location === null ? null : { url: location, form: undefined };
    }
    // The one script there is: a browser submits this form by itself.
    if (this.page.includes("document.forms[0].submit()")) await this.submit({});
  }

  /** The form of this page, with its hidden fields and what a person adds. */
  async submit(fields: Record<string, string>): Promise<void> {
    const action = /<form[^>]*action="([^"]*)"/.exec(this.page)?.[1] ?? this.url;
    const hidden = [...this.page.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([tag]) => [
      /name="([^"]*)"/.exec(tag)?.[1] ?? "",
      /value="([^"]*)"/.exec(tag)?.[1] ?? "",
    ]);
    await this.open(unescape(action), { ...Object.fromEntries(hidden), ...fields });
  }
}

function unescape(html: string): string {
  return html.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))).replaceAll("&amp;", "&");
}

describe("the local issuer", () => {
  test("gives a client the token of its role, for its secret alone", async () => {
    const file = join(inject("stateDirectory"), "secrets.json");
    const { clients } = JSON.parse(readFileSync(file, "utf8")) as { clients: Record<string, string> };
    const grant = { grant_type: "client_credentials", client_id: "auditor" };
    const { access_token: token } = await askToken({ ...grant, client_secret: clients["auditor"] ?? "" });
    expect(decodeJwt(token ?? "")).toMatchObject({ aud: "sluice", sub: "auditor", roles: ["auditor"] });
    expect(await readRecord(token)).toBe(200);
    expect(await askToken({ ...grant, client_secret: clients["agent"] ?? "" })).toMatchObject({
      error: "invalid_client",
    });
  });

  test("gives a device the token of the role that its owner picks, once the owner has confirmed", async () => {
    const { issuer } = inject("stack");
    const client_id = "sluice-cli";
    const started = await fetch(`${issuer}/device/auth`, {
      method: "POST",
      body: new URLSearchParams({ client_id }),
    });
    const device = (await started.json()) as { device_code: string; verification_uri_complete: string };
    const grant = {
      grant_type: "urn:ietf:params:oauth:grant-type:device_code",
      device_code: device.device_code,
      client_id,
    };
    expect(await askToken(grant)).toMatchObject({ error: "authorization_pending" });

    const browser = new Browser();
    await browser.open(device.verification_uri_complete);
    expect(browser.page).toContain("Is this your device?");
    await browser.submit({});
    expect(browser.page).toContain("Who are you?");
    await browser.submit({ account: "auditor" });
    expect(browser.page).toContain("Connected");

    const { access_token: token } = await askToken(grant);
    expect(decodeJwt(token ?? "")).toMatchObject({ aud: "sluice", sub: "auditor", roles: ["auditor"] });
    expect(await readRecord(token)).toBe(200);
  });

  test("gives a console a token by code and PKCE, and no code without PKCE", async () => {
    const { issuer, gateway } = inject("stack");
    const verifier = randomBytes(32).toString("base64url");
    const redirect_uri = `${gateway}/console/callback`;
    const request = {
      client_id: "sluice-console",
      response_type: "code",
      scope: "openid",
      redirect_uri,
      state: "s",
    };
    const challenge = {
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    };
    const browser = new Browser();
    await browser.open(`${issuer}/auth?${new URLSearchParams(request)}`);
    expect(browser.url).toContain("error=invalid_request");

    await browser.open(`${issuer}/auth?${new URLSearchParams({ ...request, ...challenge })}`);
    await browser.submit({ account: "agent" });
    const code = new URL(browser.url).searchParams.get("code") ?? "";
    const grant = { grant_type: "authorization_code", client_id: "sluice-console", redirect_uri, code };
    const { access_token: token } = await askToken({ ...grant, code_verifier: verifier });
    expect(decodeJwt(token ?? "")).toMatchObject({ aud: "sluice", sub: "agent", roles: ["agent"] });
    expect(await readRecord(token)).toBe(403);
  });
});
