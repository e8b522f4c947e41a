// The local OIDC issuer on oidc-provider: discovery, JWKS, client credentials, device flow, and code flow with PKCE. For one
// machine and one developer: whoever opens its pages picks who they are. Not a model for a real issuer.

import Provider, { interactionPolicy, type Configuration } from "oidc-provider";
import { ROLES, type Role } from "../state.ts";
import type { IssuerKeys } from "./keys.ts";
import { AUDIENCE } from "./mint.ts";
import { ACCOUNTS, PUBLIC_CLIENTS } from "./clients.ts";
import { DEVICE_PAGES } from "./pages.ts";

const TOKEN_LIFETIME_SECONDS = 3600;

export interface ProviderSettings {
  readonly url: string;
  readonly gateway: string;
  readonly keys: IssuerKeys;
  readonly clients: Readonly<Record<Role, string>>;
}

export function createProvider(settings: ProviderSettings): Provider {
  return new Provider(settings.url, configure(settings));
}

function configure({ gateway, keys, clients }: ProviderSettings): Configuration {
  return {
    jwks: { keys: [{ ...keys.signing, kty: keys.signing.kty ?? "RSA" }] },
    cookies: { keys: [keys.cookie] },
    scopes: ["openid", "offline_access"],
    clients: [
      ...ROLES.map((role) => ({
        client_id: role,
        client_secret: clients[role],
        grant_types: ["client_credentials"],
        response_types: [],
        redirect_uris: [],
      })),
      {
        client_id: PUBLIC_CLIENTS.device,
        application_type: "native" as const,
        token_endpoint_auth_method: "none" as const,
        grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
        response_types: [],
        redirect_uris: [],
      },
      {
        client_id: PUBLIC_CLIENTS.code,
        // `native` may redirect to http on loopback (RFC 8252 §7.3).
        application_type: "native" as const,
        token_endpoint_auth_method: "none" as const,
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code" as const],
        redirect_uris: [`${gateway}/console/callback`],
      },
    ],
    pkce: { required: () => true },
    clientBasedCORS: () => true,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true, ...DEVICE_PAGES },
      resourceIndicators: {
        enabled: true,
        // Every token is for the gateway, also when the client does not ask for a resource.
        defaultResource: () => `urn:${AUDIENCE}`,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: "",
          audience: AUDIENCE,
          accessTokenFormat: "jwt",
          accessTokenTTL: TOKEN_LIFETIME_SECONDS,
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
    interactions: {
      policy: promptForAccount(),
      url: (_context, interaction) => `/interaction/${interaction.uid}`,
    },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    // Client credentials: the client is the role. Flows with a person: the account that they picked is.
    extraTokenClaims(_context, token) {
      const account = "accountId" in token ? token.accountId : token.clientId;
      const roles = ACCOUNTS.get(account ?? "");
      return roles === undefined ? undefined : { roles, groups: roles.map((role) => `${role}s`) };
    },
    // One developer on one machine consented by starting the stack.
    async loadExistingGrant(context) {
      const { client, session, provider } = context.oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      // Asking for no scope is allowed (RFC 6749 §3.3), but oidc-provider takes a grant of none for a refusal.
      if (context.oidc.params !== undefined) context.oidc.params["scope"] ??= "openid";
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope("openid offline_access");
      grant.addResourceScope(`urn:${AUDIENCE}`, "");
      await grant.save();
      return grant;
    },
    ttl: {
      AccessToken: TOKEN_LIFETIME_SECONDS,
      ClientCredentials: TOKEN_LIFETIME_SECONDS,
      DeviceCode: 600,
      Interaction: 600,
      Session: 86_400,
      Grant: 86_400,
      IdToken: TOKEN_LIFETIME_SECONDS,
      RefreshToken: 86_400,
    },
  };
}

/** Asks who one is, and nothing more: consent is given by loadExistingGrant. */
function promptForAccount(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.remove("consent");
  return policy;
}
