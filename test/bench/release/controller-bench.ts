// The stack of the controller's benches: a control plane, an NB with two networks, and the product's controller.
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { createTokenSigner } from "#src/tokens/token.ts";
import { printFlags } from "#lab/kubernetes/control-plane-flags.ts";
import { ControlPlane } from "#lab/kubernetes/control-plane.ts";
import { startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { bundleFile, programFlags } from "#tools/build/bundle.ts";
import { root } from "#tools/source-files.ts";
import { BareRequests } from "./bare-requests.ts";
import { makeSwitch } from "../baseline/bare-loop.ts";
import type { PodStore } from "./stored-pods.ts";

/** The number of connections that the controller's own client uses. */
export const connections = 64;
const networks = ["blue", "green"] as const;
const namespaceSchema = z.object({ metadata: z.object({ uid: z.string() }) });

interface ControllerChoice {
  readonly lease?: string;
  readonly ready?: "became the leader" | "controller serving";
}

export class ControllerBench implements AsyncDisposable {
  readonly plane: ControlPlane;
  readonly store: PodStore;
  readonly #nb: string;
  readonly #folder: string;
  readonly #owned: AsyncDisposableStack;
  #started = 0;

  private constructor(plane: ControlPlane, store: PodStore, folder: string, owned: AsyncDisposableStack) {
    this.plane = plane;
    this.store = store;
    this.#nb = `unix:${store.nb}`;
    this.#folder = folder;
    this.#owned = owned;
  }

  /** `durable`: etcd syncs each write to the disk. */
  static async open({ durable = false } = {}): Promise<ControllerBench> {
    await using owned = new AsyncDisposableStack();
    const { path: folder } = owned.use(createTemporaryFolder("bench"));
    const server = owned.use(await startOvsdbServer());
    const plane = owned.use(await ControlPlane.start({ folder, durable }));
    const nb = server.endpoint.slice("unix:".length);
    const switches = new Map<string, string>();
    for (const [n, name] of networks.entries()) switches.set(name, await makeSwitch(nb, name, 0, `10.${n}.0.0/16`));
    const { privateKey } = generateKeyPairSync("ed25519");
    await writeFile(join(folder, "token.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
    const signer = await createTokenSigner(privateKey);
    const requests = owned.use(await BareRequests.start(plane, connections));
    const { metadata } = namespaceSchema.parse(await plane.kubectl.get(["namespace", "kube-system"]));
    const store = { requests, nb, switches, signer, cluster: metadata.uid };
    await plane.kubectl.apply(readFileSync(`${root}/deploy/crds/networks.yaml`, "utf8"));
    return new ControllerBench(plane, store, folder, owned.move());
  }

  /**
   * The product's controller under a Lease of its own or the one that is named. It is not started yet; it counts as
   * started when it leads, or serves.
   */
  controller({ lease, ready = "became the leader" }: ControllerChoice = {}): ManagedProcess {
    this.#started += 1;
    const name = `controller-${this.#started}`;
    const flags = printFlags({
      nb: this.#nb,
      kubeconfig: this.plane.adminKubeconfig,
      "lease-name": lease ?? name,
      "token-public-key-files": join(this.#folder, "token.pem"),
      "operations-listen": "127.0.0.1:0",
    });
    const made = new ManagedProcess({
      name,
      command: process.execPath,
      args: [...programFlags(), join(root, bundleFile), "controller", ...flags],
      logFile: join(this.#folder, `${name}.log`),
      ready: untilLine(new RegExp(`"${ready}"`)),
      readyTimeoutMs: 60_000,
      stopTimeoutMs: 20_000,
    });
    this.#owned.use(made);
    return made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}

/** The time at which the process logged its first line with this message, in milliseconds since 1970. */
export function loggedAtMs(running: ManagedProcess, message: string): number {
  return Date.parse(z.object({ time: z.string() }).parse(logged(running, message)).time);
}

/** The port on which a controller serves its metrics. */
export function operationsPort(controller: ManagedProcess): number {
  return z.object({ operations: z.number() }).parse(logged(controller, "controller serving")).operations;
}

function logged(running: ManagedProcess, message: string): unknown {
  const lines = readFileSync(running.spec.logFile, "utf8").split("\n");
  return JSON.parse(lines.find((each) => each.includes(`"msg":"${message}"`)) ?? "{}");
}
