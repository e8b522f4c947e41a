// The heap of the gateway's own isolate, by workerd's inspector. workerd's resident memory holds more: the local D1 is an
// isolate beside it, and V8 collects late where memory is plenty. What the gateway keeps alive shows here.

import { pause } from "../crash/stack-process.ts";

export interface Heap {
  /** In MB: JavaScript objects and the buffers behind them. */
  readonly used: number;
}

/** As miniflare names the Worker's service. */
const GATEWAY = "core:user:sluice";
const COLLECT_MS = 2000;

interface Target {
  readonly title: string;
  readonly webSocketDebuggerUrl: string;
}

interface HeapUsage {
  readonly usedSize: number;
  readonly backingStorageSize: number;
}

/** `collect`: garbage first, so that what is left is alive. */
export async function readHeap(port: number, collect: boolean): Promise<Heap> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as readonly Target[];
  const target = targets.find(({ title }) => title.endsWith(GATEWAY));
  if (target === undefined) throw new Error("the inspector does not know the gateway");
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((opened) => socket.addEventListener("open", opened, { once: true }));
  try {
    // An idle isolate may leave this unanswered: then what is read holds garbage too, and says more than is alive.
    if (collect) await Promise.race([call(socket, 1, "HeapProfiler.collectGarbage"), pause(COLLECT_MS)]);
    const usage = (await call(socket, 2, "Runtime.getHeapUsage")) as HeapUsage;
    return { used: (usage.usedSize + usage.backingStorageSize) / 1e6 };
  } finally {
    socket.close();
  }
}

function call(socket: WebSocket, id: number, method: string): Promise<unknown> {
  return new Promise((resolve) => {
    const listen = ({ data }: MessageEvent): void => {
      const answer = JSON.parse(String(data)) as { readonly id?: number; readonly result?: unknown };
      if (answer.id !== id) return;
      socket.removeEventListener("message", listen);
      resolve(answer.result);
    };
    socket.addEventListener("message", listen);
    socket.send(JSON.stringify({ id, method }));
  });
}
