// One gateway before both worlds under every document: a target for each, so that one search at the end covers the record of
// all.

import { type Gateway, startGateway } from "../../path/hostile-gateway.ts";
import { openDoor } from "../../policy/gateway.ts";
import type { LeakArena, Ways } from "./arena.ts";

export interface MaskingGateway<Name extends string> {
  readonly gateway: Gateway;
  ways(document: Name): Ways;
  stop(): Promise<void>;
}

export async function startMaskingGateway<Name extends string>(
  arena: LeakArena,
  documents: Readonly<Record<Name, string>>,
): Promise<MaskingGateway<Name>> {
  const names = Object.keys(documents) as Name[];
  const targets = names.flatMap((name) =>
    (["a", "b"] as const).map((world) => ({ name, world, target: `${name}_${world}` })),
  );
  const gateway = await startGateway({
    targets: Object.fromEntries(targets.map(({ target, world }) => [target, arena.url(world)])),
  });
  const doors = new Map<string, Awaited<ReturnType<typeof openDoor>>>();
  for (const { name, target } of targets) {
    await gateway.putPolicy(target, documents[name]);
    doors.set(target, await openDoor(gateway, target));
  }
  return {
    gateway,
    ways: (name) => ({ a: doors.get(`${name}_a`)?.url ?? "", b: doors.get(`${name}_b`)?.url ?? "" }),
    async stop() {
      for (const door of doors.values()) await door.close();
      await gateway.stop();
      gateway.remove();
    },
  };
}
