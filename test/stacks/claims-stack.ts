// Webhook and controller with the networks `blue` and `red`, the CRD of claims, and a definition for virtual machines on `red`.
import assert from "node:assert/strict";
import * as z from "zod";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { ipamClaimStatusSchema } from "#src/api/claim/ipam-claim.ts";
import { parseResult } from "#src/api/result.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { networkAttachmentDefinitionCrd } from "#lab/cluster/multus.ts";
import { readNb } from "#lab/invariants/nb-snapshot.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import type { CommandResult } from "#tools/process/command.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { until } from "#test/assertions/until.ts";
import { KubeVirtStandIn } from "#test/fakes/kube/kubevirt-stand-in.ts";
import { attachmentDefinition } from "#test/fixtures/kube/attachment-definition.ts";
import { AdmissionStack } from "./admission-stack.ts";
import { controllerProcess } from "./controller-process.ts";
import { networkManifest } from "./network-stack.ts";

const objectSchema = z.object({
  metadata: z.object({
    finalizers: z.array(z.string()).default([]),
    deletionTimestamp: z.string().optional(),
    ownerReferences: z.array(z.unknown()).default([]),
  }),
  status: ipamClaimStatusSchema.optional(),
});
const podSchema = z.object({ metadata: z.object({ annotations: z.record(z.string(), z.string()) }) });
const claimId = "k8s.plugin.opnfv.org/claim";

export class ClaimsStack implements AsyncDisposable {
  readonly admission: AdmissionStack;
  readonly controller: ManagedProcess;
  readonly kubeVirt: KubeVirtStandIn;

  private constructor(admission: AdmissionStack, controller: ManagedProcess) {
    this.admission = admission;
    this.controller = controller;
    this.kubeVirt = new KubeVirtStandIn(admission.client);
  }

  static async start(): Promise<ClaimsStack> {
    await using owned = new AsyncDisposableStack();
    const flags = { "restore-quiet-time": "2s" };
    const admission = owned.use(
      await AdmissionStack.start({ reviewTimeoutSeconds: 30, replicas: 2, plane: { audit: true }, flags }),
    );
    const { administrator, kubectl } = admission.plane;
    await administrator.apply(readManifests("deploy/crds/networks.yaml"));
    await administrator.established("networks.k8s.plugin.opnfv.org");
    const controller = owned.use(controllerProcess(admission));
    await controller.start();
    // It comes after webhook and controller have started.
    await administrator.apply(readManifests("deploy/components/ipam-claims/crd.yaml"));
    await administrator.established("ipamclaims.k8s.cni.cncf.io");
    await administrator.apply([
      networkManifest("blue", { ipv4Subnets: [{ name: "s", subnet: "10.41.0.0/28" }] }),
      networkManifest("red", { ipv4Subnets: [{ name: "s", subnet: "10.42.0.0/24" }] }),
    ]);
    await kubectl.must(["wait", "network/blue", "network/red", "--for=condition=Ready", "--timeout=60s"]);
    await administrator.apply([networkAttachmentDefinitionCrd]);
    await administrator.established(networkAttachmentDefinitionCrd.metadata.name);
    const { key, value } = annotationKeys.multusNamespace;
    await kubectl.must(["label", "namespace", "default", `${key}=${value}`]);
    const config = { name: "lan-net", type: "ovn4nfv-cni", "nfn-network": "red", allowPersistentIPs: true };
    await administrator.apply([attachmentDefinition("default", "lan", config)]);
    owned.move();
    return new ClaimsStack(admission, controller);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.controller[Symbol.asyncDispose]();
    await this.admission[Symbol.asyncDispose]();
  }

  kubectl(...args: readonly string[]): Promise<string> {
    return this.admission.plane.kubectl.must(args);
  }

  tryApply(...items: readonly object[]): Promise<CommandResult> {
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    return this.admission.plane.kubectl.run(["apply", "-f", "-"], { input });
  }

  async apply(...items: readonly object[]): Promise<void> {
    const { code, stderr } = await this.tryApply(...items);
    assert.equal(code, 0, stderr);
  }

  async ipOf(pod: string): Promise<string | undefined> {
    const { metadata } = podSchema.parse(await this.admission.plane.kubectl.get(["pod", pod]));
    return parseResult(metadata.annotations[annotationKeys.result.key] ?? "")[0]?.ip_address[0];
  }

  /** Waits for a pod that somebody else makes, and gives its address. */
  async untilIp(pod: string): Promise<string> {
    let ip: string | undefined;
    await until(async () => (ip = await this.ipOf(pod).catch(() => undefined)) !== undefined);
    return ip ?? "";
  }

  eventsOf(name: string): Promise<string> {
    const selector = `--field-selector=involvedObject.name=${name}`;
    return this.kubectl("get", "events", selector, "-o", "jsonpath={.items[*].message}");
  }

  /** The claim of this name. */
  async read(name: string) {
    return objectSchema.parse(await this.admission.plane.kubectl.get(["ipamclaim", name]));
  }

  /** Waits until the claim says this address. */
  async untilTold(name: string, ip: string | undefined): Promise<void> {
    await until(async () => (await this.read(name).catch(() => undefined))?.status?.ips[0] === ip);
  }

  async untilHolder(name: string, holder: KubeObject): Promise<void> {
    await until(async () => (await this.read(name)).status?.ownerPod?.name === holder.metadata.name);
  }

  /** The names of the rows of a claim. */
  async rows(name: string): Promise<readonly string[]> {
    const find = ["--bare", "--columns=name", "find", "logical_switch_port", `external_ids:${claimId}=${name}`];
    const text = await nbctl(this.admission.nb.join(), ...find);
    return text.split("\n").filter((line) => line !== "");
  }

  /** Waits until the claim has one row of such a name, or with undefined none. */
  async untilRows(name: string, wanted: RegExp | undefined): Promise<void> {
    await until(async () => {
      const found = await this.rows(name);
      return wanted === undefined ? found.length === 0 : found.length === 1 && wanted.test(found[0] ?? "");
    });
  }

  /** The ports of a claim that have their addresses. */
  async withAddresses(name: string): Promise<readonly string[]> {
    const { ports } = await readNb(this.admission.nb);
    const own = ports.filter(({ externalIds }) => externalIds.get(claimId) === name);
    return own.filter(({ addresses }) => addresses.length > 0).map((port) => port.name);
  }

  async untilBound(pod: KubeObject): Promise<void> {
    await until(async () =>
      (await readNb(this.admission.nb)).ports.some(
        ({ externalIds }) => externalIds.get("k8s.plugin.opnfv.org/pod-uid") === pod.metadata.uid,
      ),
    );
  }
}
