import { join } from "node:path";
import { type Flags, printFlags } from "../kubernetes/control-plane-flags.ts";
import { readJsonLines } from "#tools/process/log-lines.ts";
import { ManagedProcess, type Readiness } from "#tools/process/process.ts";
import { untilLine, untilProbe } from "#tools/process/readiness.ts";

export interface WebhookOptions {
  /** Name of the replica, of its log and of its session in NB. */
  readonly name: string;
  /** An existing folder for the log. */
  readonly folder: string;
  readonly nb: readonly string[];
  readonly kubeconfig: string;
  /** Absent: the flags name Secrets. */
  readonly files?: KeyFiles;
  readonly flags?: Flags;
  /** What Node runs, with its own flags in front; the sources when absent. */
  readonly program?: readonly string[];
}

/** Paths of PEM files. */
export interface KeyFiles {
  readonly tlsCertFile: string;
  readonly tlsKeyFile: string;
  readonly tokenKeyFile: string;
}

/** One line of the log, as pino writes it. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

const sources = join(import.meta.dirname, "../../src/main.ts");
const serving = "webhook serving";

/** `ovn4nfv webhook` as a process of its own, on free ports of 127.0.0.1. */
export class WebhookProcess implements AsyncDisposable {
  readonly process: ManagedProcess;

  private constructor(process: ManagedProcess) {
    this.process = process;
  }

  /** Starts a replica and waits until it is ready to be sent reviews. */
  static async start(options: WebhookOptions): Promise<WebhookProcess> {
    const { name, folder, nb, kubeconfig, files, flags = {}, program = [sources] } = options;
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
        stopTimeoutMs: 20_000,
      }),
    );
    await webhook.process.start();
    return webhook;
  }

  /** Where reviews are served now; a restart changes it. */
  get admissionPort(): number {
    return this.#port("admission");
  }

  get operationsPort(): number {
    return this.#port("operations");
  }

  /** Everything that was logged, by all runs. */
  log(): readonly LogLine[] {
    return readJsonLines(this.process.spec.logFile) as readonly LogLine[];
  }

  /** Waits for a line that the log may have already. Rejects after `timeoutMs`. */
  async logged(pattern: RegExp, timeoutMs = 60_000): Promise<void> {
    await untilLine(pattern)({ logFile: this.process.spec.logFile, logStart: 0 }, AbortSignal.timeout(timeoutMs));
  }

  /** The samples of one metric: labels as printed -> value. */
  async metric(name: string): Promise<ReadonlyMap<string, number>> {
    const text = await (await this.#get("metrics")).text();
    const found = text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, "gm"));
    return new Map([...found].map(([, labels = "", value]) => [labels, Number(value)]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.stop();
  }

  async #isReady(): Promise<boolean> {
    return (await this.#get("readyz")).ok;
  }

  #get(path: "metrics" | "readyz"): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.operationsPort}/${path}`, { headers: { connection: "close" } });
  }

  #port(which: "admission" | "operations"): number {
    return Number(this.log().findLast(({ msg }) => msg === serving)?.[which]);
  }
}

function fileFlags({ tlsCertFile, tlsKeyFile, tokenKeyFile }: KeyFiles): Flags {
  return { "tls-cert-file": tlsCertFile, "tls-key-file": tlsKeyFile, "token-key-file": tokenKeyFile };
}
