import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Lab } from "#lab/cluster/lab.ts";
import { inNamespaces } from "#tools/process/namespaces.ts";
import type { LabPodsOrder, NamedPod } from "./lab-pods.ts";
import { LineReader } from "../line-reader.ts";

const script = fileURLToPath(new URL("lab-pods-process.ts", import.meta.url));

/** Creates and deletes pods from inside the lab, and returns the milliseconds that it took. */
export class LabPodsRemote implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: LineReader;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
    this.#lines = new LineReader(child.stdout);
  }

  static async start({ center, controlPlane }: Lab): Promise<LabPodsRemote> {
    const { net } = center.namespaces;
    const [command, args] = inNamespaces({ net }, process.execPath, [script, controlPlane.adminKubeconfig]);
    const remote = new LabPodsRemote(spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] }));
    await remote.#lines.next();
    return remote;
  }

  /** Returns the time until all pods are Ready. */
  create(pods: readonly NamedPod[]): Promise<number> {
    return this.#order({ create: pods });
  }

  /** Returns the time until all pods are gone. */
  delete(names: readonly string[]): Promise<number> {
    return this.#order({ delete: names });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
  }

  async #order(order: LabPodsOrder): Promise<number> {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
    return Number(await this.#lines.next());
  }
}
