// Webhook replicas as processes, their registration as in deploy/base, and one port in front of them.
import { join } from "node:path";
import { type Flags, printFlags } from "../kubernetes/control-plane-flags.ts";
import { readJsonLines } from "#tools/process/log-lines.ts";
import { readMetric } from "#tools/process/metric.ts";
import { ManagedProcess, type Readiness } from "#tools/process/process.ts";
import { untilLine, untilProbe } from "#tools/process/readiness.ts";
import { productFile } from "#tools/build/product-file.ts";

export interface WebhookOptions {
  /** The name of the replica, of its log and of its session in NB. */
  readonly name: string;
  /** An existing folder for the log. */
  readonly folder: string;
  readonly nb: readonly string[];
  readonly kubeconfig: string;
  /** Absent when the flags name Secrets. */
  readonly files?: KeyFiles;
  readonly flags?: Flags;
  /** The program for Node, with Node's own flags before it. The default is `productFile`. */
  readonly program?: readonly string[];
}

/** Paths of PEM files. */
export interface KeyFiles {
  readonly tlsCertFile: string;
  readonly tlsKeyFile: string;
  readonly tokenKeyFile: string;
}

/** One line of the log in pino's form. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

const serving = "webhook serving";

/** Runs `ovn4nfv webhook` as a process of its own, on free ports of 127.0.0.1. */
export class WebhookProcess implements AsyncDisposable {
  readonly process: ManagedProcess;

  private constructor(process: ManagedProcess) {
    this.process = process;
  }

  /** Starts a replica and waits until it is ready for reviews. */
  static async start(options: WebhookOptions): Promise<WebhookProcess> {
    const { name, folder, nb, kubeconfig, files, flags = {}, program = [productFile] } = options;
    const all: Flags = {
      listen: "127.0.0.1:0",
      "operations-listen": "127.0.0.1:0",
      nb: nb.join(","),
      kubeconfig,
      "replica-name": name,
      ...(files === undefined ? {} : fileFlags(files)),
      ...flags,
    };
    const logFile = join(folder, `${name}.log`);
    const isReady: Readiness = async (running, signal) => {
      await untilLine(new RegExp(`"${serving}"`))(running, signal);
      await untilProbe(() => webhook.#isReady(), 20)(running, signal);
    };
    const webhook = new WebhookProcess(
      new ManagedProcess({
        name: `webhook ${name}`,
        command: process.execPath,
        args: [...program, "webhook", ...printFlags(all)],
        logFile,
        ready: isReady,
        // On busy cores it reads 50,000 pods and their ports for longer than a minute.
        readyTimeoutMs: 300_000,
        stopTimeoutMs: 20_000,
      }),
    );
    await webhook.process.start();
    return webhook;
  }

  /** The port on which reviews are served now. A restart changes it. */
  get admissionPort(): number {
    return this.#port("admission");
  }

  get operationsPort(): number {
    return this.#port("operations");
  }

  /** Everything that all runs have logged. */
  log(): readonly LogLine[] {
    return readJsonLines(this.process.spec.logFile) as readonly LogLine[];
  }

  /** Waits for a line that the log may have already. Rejects after `timeoutMs`. */
  async logged(pattern: RegExp, timeoutMs = 60_000): Promise<void> {
    await untilLine(pattern)({ logFile: this.process.spec.logFile, logStart: 0 }, AbortSignal.timeout(timeoutMs));
  }

  /** The samples of one metric: the value for each printed text of labels. */
  metric(name: string): Promise<ReadonlyMap<string, number>> {
    return readMetric(this.operationsPort, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.stop();
  }

  async #isReady(): Promise<boolean> {
    const asked = fetch(`http://127.0.0.1:${this.operationsPort}/readyz`, { headers: { connection: "close" } });
    return (await asked.catch(() => undefined))?.ok === true;
  }

  #port(which: "admission" | "operations"): number {
    return Number(this.log().findLast(({ msg }) => msg === serving)?.[which]);
  }
}

function fileFlags({ tlsCertFile, tlsKeyFile, tokenKeyFile }: KeyFiles): Flags {
  return { "tls-cert-file": tlsCertFile, "tls-key-file": tlsKeyFile, "token-key-file": tokenKeyFile };
}
