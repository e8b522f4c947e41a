// Gives a checkpoint to a place outside: whoever keeps one there holds the log to it (docs/record.md). Twice is no harm: a checkpoint
// says the same whenever it is signed.

/** Bindings; both may be absent. */
export interface Places {
  readonly CHECKPOINT_WEBHOOK?: string;
  readonly CHECKPOINTS?: { put(name: string, text: string): Promise<unknown> };
}

const ANSWER_MS = 10_000;

/** In words of ours. */
export class PublishError extends Error {
  override readonly name = "PublishError";
}

/** Resolves when every configured place has it. @throws where one has not; the log's alarm tries again. */
export async function publish(env: Places, size: number, checkpoint: string): Promise<void> {
  if (env.CHECKPOINTS !== undefined) {
    // Each by its size, which never comes again, and so none is written over; and the newest.
    await env.CHECKPOINTS.put(`checkpoints/${String(size).padStart(16, "0")}`, checkpoint);
    await env.CHECKPOINTS.put("checkpoint", checkpoint);
  }
  if (env.CHECKPOINT_WEBHOOK !== undefined) await post(env.CHECKPOINT_WEBHOOK, checkpoint);
}

async function post(url: string, checkpoint: string): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: checkpoint,
    redirect: "manual",
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new PublishError(`the checkpoint's webhook answers ${String(response.status)}`);
}
