import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { AppError } from "#src/core/errors.ts";

/** Reads the lines of a stream, one at a time. */
export class LineReader {
  readonly #lines: AsyncIterator<string>;

  constructor(stream: Readable) {
    this.#lines = createInterface(stream)[Symbol.asyncIterator]();
  }

  async next(): Promise<string> {
    const { value, done } = (await this.#lines.next()) as IteratorResult<string, undefined>;
    if (done === true) throw new AppError("Internal", "the process ended without saying what it found");
    return value;
  }
}
