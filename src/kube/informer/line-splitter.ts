import { AppError } from "#src/core/errors.ts";

/** Objects in etcd have at most 1.5 MiB. In JSON with managedFields they can be several times as long. */
const defaultMaxLineBytes = 16 * 1024 * 1024;

/** Cuts a stream into lines. It works on bytes, because a chunk may end inside a character. */
export class LineSplitter {
  readonly #maxLineBytes: number;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(maxLineBytes: number = defaultMaxLineBytes) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** Yields the lines that end in this chunk, without empty ones. Throws `ProtocolError` for a line over the limit. */
  push(chunk: Uint8Array): readonly string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      this.#keep(chunk.subarray(from, end));
      if (this.#pendingBytes > 0) lines.push(Buffer.concat(this.#pending).toString("utf8"));
      this.#pending = [];
      this.#pendingBytes = 0;
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
    return lines;
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#pendingBytes += part.length;
    if (this.#pendingBytes > this.#maxLineBytes) {
      throw new AppError("ProtocolError", `a watch event is longer than ${this.#maxLineBytes} bytes`);
    }
    this.#pending.push(part);
  }
}
