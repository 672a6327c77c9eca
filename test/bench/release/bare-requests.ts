import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import type { ControlPlane } from "#lab/kubernetes/control-plane.ts";
import type { KeyPair } from "#lab/kubernetes/pki.ts";
import { LineReader } from "../line-reader.ts";

export interface BareRequest {
  readonly method: "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly type: string;
  readonly body: string;
}

const script = fileURLToPath(new URL("../baseline/bare-requests-process.ts", import.meta.url));
const numbers = z.array(z.number());
const answerSchema = z.object({
  ms: z.number(),
  // For each request: the UID in its reply, its milliseconds, and the time of its reply in milliseconds since 1970.
  uids: z.array(z.string()),
  latenciesMs: numbers,
  repliedAtMs: numbers,
  /** The errors of requests that failed. */
  failures: z.array(z.string()),
});

export type BareAnswer = z.output<typeof answerSchema>;

/** The bare client of an API server. It runs in a process of its own, as an administrator. */
export class BareRequests implements AsyncDisposable {
  readonly #plane: ControlPlane;
  readonly #client: KeyPair;
  readonly #connections: number;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: LineReader;

  private constructor(plane: ControlPlane, client: KeyPair, connections: number) {
    this.#plane = plane;
    this.#client = client;
    this.#connections = connections;
    this.#child = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = new LineReader(this.#child.stdout);
  }

  static async start(plane: ControlPlane, connections: number): Promise<BareRequests> {
    const client = await plane.authority.issue({ commonName: "bench", organizations: ["system:masters"] });
    return new BareRequests(plane, client, connections);
  }

  /** Reads a list page by page and throws it away. `path` has a query with the limit. Resolves with the milliseconds. */
  async pages(path: string): Promise<number> {
    return (await this.#order({ requests: [], list: path })).ms;
  }

  /** Sends all requests. Resolves with the times, and with the UIDs in the replies, in the order of the requests. */
  async send(requests: readonly BareRequest[], { tolerant = false } = {}): Promise<BareAnswer> {
    return this.#order({ requests, tolerant });
  }

  async #order(order: {
    readonly requests: readonly BareRequest[];
    readonly list?: string;
    readonly tolerant?: boolean;
  }): Promise<BareAnswer> {
    const { key, certificate: cert } = this.#client;
    const { server, authority } = this.#plane;
    const place = { port: Number(new URL(server).port), ca: authority.certificate, client: { cert, key } };
    this.#child.stdin.write(`${JSON.stringify({ ...place, connections: this.#connections, ...order })}\n`);
    return answerSchema.parse(JSON.parse(await this.#lines.next()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
  }
}
