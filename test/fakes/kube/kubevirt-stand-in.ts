// Makes the writes of virt-controller and of ipam-extensions for virtual machines, for tests that run no KubeVirt.
import { randomUUID } from "node:crypto";
import { systemClock } from "#src/core/clock.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { apiErrorDetails, isConflict, isNotFound } from "#src/kube/client/api-error.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import {
  claimNameOf,
  launcherPod,
  type MachineInstance,
  machineClaim,
  type MachineNetwork,
  persistentIpam,
  targetReadyKey,
} from "#test/fixtures/kube/launcher-pod.ts";

/** Both are made because of one event of the VirtualMachineInstance, so that either may be first. */
export type FirstMade = "claim" | "pod";

const retryMs = 200;

/** A virtual machine with its launcher pod, as KubeVirt keeps it. */
export class KubeVirtStandIn {
  readonly #pods: ResourceApi;
  readonly #claims: ResourceApi;
  /** True for a refusal after which a pod is created again. virt-controller tries again whatever the reason. */
  readonly #isPassing: (message: string) => boolean;

  constructor(client: ApiClient, isPassing: (message: string) => boolean = () => false) {
    this.#pods = new ResourceApi(client, resources.pods);
    this.#claims = new ResourceApi(client, resources.ipamClaims);
    this.#isPassing = isPassing;
  }

  /** A machine that does not run yet. */
  define(name: string, networks: readonly MachineNetwork[], namespace = "default"): MachineInstance {
    return { name, namespace, networks, uid: "", vmUid: randomUUID() };
  }

  /** Starts the machine: a new instance, its launcher pod and its claims, which may be there from before. */
  async start(
    machine: MachineInstance,
    spec: object = {},
    first: FirstMade = "claim",
  ): Promise<{ readonly instance: MachineInstance; readonly pod: KubeObject }> {
    const instance = { ...machine, uid: randomUUID() };
    if (first === "claim") await this.#makeClaims(instance);
    const pod = await this.#create(instance.namespace, launcherPod(instance, spec));
    if (first === "pod") await this.#makeClaims(instance);
    return { instance, pod };
  }

  /** Begins a migration: makes the target pod. */
  migrate(instance: MachineInstance, spec: object = {}): Promise<KubeObject> {
    const uid = randomUUID();
    return this.#create(
      instance.namespace,
      launcherPod(instance, spec, { name: `kubevirt-migrate-${uid.slice(0, 5)}`, uid }),
    );
  }

  /** Tells that the machine goes on in the target pod. */
  async targetReady({ metadata: { name, namespace } }: KubeObject): Promise<void> {
    const path = `/metadata/annotations/${targetReadyKey.replace("/", "~1")}`;
    const value = `${new Date(systemClock.now()).toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`;
    await this.#pods.patch({ namespace, name }, "json", [{ op: "add", path, value }]);
  }

  /** Ends a launcher pod, and returns when its object is gone. */
  async end({ metadata: { name, namespace, uid } }: KubeObject): Promise<void> {
    await this.#pods.delete({ namespace, name }, { uid }).catch((error: unknown) => {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    });
    while ((await this.#pods.find({ namespace, name }))?.metadata.uid === uid) await systemClock.sleep(retryMs);
  }

  /** Deletes the machine, whose pods have ended: its claims lose their finalizer and are deleted with their owner. */
  async remove(machine: MachineInstance): Promise<void> {
    for (const network of machine.networks) {
      const target = { namespace: machine.namespace, name: claimNameOf(machine, network) };
      const found = await this.#claims.find(target);
      if (found === undefined) continue;
      await this.#claims.delete(target);
      await this.#dropFinalizer(target);
    }
  }

  async #dropFinalizer(target: { readonly namespace: string; readonly name: string }): Promise<void> {
    for (;;) {
      const found = await this.#claims.find(target);
      const finalizers = found?.metadata.finalizers ?? [];
      if (found === undefined || !finalizers.includes(persistentIpam)) return;
      const { uid, resourceVersion } = found.metadata;
      const rest = finalizers.filter((one) => one !== persistentIpam);
      const body = { metadata: { uid, resourceVersion, finalizers: rest } };
      try {
        await this.#claims.patchIfThere(target, "merge", body);
        return;
      } catch (caught) {
        if (!isConflict(caught)) throw caught;
      }
    }
  }

  async #makeClaims(instance: MachineInstance): Promise<void> {
    for (const network of instance.networks) {
      const { namespace } = instance;
      const name = claimNameOf(instance, network);
      if ((await this.#claims.find({ namespace, name })) !== undefined) continue;
      await this.#claims.create(namespace, machineClaim(instance, network));
    }
  }

  async #create(namespace: string, pod: object): Promise<KubeObject> {
    for (;;) {
      try {
        return await this.#pods.create(namespace, pod, { deadlineMs: systemClock.monotonicMs() + 30_000 });
      } catch (caught) {
        if (!this.#isPassing(apiErrorDetails(caught)?.message ?? String(caught))) throw caught;
        await systemClock.sleep(retryMs);
      }
    }
  }
}
