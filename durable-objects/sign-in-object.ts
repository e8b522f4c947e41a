// Whether one sign-in to the console has been ended by its owner: its cookie is sealed and complete in itself, so a copy of it
// would outlive signing out. One object for each sign-in, named by its id; it stores nothing until the sign-in is ended, and
// nothing any more once the cookie is over by itself.

import { DurableObject } from "cloudflare:workers";
import type { SessionEnv } from "./env.ts";

export class SignInObject extends DurableObject<SessionEnv> {
  /** `until`: when the cookie ends by itself, in milliseconds since the epoch. */
  async end(until: number): Promise<void> {
    await this.ctx.storage.put("ended", true);
    await this.ctx.storage.setAlarm(until);
  }

  async hasEnded(): Promise<boolean> {
    return (await this.ctx.storage.get("ended")) === true;
  }

  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }
}
