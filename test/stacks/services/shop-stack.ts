// A network with two pods that serve, a client on it, one on another network, and one outside, on a real datapath.
import { nodeKeys } from "#src/api/annotation-keys.ts";
import type { ChassisHost } from "#lab/machine/chassis-host.ts";
import { DatapathStack, type Endpoint } from "../datapath/datapath-stack.ts";
import { networkManifest, uplinkManifest } from "../network-stack.ts";
import { connectMany, type ConnectionReport, startServer } from "./connections.ts";

/** The addresses that Services of the network get first. */
export const [shopIpv4, shopIpv6] = ["10.61.0.200", "fd61::200"] as const;
/** The addresses that the Uplink gives. */
export const [outsideIpv4, otherOutsideIpv4, outsideIpv6] = ["198.51.100.20", "198.51.100.21", "fd51::20"] as const;
export const httpPort = { name: "w", port: 80, targetPort: 8080 };
/** The part of a Service that asks for addresses outside. */
export const outsideSpec = {
  type: "LoadBalancer",
  loadBalancerClass: "k8s.plugin.opnfv.org/uplink",
  clusterIP: null,
} as const;

/** The machine in the middle plays the world outside, on the network of the tunnels. */
const hostOutside = "198.51.100.1";

/** A Service on the network `shop`, whose backends are the pods `web-0` and `web-1`. */
export function shopService(name: string, spec: object = {}, annotations: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name,
      namespace: "default",
      labels: { "service.kubernetes.io/service-proxy-name": "ovn4nfv" },
      annotations: { "k8s.v1.cni.cncf.io/service-network": "shop", ...annotations },
    },
    spec: { clusterIP: "None", selector: { app: "web" }, ports: [httpPort], ...spec },
  };
}

export class ShopStack implements AsyncDisposable {
  readonly datapath: DatapathStack;
  /** A client on the network of the Service, and one on another network. */
  readonly near: Endpoint;
  readonly far: Endpoint;

  private constructor(datapath: DatapathStack, near: Endpoint, far: Endpoint) {
    this.datapath = datapath;
    this.near = near;
    this.far = far;
  }

  static async start(): Promise<ShopStack> {
    await using owned = new AsyncDisposableStack();
    const datapath = owned.use(await DatapathStack.start());
    const { kubectl } = datapath.admission.plane;
    await connectOutside(datapath);
    const shop = {
      ipv4Subnets: [{ subnet: "10.61.0.0/24" }],
      ipv6Subnets: [{ subnet: "fd61::/64" }],
      serviceAddresses: [`${shopIpv4}..10.61.0.201`, `${shopIpv6}..fd61::20f`],
      snat: true,
      uplink: "west",
    };
    const street = { ipv4Subnets: [{ subnet: "10.62.0.0/24" }], ipv6Subnets: [{ subnet: "fd62::/64" }] };
    await kubectl.apply([
      uplinkManifest("west", {
        physicalNetwork: "provider",
        addresses: ["198.51.100.102/24", "fd51::102/64"],
        nextHops: [hostOutside, "fd51::1"],
        floating: { addresses: [`${outsideIpv4}..${otherOutsideIpv4}`, outsideIpv6], limitPerNamespace: 3 },
      }),
      networkManifest("shop", shop),
      networkManifest("street", street),
    ]);
    await kubectl.must(["wait", "network/shop", "network/street", "--for=condition=Ready", "--timeout=60s"]);
    for (const [index, name] of ["web-0", "web-1"].entries()) {
      const labels = { app: "web" };
      const { host } = await datapath.addPodOn(name, hostAt(datapath, index), ["shop"], defaultRoutes("61"), labels);
      // It serves both families.
      await startServer(host.machine, name, 8080, 6);
    }
    const near = await datapath.addPodOn("near", hostAt(datapath, 1), ["shop"], defaultRoutes("61"), {});
    const far = await datapath.addPodOn("far", hostAt(datapath, 0), ["street"], defaultRoutes("62"), {});
    owned.move();
    return new ShopStack(datapath, near, far);
  }

  hostAt(index: number): ChassisHost {
    return hostAt(this.datapath, index);
  }

  /** Waits for the reason of a condition of the Service, and until all chassis do what it says. */
  async untilReason(name: string, reason: string, type: "Served" | "ServedOutside" = "Served"): Promise<void> {
    const path = `jsonpath={.status.conditions[?(@.type=="k8s.plugin.opnfv.org/${type}")].reason}=${reason}`;
    const { kubectl } = this.datapath.admission.plane;
    await kubectl.must(["wait", `service/${name}`, `--for=${path}`, "--timeout=60s"]);
    await this.datapath.settle();
  }

  /** Opens connections to the port 80, from an endpoint or from outside. */
  connect(from: Pick<Endpoint, "host" | "name"> | "outside", to: string, count: number): Promise<ConnectionReport> {
    const plan = { host: to, port: 80, count };
    if (from === "outside") return connectMany(this.datapath.fabric.center, undefined, plan);
    return connectMany(from.host.machine, from.name, plan);
  }

  /** Waits until a connection from outside is answered. The gateway learns the MAC addresses around it by then. */
  async untilReached(to: string): Promise<void> {
    await this.datapath.untilTraffic(async () => (await this.connect("outside", to, 1)).failed === 0);
  }

  /** Says for a pod whether it is ready, as a kubelet does. */
  async sayReady(pod: string, status: "True" | "False"): Promise<void> {
    const condition = { type: "Ready", status, lastTransitionTime: "2026-01-01T00:00:00Z" };
    const patch = JSON.stringify({ status: { conditions: [condition] } });
    const { kubectl } = this.datapath.admission.plane;
    await kubectl.must(["patch", "pod", pod, "--subresource=status", "--type=strategic", "-p", patch]);
  }

  /** The load balancers in NB, with their backends. */
  balancers(): Promise<string> {
    return this.datapath.fabric.central.nbctl("--bare", "--columns=vips", "list", "Load_Balancer");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.datapath[Symbol.asyncDispose]();
  }
}

const defaultRoutes = (network: string): readonly string[] => [
  `default via 10.${network}.0.1`,
  `default via fd${network}::1`,
];

function hostAt({ fabric }: DatapathStack, index: number): ChassisHost {
  const host = fabric.hosts[index];
  if (host === undefined) throw new Error(`there is no host ${index}`);
  return host;
}

async function connectOutside({ admission, fabric: { center, hosts } }: DatapathStack): Promise<void> {
  await center.must("ethtool", ["-K", "under0", "tx", "off"]);
  await center.ip(
    "link set under0 address 02:00:00:00:00:01",
    `addr add ${hostOutside}/24 dev under0`,
    "addr add fd51::1/64 dev under0 nodad",
    // Nobody out there knows the addresses of pods.
    "route add blackhole 10.61.0.0/16",
  );
  for (const { chassis } of hosts) {
    await chassis.vsctl("set", "Open_vSwitch", ".", "external_ids:ovn-bridge-mappings=provider:br-phys");
  }
  await admission.plane.kubectl.must(["label", "node", "n1", `${nodeKeys.gateway.key}=`]);
}
