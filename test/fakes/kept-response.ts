import { EventEmitter } from "node:events";

type Taken = (fault?: Error) => void;

/** Stands in for the answer to a page: it keeps what is written, and its connection takes that at once, or when it is told to. */
export class KeptResponse extends EventEmitter {
  text = "";
  destroyed = false;
  /** The sizes of what was written. */
  readonly sizes: number[] = [];
  readonly #isSlow: boolean;
  #handed: Taken[] = [];

  /** A slow one takes only what `take` says. */
  constructor({ isSlow = false }: { readonly isSlow?: boolean } = {}) {
    super();
    this.#isSlow = isSlow;
  }

  writeHead(): void {}

  write(bytes: Buffer, taken: Taken): void {
    this.text += bytes.toString("latin1");
    this.sizes.push(bytes.length);
    if (this.#isSlow) this.#handed.push(taken);
    else process.nextTick(taken);
  }

  /** Takes all that was handed over until now. */
  take(): void {
    for (const taken of this.#handed.splice(0)) taken();
  }

  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}
