import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import type { Machine } from "#lab/machine/machine.ts";
import { inNamespaces } from "#tools/process/namespaces.ts";
import { LineReader } from "../line-reader.ts";

/** A program that the driver runs like a container runtime. */
export interface DriverRun {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
}

export type DriverOrder =
  | { readonly do: "add-all"; readonly pods: readonly { readonly netns: string; readonly ports: readonly object[] }[] }
  | { readonly do: "run-all"; readonly runs: readonly DriverRun[] }
  | { readonly do: "add" | "links"; readonly netns: string; readonly ports: readonly object[] }
  | { readonly do: "del" | "unlink"; readonly hosts: readonly string[] }
  | (DriverRun & { readonly do: "run" });

const script = fileURLToPath(new URL("../baseline/cni-driver-process.ts", import.meta.url));
const answerSchema = z.object({ ms: z.number(), output: z.string() });

/** The process on a node that does the work and measures its time. */
export class CniDriver implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: LineReader;

  /** `netlink` is the path of a compiled `ovn4nfv-netlink`. */
  constructor(machine: Machine, netlink: string) {
    const [program, args] = inNamespaces(machine.namespaces, process.execPath, [script, netlink]);
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = new LineReader(this.#child.stdout);
  }

  /** Returns the milliseconds that it took. Throws when it failed. */
  async run(order: DriverOrder): Promise<number> {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
    const line = await this.#lines.next();
    const answer = answerSchema.safeParse(JSON.parse(line));
    if (!answer.success) throw new Error(line);
    return answer.data.ms;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
  }
}
