// A cluster without kubelets in front of a real datapath: pods are admitted and bound as ever, and stand in network
// namespaces on two chassis.
import { readFileSync } from "node:fs";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import type { ChassisHost } from "#lab/machine/chassis-host.ts";
import { OvnFabric } from "#lab/machine/ovn-fabric.ts";
import { validatingWebhookConfiguration } from "#lab/webhook/webhook-configuration.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { root } from "#tools/source-files.ts";
import { KubeletStandIn } from "#test/fakes/kube/kubelet-stand-in.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { AdmissionStack } from "../admission-stack.ts";
import { controllerProcess } from "../controller-process.ts";

/** A namespace that stands for a pod, or for a machine outside of Kubernetes. */
export interface Endpoint {
  readonly name: string;
  readonly host: ChassisHost;
}

interface Wire {
  readonly port: string;
  readonly mac: string;
  readonly addresses: readonly string[];
  readonly allocation: string;
}

const crds = ["networks", "networkchainings"] as const;

export class ChainStack implements AsyncDisposable {
  readonly admission: AdmissionStack;
  readonly fabric: OvnFabric;
  readonly controller: ManagedProcess;
  readonly #owned: AsyncDisposableStack;

  private constructor(parts: Pick<ChainStack, "admission" | "fabric" | "controller">, owned: AsyncDisposableStack) {
    this.admission = parts.admission;
    this.fabric = parts.fabric;
    this.controller = parts.controller;
    this.#owned = owned;
  }

  static async start(): Promise<ChainStack> {
    await using owned = new AsyncDisposableStack();
    const folder = owned.use(createTemporaryFolder("chains"));
    const fabric = owned.use(await OvnFabric.start(folder.path));
    const admission = owned.use(await AdmissionStack.start({ nb: [fabric.central.nb], plane: { audit: true } }));
    const { kubectl } = admission.plane;
    for (const crd of crds) await kubectl.apply(readFileSync(`${root}/deploy/crds/${crd}.yaml`, "utf8"));
    await kubectl.established(...crds.map((crd) => `${crd}.k8s.plugin.opnfv.org`));
    const url = `https://127.0.0.1:${admission.balancer.port}`;
    await kubectl.apply([validatingWebhookConfiguration({ url, ca: admission.authority.cert })]);
    for (const { plan } of fabric.hosts) {
      await kubectl.apply([{ apiVersion: "v1", kind: "Node", metadata: { name: plan.name } }]);
      owned.use(new KubeletStandIn({ client: admission.client, node: plan.name }));
    }
    const controller = owned.use(controllerProcess(admission));
    await controller.start();
    return new ChainStack({ admission, fabric, controller }, owned.move());
  }

  /** Creates a pod on a chassis that forwards between its networks. `routes` are lines of `ip route`. */
  async addFunction(
    name: string,
    host: ChassisHost,
    networks: readonly string[],
    routes: readonly string[],
    labels: Readonly<Record<string, string>>,
  ): Promise<Endpoint> {
    const interfaces = networks.map((network, index) => ({ name: network, interface: `net${index}` }));
    const annotations = request(...interfaces);
    const manifest = podManifest({ name, labels, annotations, spec: { nodeName: host.plan.name } });
    const stored = await this.admission.create(manifest);
    const wires = resultOf(stored).map(({ port, mac_address: mac, ip_address: addresses }) => {
      return { port, mac, addresses, allocation: port.slice(0, 26) };
    });
    await this.#wire({ name, host }, wires, routes);
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
    const masked = addresses.map((address) => `${address}/24`);
    await this.#wire(
      { name, host },
      [{ port: name, mac, addresses: masked, allocation: "" }],
      [`default via ${gateway}`],
    );
    return { name, host };
  }

  /** Waits until all chassis do what is in NB. */
  async settle(): Promise<void> {
    await this.fabric.central.nbctl("--timeout=60", "--wait=hv", "sync");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  async #wire({ name, host }: Endpoint, wires: readonly Wire[], routes: readonly string[]): Promise<void> {
    const { machine, chassis } = host;
    await machine.must("ip", ["netns", "add", name]);
    for (const [index, { port, mac, addresses, allocation }] of wires.entries()) {
      const outside = `${name}-${index}`;
      await machine.ip(`link add ${outside} type veth peer name net${index} netns ${name}`, `link set ${outside} up`);
      const lines = [`link set net${index} address ${mac} mtu 1400 up`].concat(
        addresses.map((address) => `addr add ${address} dev net${index}`),
      );
      await machine.must("ip", ["-n", name, "-batch", "-"], { input: lines.join("\n") });
      await machine.must("ip", ["netns", "exec", name, "ethtool", "-K", `net${index}`, "tx", "off"]);
      const ids = [
        `external_ids:iface-id=${port}`,
        ...(allocation === "" ? [] : [`external_ids:iface-id-ver=${allocation}`]),
      ];
      await chassis.vsctl("add-port", "br-int", outside, "--", "set", "Interface", outside, ...ids);
    }
    const input = ["link set lo up", ...routes.map((route) => `route add ${route}`)].join("\n");
    await machine.must("ip", ["-n", name, "-batch", "-"], { input });
    await machine.must("ip", ["netns", "exec", name, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
  }
}
