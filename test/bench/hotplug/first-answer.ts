// Finds the moment from which an interface of a pod carries traffic: somebody in the pod asks somebody behind the interface each
// millisecond, until an answer comes. Both are processes of their own, in the network namespaces of the two.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { LineReader } from "../line-reader.ts";

const script = fileURLToPath(new URL("udp-end-process.ts", import.meta.url));

/** The port on which `answer` listens. */
export const answerPort = 5_007;

/** A process with a UDP socket in a network namespace, which is given by its path. */
export class UdpEnd implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: LineReader;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
    this.#lines = new LineReader(child.stdout);
  }

  /** Answers whoever asks. */
  static answer(netns: string): Promise<UdpEnd> {
    return UdpEnd.#start(netns, ["answer", String(answerPort)]);
  }

  /** Asks through the interface of this name. */
  static ask(netns: string, device: string): Promise<UdpEnd> {
    return UdpEnd.#start(netns, ["ask", String(answerPort), device]);
  }

  static async #start(netns: string, order: readonly string[]): Promise<UdpEnd> {
    const args = [`--net=${netns}`, process.execPath, script, ...order];
    const end = new UdpEnd(spawn("nsenter", args, { stdio: ["pipe", "pipe", "inherit"] }));
    await end.#lines.next();
    return end;
  }

  /** Begins to ask an address. Resolves with the time of the first answer, on the clock of `process.hrtime`. */
  async firstAnswer(address: string): Promise<bigint> {
    this.#child.stdin.write(`${address}\n`);
    return BigInt(await this.#lines.next());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
  }
}
