// Everything that the API server told about pods, in its own order, so that no address can be given twice unseen.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "#lab/cluster/lab.ts";
import type { ResultElement } from "#lab/cluster/node-wiring.ts";
import { completeLines } from "#tools/process/log-lines.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { ensureTools } from "#tools/programs/tool-cache.ts";

const resultPath = "metadata.annotations.k8s\\.plugin\\.opnfv\\.org/ovnInterfaces";

/** kubectl would make blanks of tabs. */
const separator = " | ";

interface PodChange {
  readonly type: string;
  readonly uid: string;
  readonly name: string;
  readonly phase: string;
  /** The text of the result; empty when the pod has none. */
  readonly result: string;
}

export interface SharedByPods {
  readonly address: string;
  readonly network: string;
  readonly pods: readonly [string, string];
}

/** Watches pods with kubectl, and not with the product. */
export class PodHistory implements AsyncDisposable {
  readonly #process: ManagedProcess;

  private constructor(process: ManagedProcess) {
    this.#process = process;
  }

  /** Starts with the pods that are there. There must be one. */
  static async start(lab: Lab): Promise<PodHistory> {
    const { kubectl } = await ensureTools(["kubectl"]);
    const fields = ["metadata.uid", "metadata.name", "status.phase", resultPath].map((path) => `{.object.${path}}`);
    const template = `jsonpath={.type}{"${separator}"}${fields.join(`{"${separator}"}`)}{"\\n"}`;
    const watch = await ManagedProcess.start({
      name: "kubectl get --watch",
      command: kubectl,
      args: ["get", "pods", "-n", "default", "-w", "--output-watch-events", "-o", template],
      logFile: join(lab.folder, "pod-history.log"),
      namespaces: lab.center.namespaces,
      env: { PATH: process.env["PATH"], HOME: lab.folder, KUBECONFIG: lab.controlPlane.adminKubeconfig },
      ready: untilLine(/^ADDED /m),
    });
    return new PodHistory(watch);
  }

  /** False when the watch ended, so that pods may have come and gone unseen. */
  get isWhole(): boolean {
    return this.#process.running;
  }

  changes(): readonly PodChange[] {
    return completeLines(readFileSync(this.#process.spec.logFile, "utf8")).map((line) => {
      const [type = "", uid = "", name = "", phase = "", result = ""] = line.split(separator);
      return { type, uid, name, phase, result };
    });
  }

  /** The addresses that two pods had at once, of which neither had ended. */
  shared(): readonly SharedByPods[] {
    const holders = new Map<string, Map<string, string>>();
    const held = new Map<string, readonly string[]>();
    const found = new Map<string, SharedByPods>();
    for (const { type, uid, name, phase, result } of this.changes()) {
      for (const key of held.get(uid) ?? []) holders.get(key)?.delete(uid);
      held.delete(uid);
      if (type === "DELETED" || phase === "Succeeded" || phase === "Failed") continue;
      const keys = addressKeys(result);
      held.set(uid, keys);
      for (const key of keys) {
        const all = holders.get(key) ?? new Map<string, string>();
        holders.set(key, all.set(uid, name));
        if (all.size < 2) continue;
        const [network = "", address = ""] = key.split(" ");
        const [one = "", other = ""] = [...all.values()];
        found.set(`${key} ${one} ${other}`, { network, address, pods: [one, other] });
      }
    }
    return [...found.values()];
  }

  /** The addresses that pods got from each claim, by its name. There must be one text for each. */
  claimed(): ReadonlyMap<string, ReadonlySet<string>> {
    const given = new Map<string, Set<string>>();
    for (const result of this.firstResults().values()) {
      for (const { claim, ip_address: ips, mac_address: mac } of elementsOf(result)) {
        if (claim === undefined) continue;
        given.set(claim, (given.get(claim) ?? new Set()).add([mac, ...ips].join(" ")));
      }
    }
    return given;
  }

  /** The first result of each pod by UID. */
  firstResults(): ReadonlyMap<string, string> {
    const first = new Map<string, string>();
    for (const { uid, result } of this.changes()) if (result !== "" && !first.has(uid)) first.set(uid, result);
    return first;
  }

  /** The number of bytes that were read, for reports. */
  get bytes(): number {
    return statSync(this.#process.spec.logFile).size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
  }
}

function elementsOf(result: string): readonly (ResultElement & { readonly claim?: string })[] {
  if (result === "") return [];
  try {
    return JSON.parse(result) as readonly ResultElement[];
  } catch {
    return []; // Somebody edited it, which is one of the faults.
  }
}

function addressKeys(result: string): readonly string[] {
  return elementsOf(result).flatMap(({ network, ip_address: ips, mac_address: mac }) =>
    [...ips.map((ip) => ip.replace(/\/.*/, "")), mac].map((address) => `${network} ${address}`),
  );
}
