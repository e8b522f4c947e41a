// The inside of a part: a process of its own that the supervisor forks. Gets its settings over IPC, says when it is
// ready, stops when told, and ends when the supervisor is gone, however that ended. Not what a part does: */main.ts.

export interface Running<Facts> {
  /** What the supervisor may want to know once the part works. */
  readonly facts: Facts;
  readonly stop: () => Promise<void>;
}

export interface PartContext {
  /** A line for the person at the terminal. */
  readonly note: (text: string) => void;
  /** A native process of this part, so that the supervisor can end it if this process is killed. */
  readonly native: (pid: number) => void;
  /** This part cannot go on: the process ends and the supervisor starts it anew. */
  readonly fail: (message: string) => void;
}

export type ToPart = { readonly kind: "start"; readonly settings: unknown } | { readonly kind: "stop" };

export type FromPart =
  | { readonly kind: "ready"; readonly facts: unknown }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "native"; readonly pid: number };

/** Runs this process as a part; `start` is called once, with the settings that the supervisor sent. */
export function servePart<Settings, Facts>(
  start: (settings: Settings, context: PartContext) => Promise<Running<Facts>>,
): void {
  let running: Running<Facts> | null = null;
  let ending = false;

  const send = (message: FromPart): void => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  const end = async (code: number): Promise<void> => {
    if (ending) return;
    ending = true;
    await running?.stop().catch(() => undefined);
    process.exit(code);
  };
  const fail = (message: string): void => {
    send({ kind: "failed", message });
    void end(1);
  };

  process.on("disconnect", () => void end(0));
  process.on("SIGTERM", () => void end(0));
  process.on("uncaughtException", (error) => fail(describe(error)));
  process.on("unhandledRejection", (error) => fail(describe(error)));
  process.on("message", (message: ToPart) => {
    if (message.kind === "stop") return void end(0);
    const context: PartContext = {
      note: (text) => send({ kind: "note", text }),
      native: (pid) => send({ kind: "native", pid }),
      fail,
    };
    // The supervisor is its own program: what it sends is what the part's settings type says.
    start(message.settings as Settings, context).then(
      (started) => {
        running = started;
        if (ending) return void started.stop();
        send({ kind: "ready", facts: started.facts });
      },
      (error: unknown) => fail(describe(error)),
    );
  });
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
