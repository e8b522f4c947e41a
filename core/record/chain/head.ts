// A signed head: what the gateway says of a chain at one moment (docs/record.md). Pure.

export interface Head {
  readonly type: "sluice.head/1";
  readonly session: string;
  /** The chain had so many entries … */
  readonly entries: number;
  /** … and this was the hash of the last. */
  readonly hash: string;
  readonly at: number;
  /** The session has ended: there are no more. */
  readonly final: boolean;
  /** Which key: its RFC 7638 thumbprint. */
  readonly kid: string;
}

export interface SignedHead {
  readonly head: Head;
  /** Ed25519 over the head's canonical JSON, base64url without padding. */
  readonly signature: string;
}
