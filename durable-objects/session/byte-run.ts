// Joins views that lie one behind the other in one buffer, so that a chunk of small frames is forwarded and recorded as
// one view, without a copy. Not a buffer: it never copies.

export class ByteRun {
  #parts: Uint8Array[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(view: Uint8Array): void {
    if (view.length === 0) return;
    this.#bytes += view.length;
    const last = this.#parts.at(-1);
    if (
      last !== undefined &&
      last.buffer === view.buffer &&
      last.byteOffset + last.length === view.byteOffset
    ) {
      this.#parts[this.#parts.length - 1] = new Uint8Array(
        last.buffer,
        last.byteOffset,
        last.length + view.length,
      );
    } else {
      this.#parts.push(view);
    }
  }

  get parts(): readonly Uint8Array[] {
    return this.#parts;
  }

  take(): Uint8Array[] {
    const parts = this.#parts;
    this.#parts = [];
    this.#bytes = 0;
    return parts;
  }
}
