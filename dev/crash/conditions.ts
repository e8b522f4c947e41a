// How the gateway's surroundings are: what workers/outage-gateway.ts takes. Types only.

export interface Conditions {
  /** `hang`: no answer until it is back, and then it does what it was asked. `full`: it answers, and takes nothing more. */
  readonly d1: "up" | "fail" | "hang" | "full";
  readonly bucket: "up" | "fail";
  /** The object's own SQLite. */
  readonly object: "up" | "fail";
  /** The gateway's clock goes wrong by this much. */
  readonly clockMs: number;
  /** Of sessions that begin from now on. */
  readonly limits: Readonly<Record<string, number>>;
}
