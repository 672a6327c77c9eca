// The part of the chaos that is about claims and plugged interfaces: what is made, and what must be so at the end.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { networkAttachmentDefinitionCrd } from "#lab/cluster/multus.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import { systemClock } from "#src/core/clock.ts";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { root } from "#tools/source-files.ts";
import { until } from "#test/assertions/until.ts";
import { attachmentDefinition } from "#test/fixtures/kube/attachment-definition.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import type { AdmissionStack } from "#test/stacks/admission-stack.ts";

const { multusNetworks, multusStatus, result } = annotationKeys;
const patienceMs = 180_000;
const plugName = "plugged";

/** The claims are on `blue`, and pods are plugged into `pink`. */
export class ClaimsAndPlugs {
  readonly #stack: AdmissionStack;
  readonly #claims: ResourceApi;
  /** The addresses that each claim gave to a pod, by its name. */
  readonly #given = new Map<string, string>();

  private constructor(stack: AdmissionStack) {
    this.#stack = stack;
    this.#claims = new ResourceApi(stack.client, resources.ipamClaims);
  }

  static async prepare(stack: AdmissionStack): Promise<ClaimsAndPlugs> {
    const { kubectl } = stack.plane;
    await kubectl.apply(readFileSync(`${root}/deploy/components/ipam-claims/crd.yaml`, "utf8"));
    await kubectl.apply([networkAttachmentDefinitionCrd]);
    await kubectl.established("ipamclaims.k8s.cni.cncf.io", networkAttachmentDefinitionCrd.metadata.name);
    await stack.addSwitch("pink", "10.80.0.0/22");
    await kubectl.apply([attachmentDefinition("default", "pink-net", { type: "ovn4nfv-cni", "nfn-network": "pink" })]);
    return new ClaimsAndPlugs(stack);
  }

  /** Makes a claim, and a pod that has it. */
  async create(claim: string, pod: string, spec: object): Promise<KubeObject> {
    await this.#claims.create("default", {
      apiVersion: "k8s.cni.cncf.io/v1alpha1",
      kind: "IPAMClaim",
      metadata: { name: claim, namespace: "default" },
      spec: { network: "blue", interface: "" },
    });
    return this.#stack.create(claiming(claim, pod, spec)).then((stored) => this.#same(claim, stored));
  }

  /** Makes another pod that has the claim, as soon as the one before has ended. */
  async takeOver(claim: string, pod: string, spec: object): Promise<KubeObject> {
    let stored: KubeObject | undefined;
    await until(async () => {
      stored = await this.#stack.create(claiming(claim, pod, spec)).catch((error: unknown) => {
        const { message = String(error) } = apiErrorDetails(error) ?? {};
        assert.match(message, /ClaimInUse/);
        return undefined;
      });
      return stored !== undefined;
    }, patienceMs);
    return this.#same(claim, stored ?? assert.fail());
  }

  /** Plugs a pod into `pink`, and gives it as it is stored then. */
  async plug(pod: KubeObject): Promise<KubeObject> {
    const selection = { name: "pink-net", interface: plugName };
    return this.#annotate(pod, { [multusNetworks.key]: JSON.stringify([...selections(pod), selection]) });
  }

  /** Unplugs a pod, says for the node and for OVN that nothing has the interface, and waits until its address is given back. */
  async unplug(pod: KubeObject): Promise<KubeObject> {
    const left = selections(pod).filter((one) => (one as { readonly interface?: string }).interface !== plugName);
    const leaving = await this.#annotate(pod, { [multusNetworks.key]: JSON.stringify(left), [multusStatus.key]: "[]" });
    for (const { port } of resultsOf(leaving).filter((one) => one.leaving === true))
      await nbctl(this.#stack.nb.join(), "--if-exists", "set", "logical_switch_port", port, "up=false");
    let stored = leaving;
    const { name, namespace } = pod.metadata;
    await until(async () => {
      stored = await this.#stack.pods.get({ namespace, name });
      return resultsOf(stored).every((one) => one.leaving !== true);
    }, patienceMs);
    return stored;
  }

  #annotate({ metadata: { name, namespace } }: KubeObject, annotations: object): Promise<KubeObject> {
    const call = { deadlineMs: systemClock.monotonicMs() + 60_000 };
    return this.#stack.pods.patch({ namespace, name }, "merge", { metadata: { annotations } }, call);
  }

  #same(claim: string, stored: KubeObject): KubeObject {
    const [own] = resultsOf(stored);
    const addresses = `${own?.ip_address.join() ?? ""} ${own?.mac_address ?? ""}`;
    assert.equal(addresses, this.#given.get(claim) ?? addresses, `the addresses of claim ${claim}`);
    this.#given.set(claim, addresses);
    return stored;
  }
}

const claiming = (claim: string, name: string, spec: object): object =>
  podManifest({ name, annotations: request({ name: "blue", interface: "net1", claim }), spec });

function selections({ metadata }: KubeObject): readonly object[] {
  return JSON.parse(metadata.annotations?.[multusNetworks.key] ?? "[]") as readonly object[];
}

function resultsOf({ metadata }: KubeObject) {
  return parseResult(metadata.annotations?.[result.key] ?? "[]");
}
