import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { LineReader } from "../line-reader.ts";
import { type PostOrder, postResultSchema, type PostResult } from "./post-load-order.ts";

const script = fileURLToPath(new URL("post-load-process.ts", import.meta.url));

/** The load generator in a process of its own, so that it does not use the bench's event loop. */
export class PostLoad implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: LineReader;

  constructor() {
    this.#child = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = new LineReader(this.#child.stdout);
  }

  /** Posts as ordered. Throws when a reply is wrong. */
  async run(order: PostOrder): Promise<PostResult> {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
    return postResultSchema.parse(JSON.parse(await this.#lines.next()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
  }
}
