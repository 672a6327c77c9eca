// A cluster without kubelets in front of a real datapath: pods are admitted and bound as ever, and stand in network
// namespaces on two chassis.
import * as z from "zod";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import { type ChassisHost, wireDevice } from "#lab/machine/chassis-host.ts";
import type { OutsideHost } from "#lab/machine/outside-switch.ts";
import { OvnFabric } from "#lab/machine/ovn-fabric.ts";
import { validatingWebhookConfiguration } from "#lab/webhook/webhook-configuration.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { KubeletStandIn } from "#test/fakes/kube/kubelet-stand-in.ts";
import { type PodManifest, podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { AdmissionStack } from "../admission-stack.ts";
import { controllerProcess } from "../controller-process.ts";
import { sayWires } from "../said-wires.ts";
import { carryWire } from "./carried-wire.ts";
import { addressesOutside, assertExcluded } from "./outside-addresses.ts";
import { forgetCachedFlows, untilTraffic } from "./until-traffic.ts";
import { wirePod } from "./wired-pod.ts";

/** A namespace that stands for a pod, or for a machine outside of Kubernetes. */
export interface Endpoint {
  readonly name: string;
  readonly host: ChassisHost;
}

const crds = [
  "networks",
  "providernetworks",
  "networkchainings",
  "ovnnodes",
  "uplinks",
  "floatingips",
  "taps",
] as const;
const wire = `ovn4nfv-${wireDevice}`;
const listSchema = z.object({ items: z.array(z.unknown()) });

export class DatapathStack implements AsyncDisposable {
  readonly admission: AdmissionStack;
  readonly fabric: OvnFabric;
  readonly controller: ManagedProcess;
  readonly #outside: readonly OutsideHost[];
  readonly #owned: AsyncDisposableStack;

  private constructor(
    parts: Pick<DatapathStack, "admission" | "fabric" | "controller">,
    outside: readonly OutsideHost[],
    owned: AsyncDisposableStack,
  ) {
    this.admission = parts.admission;
    this.fabric = parts.fabric;
    this.controller = parts.controller;
    this.#outside = outside;
    this.#owned = owned;
  }

  /** `outside` are hosts on the wire of `eth2`, which both chassis have then. */
  static async start(outside: readonly OutsideHost[] = []): Promise<DatapathStack> {
    await using owned = new AsyncDisposableStack();
    const folder = owned.use(createTemporaryFolder("datapath"));
    const fabric = owned.use(await OvnFabric.start(folder.path, outside.length === 0 ? {} : { outside }));
    const admission = owned.use(await AdmissionStack.start({ nb: [fabric.central.nb], plane: { audit: true } }));
    const { kubectl, administrator } = admission.plane;
    await administrator.apply(crds.flatMap((crd) => readManifests(`deploy/crds/${crd}.yaml`)));
    await administrator.established(...crds.map((crd) => `${crd}.k8s.plugin.opnfv.org`));
    const url = `https://127.0.0.1:${admission.balancer.port}`;
    await administrator.apply([validatingWebhookConfiguration({ url, ca: admission.authority.cert })]);
    for (const host of fabric.hosts) {
      await administrator.apply([
        { apiVersion: "v1", kind: "Node", metadata: { name: host.plan.name, labels: { "kubernetes.io/os": "linux" } } },
      ]);
      owned.use(new KubeletStandIn({ client: admission.client, node: host.plan.name }));
      if (outside.length === 0) continue;
      await carryWire(host, wire);
      await sayWires(kubectl, host.plan.name, { [wire]: "True" }, host.plan.name);
    }
    const controller = owned.use(controllerProcess(admission, { flags: { "chain-subnets": "10.60.0.0/22" } }));
    await controller.start();
    return new DatapathStack({ admission, fabric, controller }, outside, owned.move());
  }

  /** Creates a pod on a chassis with an interface to each network: `net0`, `net1` and so on. The pod forwards between them. */
  async addPodOn(
    name: string,
    host: ChassisHost,
    networks: readonly string[],
    routes: readonly string[],
    labels: Readonly<Record<string, string>>,
  ): Promise<Endpoint> {
    const interfaces = networks.map((network, index) => ({ name: network, interface: `net${index}` }));
    const annotations = request(...interfaces);
    return this.addPod({ name, labels, annotations }, host, routes);
  }

  /** Creates a pod on a chassis, and wires it there. `routes` are lines of `ip route`. */
  async addPod(
    pod: PodManifest & { readonly name: string },
    host: ChassisHost,
    routes: readonly string[] = [],
  ): Promise<Endpoint> {
    if (this.#outside.length > 0) await this.#assertHostsExcluded();
    const { name } = pod;
    const manifest = podManifest({ ...pod, spec: { ...pod.spec, nodeName: host.plan.name } });
    const stored = await this.admission.create(manifest, pod.namespace);
    const wires = resultOf(stored).map(({ port, mac_address: mac, ip_address, dhcp = false }, index) => {
      const ips = dhcp ? [] : ip_address;
      return { device: `${name}-${index}`, name: `net${index}`, port, version: port.slice(0, 26), mac, ips };
    });
    await wirePod(host, name, wires, routes);
    return { name, host };
  }

  /** Adds a port of somebody else to a network, with many addresses and the network's gateway as its only way. */
  async addMachine(name: string, host: ChassisHost, network: string, addresses: readonly string[], gateway: string) {
    const mac = `0a:01:${name
      .slice(0, 4)
      .split("")
      .map((one) => one.charCodeAt(0).toString(16))
      .join(":")}`;
    const text = [mac, ...addresses].join(" ");
    const secure = ["--", "lsp-set-port-security", name, text];
    await this.fabric.central.nbctl("lsp-add", network, name, "--", "lsp-set-addresses", name, text, ...secure);
    const ips = addresses.map((address) => `${address}/24`);
    const wired = { device: `${name}-0`, name: "net0", port: name, version: "", mac, ips };
    await wirePod(host, name, [wired], [`default via ${gateway}`]);
    return { name, host };
  }

  /** Waits until all chassis do what is in NB, also with packets of flows that they had cached. */
  async settle(): Promise<void> {
    await this.fabric.central.nbctl("--timeout=60", "--wait=hv", "sync");
    await forgetCachedFlows(this.fabric.hosts);
    if (this.#outside.length > 0) await this.fabric.outside.forgetCachedFlows();
  }

  /** Looks again at what packets do on both chassis until it holds. */
  async untilTraffic(holds: () => Promise<boolean>): Promise<void> {
    await untilTraffic(this.fabric.hosts, holds);
  }

  async #assertHostsExcluded(): Promise<void> {
    const { items } = listSchema.parse(
      await this.admission.plane.kubectl.get(["providernetworks", "--all-namespaces"]),
    );
    const hosts = this.#outside.map(({ name }) => name);
    assertExcluded(items, await addressesOutside(this.fabric.outside, hosts));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}
