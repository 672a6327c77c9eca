import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { selfSigned, writeCertificateFiles } from "#certs/self-signed.ts";
import { systemClock } from "#src/core/clock.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { WebhookProcess } from "#lab/webhook/webhook-process.ts";
import { bundleFile, programFlags } from "#tools/build/bundle.ts";
import { root } from "#tools/source-files.ts";

/** A server of reviews that runs in a process of its own. */
export interface Served {
  readonly port: number;
  readonly pid: number;
}

/** The product's webhook as such a server. */
export interface ServedWebhook extends Served {
  readonly operationsPort: number;
  /** Ends it, as it is ended in a cluster. */
  stop(): Promise<void>;
}

const scripts = {
  noop: ["noop-webhook.ts"],
  bare: ["../baseline/bare-webhook.ts"],
  patching: ["../baseline/bare-webhook.ts", "patch"],
  reserving: ["../baseline/bare-webhook.ts", "reserve"],
  floor: ["floor-webhook.ts"],
} as const;

const certificateFolder = "certificate";

/** Starts the webhooks of a bench. They share a folder and one certificate for 127.0.0.1, and end together. */
export class Serving implements AsyncDisposable {
  readonly folder: string;
  /** The authority of the certificate, in PEM. */
  readonly ca: string;
  readonly #owned: AsyncDisposableStack;

  private constructor(folder: string, ca: string, owned: AsyncDisposableStack) {
    this.folder = folder;
    this.ca = ca;
    this.#owned = owned;
  }

  static async open(): Promise<Serving> {
    const owned = new AsyncDisposableStack();
    const folder = owned.use(createTemporaryFolder("bench")).path;
    const pair = await selfSigned(["127.0.0.1"], { clock: systemClock, validityMs: 24 * 3_600_000, randomBytes });
    // The folder is not that of the logs: a webhook watches the folder of its certificate, and reads it again at every
    // change.
    await writeCertificateFiles(join(folder, certificateFolder), pair);
    const { privateKey } = generateKeyPairSync("ed25519");
    await writeFile(join(folder, "token.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
    return new Serving(folder, pair.ca, owned);
  }

  /** Starts the product's webhook and waits until it is ready. No controller binds its reservations, so their cap is off. */
  async webhook(
    nb: string,
    kubeconfig = "none",
    program: readonly string[] = [...programFlags(), join(root, bundleFile)],
  ): Promise<ServedWebhook> {
    const webhook = await WebhookProcess.start({
      name: "webhook",
      folder: this.folder,
      nb: [nb],
      kubeconfig,
      files: {
        tlsCertFile: join(this.folder, certificateFolder, "tls.crt"),
        tlsKeyFile: join(this.folder, certificateFolder, "tls.key"),
        tokenKeyFile: join(this.folder, "token.pem"),
      },
      program,
      flags: { "max-open-reservations": "0", "drain-time": "0s" },
    });
    this.#owned.use(webhook);
    const { admissionPort: port, operationsPort, process: running } = webhook;
    return { port, operationsPort, pid: running.pid, stop: () => running.stop() };
  }

  /**
   * Starts a baseline: a webhook that does nothing, behind the product's own TLS server or on bare Node; one that only
   * patches; or one that commits ports that it did not choose, on bare Node or behind that server (`more`: the socket of NB, and the UUIDs
   * of the switches).
   */
  async yardstick(which: keyof typeof scripts, ...more: readonly string[]): Promise<Served> {
    const [file, ...args] = scripts[which];
    const script = fileURLToPath(new URL(file, import.meta.url));
    const logFile = join(this.folder, `${which}.log`);
    const running = await ManagedProcess.start({
      name: `${which} webhook`,
      command: process.execPath,
      args: [
        ...programFlags(),
        script,
        join(this.folder, certificateFolder, "tls.crt"),
        join(this.folder, certificateFolder, "tls.key"),
        ...args,
        ...more,
      ],
      logFile,
      ready: untilLine(/"webhook serving"/),
    });
    this.#owned.use(running);
    const port = /"admission":(\d+)/.exec(readFileSync(logFile, "utf8"))?.[1];
    return { port: Number(port), pid: running.pid };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}
