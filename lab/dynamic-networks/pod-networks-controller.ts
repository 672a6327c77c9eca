import { attachmentChanges } from "./attachment-changes.ts";
import { configOf, type PodSandbox, type SendDelegateCall } from "./delegate-call.ts";
import { type NetworkSelection, networksKey, readSelections } from "./network-selection.ts";
import { type AttachmentOutcome, printStatuses, readStatuses, updatedStatuses } from "./network-status.ts";

/** A pod of the node that runs, as the informer knows it. */
export interface NetworkedPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly hostNetwork: boolean;
}

export interface ControllerParts {
  /** The pod by `namespace/name`, as the informer knows it. */
  readonly podOf: (key: string) => NetworkedPod | undefined;
  /** The configuration of a definition. */
  readonly definitionOf: (namespace: string, name: string) => string | undefined;
  /** Asks the container runtime. Throws when the pod has no sandbox. */
  readonly sandboxOf: (uid: string) => Promise<PodSandbox>;
  readonly call: SendDelegateCall;
  /** Writes network-status into the pod. */
  readonly writeStatus: (pod: NetworkedPod, status: string) => Promise<void>;
  readonly tell: (pod: NetworkedPod, type: "Normal" | "Warning", reason: string, message: string) => void;
  readonly log: (message: string) => void;
  readonly sleep: (ms: number) => Promise<void>;
}

/** After this many tries of one change the original forgets it. */
const maxTries = 4;
const firstRetryMs = 5;

/** Plugs and unplugs what the changed annotations of pods say, one pod after the other. */
export class PodNetworksController {
  readonly #parts: ControllerParts;
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: ControllerParts) {
    this.#parts = parts;
  }

  /** For a pod that was there at the start. */
  begin(pod: NetworkedPod): void {
    if (!pod.hostNetwork) this.#enqueue(keyOf(pod));
  }

  /** For a pod that has changed. Only the annotation of its networks counts. */
  changed(old: NetworkedPod, pod: NetworkedPod): void {
    if (pod.hostNetwork) {
      if (pod.annotations[networksKey] !== undefined) {
        const message = `pod [${keyOf(pod)}]: will not add interface to host networked pod`;
        this.#parts.tell(pod, "Warning", "InterfaceAddRejected", message);
      }
      return;
    }
    if (old.annotations[networksKey] !== pod.annotations[networksKey]) this.#enqueue(keyOf(old));
  }

  /** Resolves when everything that was asked for until now is done or given up. */
  async idle(): Promise<void> {
    await this.#turn;
  }

  #enqueue(key: string): void {
    this.#turn = this.#turn.then(() => this.#reconcile(key));
  }

  async #reconcile(key: string): Promise<void> {
    for (let tries = 1; tries <= maxTries; tries++) {
      try {
        await this.#once(key);
        return;
      } catch (error) {
        this.#parts.log(`${key}: ${messageOf(error)}`);
      }
      if (tries < maxTries) await this.#parts.sleep(firstRetryMs * 2 ** (tries - 1));
    }
  }

  /** One try. After a failure the interfaces that it has added are taken away again, and so is the one that failed. */
  async #once(key: string): Promise<void> {
    const { podOf, sandboxOf } = this.#parts;
    const pod = podOf(key);
    if (pod === undefined) throw new Error("could not access pod from the informer");
    const selections = readSelections(pod.annotations, pod.namespace);
    const { added, removed } = attachmentChanges(selections, readStatuses(pod.annotations));
    const sandbox = await sandboxOf(pod.uid);
    const outcomes: AttachmentOutcome[] = [];
    let begun: readonly NetworkSelection[] = [];
    let fault: unknown;
    try {
      for (const selection of added) {
        begun = [...begun, selection];
        outcomes.push({ selection, result: await this.#add(pod, sandbox, selection) });
      }
      for (const selection of removed) {
        await this.#remove(pod, sandbox, selection);
        outcomes.push({ selection });
      }
    } catch (error) {
      fault = error;
    }
    try {
      await this.#writeStatus(pod, outcomes);
    } catch (error) {
      // A change whose status cannot be written is not tried again.
      this.#parts.log(`${key}: error updating pod network status: ${messageOf(error)}`);
      await this.#rollBack(pod, sandbox, begun);
      return;
    }
    if (fault === undefined) return;
    await this.#rollBack(pod, sandbox, begun);
    throw new Error(messageOf(fault), { cause: fault });
  }

  async #add(
    pod: NetworkedPod,
    sandbox: PodSandbox,
    selection: NetworkSelection,
  ): Promise<NonNullable<AttachmentOutcome["result"]>> {
    const { call, tell } = this.#parts;
    const { interface: ifname, name } = selection;
    try {
      const result = await call({ command: "ADD", sandbox, pod, selection, config: this.#configOf(selection) });
      tell(pod, "Normal", "AddedInterface", `pod [${keyOf(pod)}]: added interface ${ifname} to network: ${name}`);
      return result ?? {};
    } catch (error) {
      const message = `pod [${keyOf(pod)}]: failed adding interface ${ifname} to network: ${name}`;
      tell(pod, "Warning", "FailedAddingInterface", message);
      throw new Error(`failed to ADD delegate: ${messageOf(error)}`, { cause: error });
    }
  }

  async #remove(pod: NetworkedPod, sandbox: PodSandbox, selection: NetworkSelection): Promise<void> {
    const { call, tell } = this.#parts;
    const { interface: ifname, name } = selection;
    try {
      await call({ command: "DEL", sandbox, pod, selection, config: this.#configOf(selection) });
    } catch (error) {
      const message = `pod [${keyOf(pod)}]: failed removing interface ${ifname} from network: ${name}`;
      tell(pod, "Warning", "FailedRemovingInterface", message);
      throw new Error(`failed to remove delegate: ${messageOf(error)}`, { cause: error });
    }
    tell(pod, "Normal", "RemovedInterface", `pod [${keyOf(pod)}]: removed interface ${ifname} from network: ${name}`);
  }

  /** Without an outcome nothing is written. */
  async #writeStatus(pod: NetworkedPod, outcomes: readonly AttachmentOutcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    const statuses = updatedStatuses(readStatuses(pod.annotations), outcomes);
    await this.#parts.writeStatus(pod, printStatuses(statuses));
  }

  async #rollBack(pod: NetworkedPod, sandbox: PodSandbox, begun: readonly NetworkSelection[]): Promise<void> {
    try {
      for (const selection of begun) await this.#remove(pod, sandbox, selection);
    } catch (error) {
      this.#parts.log(`rollback of ${keyOf(pod)}: ${messageOf(error)}`);
    }
  }

  #configOf({ namespace, name }: NetworkSelection): string {
    const config = this.#parts.definitionOf(namespace, name);
    if (config === undefined) throw new Error(`failed to access the networkattachmentdefinition ${namespace}/${name}`);
    return configOf(config, name);
  }
}

function keyOf({ namespace, name }: NetworkedPod): string {
  return `${namespace}/${name}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
