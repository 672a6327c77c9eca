// A pod with a claim that is plugged and unplugged by somebody who tries again until it is done, as controllers do.
import assert from "node:assert/strict";
import { networkAttachmentDefinitionCrd } from "#lab/cluster/multus.ts";
import { violations } from "#lab/invariants/invariants.ts";
import { readNb } from "#lab/invariants/nb-snapshot.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import { systemClock } from "#src/core/clock.ts";
import { apiErrorDetails, isNotFound } from "#src/kube/client/api-error.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { until } from "#test/assertions/until.ts";
import { attachmentDefinition } from "#test/fixtures/kube/attachment-definition.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import type { AdmissionStack } from "../admission-stack.ts";
import { readManifests } from "#tools/manifest/manifests.ts";

const { multusNetworks, multusStatus, result } = annotationKeys;
const patienceMs = 120_000;
/** Nobody may refuse the work itself. These say that a part is away. */
const passing = /ClaimInUse|BackendUnavailable|failed calling webhook|EOF|connect|timeout|deadline|has not left yet/i;

/** Adds the networks `blue` and `red`, a definition of `red` with claims, and the claims `first` and `second`. */
export async function prepareForPlugs(stack: AdmissionStack): Promise<void> {
  const { administrator } = stack.plane;
  await administrator.apply([
    ...readManifests("deploy/components/ipam-claims/crd.yaml"),
    networkAttachmentDefinitionCrd,
  ]);
  await administrator.established("ipamclaims.k8s.cni.cncf.io", networkAttachmentDefinitionCrd.metadata.name);
  await stack.addSwitch("blue", "10.41.0.0/28");
  await stack.addSwitch("red", "10.42.0.0/28");
  const config = { cniVersion: "1.0.0", name: "red", type: "ovn4nfv-cni", "nfn-network": "red" };
  await administrator.apply([
    attachmentDefinition("default", "red-net", { ...config, allowPersistentIPs: true }),
    ipamClaim("first", "blue"),
    ipamClaim("second", "red"),
  ]);
}

const ipamClaim = (name: string, network: string) => ({
  apiVersion: "k8s.cni.cncf.io/v1alpha1",
  kind: "IPAMClaim",
  metadata: { name, namespace: "default" },
  spec: { network, interface: "" },
});

/** Waits until pods, claims and rows agree, and no row is left that no result names. */
export async function untilAgreed(stack: AdmissionStack, what: string): Promise<void> {
  let found: readonly string[] = [];
  await until(async () => {
    found = violations(await stack.world(), { nowMs: systemClock.now(), leaseMs: 1 });
    return found.length === 0;
  }, patienceMs).catch((error: unknown) => assert.fail(`${what}: ${String(error)}\n${found.join("\n")}`));
}

export class PluggedPod {
  readonly #stack: AdmissionStack;
  readonly #name: string;
  #base: readonly object[] = [];
  /** The addresses that its interfaces have or had, by name. */
  readonly addresses = new Map<string, string>();

  constructor(stack: AdmissionStack, name: string) {
    this.#stack = stack;
    this.#name = name;
  }

  /** Creates the pod on `blue`. */
  async create(asked: object = {}): Promise<void> {
    const annotations = request({ name: "blue", interface: "net1", ...asked });
    await this.#persist(async () => {
      const isThere = (await this.#find()) !== undefined;
      if (!isThere) await this.#stack.create(podManifest({ name: this.#name, annotations }));
    });
    this.#base = this.#selections(await this.#read());
  }

  /** Selects these interfaces on `red` beside what the pod was created with. The one of the name `second` has the claim `second`. */
  async select(...names: readonly string[]): Promise<void> {
    await this.#persist(() => this.#patch(names));
  }

  /** Asks for what `select` does, without storing it. It need not succeed. */
  async tryOut(name: string): Promise<void> {
    const patch = [
      "patch",
      "pod",
      this.#name,
      "--type=merge",
      "--dry-run=server",
      "-p",
      JSON.stringify(this.#selecting([name])),
    ];
    const { code, stderr } = await this.#stack.plane.kubectl.run(patch);
    if (code !== 0) assert.match(stderr, passing);
  }

  /** The names of the interfaces that are selected beside those of the create. */
  async selected(): Promise<string> {
    const names = this.#selections(await this.#read()).map((one) => (one as { readonly interface: string }).interface);
    return names.filter((name) => name !== "net1").join();
  }

  /** Waits until the result has these interfaces and no other, and each is bound to the pod. */
  async untilBound(...names: readonly string[]): Promise<void> {
    const wanted = names.filter((name) => name !== "").sort();
    let said = "";
    await until(async () => {
      const { metadata } = await this.#read();
      const entries = parseResult(metadata.annotations?.[result.key] ?? "");
      for (const one of entries) this.addresses.set(one.interface, `${one.ip_address.join()} ${one.mac_address}`);
      const { ports } = await readNb(this.#stack.nb);
      const own = ports.filter(({ externalIds }) => externalIds.get("k8s.plugin.opnfv.org/pod-uid") === metadata.uid);
      const bound = own.map(({ externalIds }) => externalIds.get("k8s.plugin.opnfv.org/interface") ?? "").sort();
      const told = entries.map((one) => one.interface).sort();
      said = `${told.join()} bound ${bound.join()}`;
      return told.join() === wanted.join() && bound.join() === wanted.join();
    }, patienceMs).catch(() => assert.fail(`pod ${this.#name} has ${said} instead of ${wanted.join()}`));
  }

  /** Says for the node and for OVN that all interfaces are there. */
  async wire(): Promise<void> {
    const entries = parseResult((await this.#read()).metadata.annotations?.[result.key] ?? "");
    for (const { port } of entries) await nbctl(this.#stack.nb.join(), "set", "logical_switch_port", port, "up=true");
    await this.#writeStatus(entries.map((one) => one.interface));
  }

  /** Says that those are gone which the result gives up. */
  async unwire(): Promise<void> {
    const entries = parseResult((await this.#read()).metadata.annotations?.[result.key] ?? "");
    for (const { port } of entries.filter(({ leaving }) => leaving === true))
      await nbctl(this.#stack.nb.join(), "--if-exists", "set", "logical_switch_port", port, "up=false");
    await this.#writeStatus(entries.flatMap((one) => (one.leaving === true ? [] : [one.interface])));
  }

  async end(): Promise<void> {
    await this.#persist(async () => {
      const { namespace, name } = this.#target;
      await this.#stack.pods.delete({ namespace, name }, { gracePeriodSeconds: 0 }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    });
  }

  untilGone(): Promise<void> {
    return until(async () => (await this.#find()) === undefined, patienceMs);
  }

  get #target(): { readonly namespace: string; readonly name: string } {
    return { namespace: "default", name: this.#name };
  }

  #read(): Promise<KubeObject> {
    return this.#stack.pods.get(this.#target);
  }

  #find(): Promise<KubeObject | undefined> {
    return this.#stack.pods.find(this.#target);
  }

  #selections({ metadata }: KubeObject): readonly object[] {
    return JSON.parse(metadata.annotations?.[multusNetworks.key] ?? "[]") as readonly object[];
  }

  async #patch(names: readonly string[]): Promise<void> {
    const deadlineMs = systemClock.monotonicMs() + 30_000;
    await this.#stack.pods.patch(this.#target, "merge", this.#selecting(names), { deadlineMs });
  }

  #selecting(names: readonly string[]): object {
    const selections = names.map((name) => ({
      name: "red-net",
      interface: name,
      ...(name === "second" ? { "ipam-claim-reference": "second" } : {}),
    }));
    const value = JSON.stringify([...this.#base, ...selections]);
    return { metadata: { annotations: { [multusNetworks.key]: value } } };
  }

  async #writeStatus(names: readonly string[]): Promise<void> {
    const value = JSON.stringify(["eth0", ...names].map((name) => ({ name: "n", interface: name })));
    const body = { metadata: { annotations: { [multusStatus.key]: value } } };
    await this.#persist(async () => {
      await this.#stack.pods.patch(this.#target, "merge", body);
    });
  }

  async #persist(work: () => Promise<void>): Promise<void> {
    const limitMs = systemClock.monotonicMs() + patienceMs;
    for (;;) {
      try {
        await work();
        return;
      } catch (caught) {
        const message = messageOf(caught);
        assert.match(message, passing);
        assert.ok(systemClock.monotonicMs() < limitMs, `not within ${patienceMs} ms: ${message}`);
        await systemClock.sleep(100);
      }
    }
  }
}

function messageOf(error: unknown): string {
  return apiErrorDetails(error)?.message ?? String(error);
}
