// Runs one task at a time: it goes on whenever all that it has sent is answered, and nothing else is waited for.

import type { Task } from "./task.ts";

export class TaskRunner {
  #task: Task<unknown> | null = null;
  readonly #answered: () => boolean;

  /** `answered`: nothing that was sent waits for its answer, and nothing is to come from elsewhere. */
  constructor(answered: () => boolean) {
    this.#answered = answered;
  }

  get busy(): boolean {
    return this.#task !== null;
  }

  begin(task: Task<unknown>): void {
    this.#task = task;
    this.resume();
  }

  resume(): void {
    while (this.#task !== null && this.#answered()) {
      if (this.#task.next().done === true) this.#task = null;
    }
  }
}
