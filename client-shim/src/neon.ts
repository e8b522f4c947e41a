// For agents on a driver that speaks WebSocket itself (`@neondatabase/serverless`): no shim, only a connection string.

export interface NeonConnection {
  readonly gateway: string;
  readonly target: string;
  /** The caller's OIDC token; it goes where the password goes. */
  readonly token: string;
  /** Name shown in PostgreSQL; who the caller is comes from the token alone. */
  readonly user?: string;
}

/** A connection string that holds the token: treat it as a secret. */
export function neonConnectionString({ gateway, target, token, user = "agent" }: NeonConnection): string {
  if (!URL.canParse(gateway))
    throw new Error("The gateway is not a URL. Write it like https://gateway.example.com");
  const { host } = new URL(gateway);
  return `postgres://${encodeURIComponent(user)}:${encodeURIComponent(token)}@${host}/${encodeURIComponent(target)}`;
}
