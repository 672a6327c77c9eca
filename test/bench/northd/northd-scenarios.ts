// The kinds of pods whose cost for ovn-northd is counted. A feature that writes rows for each pod adds an entry here.
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { until } from "#test/assertions/until.ts";
import { networkManifest } from "#test/stacks/network-stack.ts";
import type { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";

/** Something that all pods of a run have in common. */
export interface NorthdScenario {
  /** A prefix for the names of its figures. */
  readonly name: string;
  /** The logical switches that stand before the pods come, and the subnet of each. */
  readonly switches?: Readonly<Record<string, string>>;
  /** The Networks that stand before the pods come, by name. */
  readonly networks?: Readonly<Record<string, object>>;
  /** Makes what else stands before the pods come, which may cost what it likes. */
  readonly prepare?: (stack: AdmissionStack) => Promise<void>;
  /** Resolves when everything that follows the pods has followed. */
  readonly settled?: (stack: AdmissionStack, pods: number) => Promise<void>;
  /** The interfaces of a pod. */
  readonly interfaces: readonly object[];
}

/** The wire to which the bench's node is connected. */
export const benchWire = "ovn4nfv-eth1";

const ipv4 = (subnet: string, more: object = {}): object => ({ ipv4Subnets: [{ subnet }], ...more });

export const northdScenarios: readonly NorthdScenario[] = [
  {
    name: "switches",
    switches: { sw1: "10.1.0.0/20", sw2: "10.2.0.0/20" },
    interfaces: [{ name: "sw1" }, { name: "sw2" }],
  },
  {
    name: "networks",
    networks: {
      single: ipv4("10.3.0.0/20"),
      dual: ipv4("10.4.0.0/20", { ipv6Subnets: [{ subnet: "fd10:4::/64" }] }),
    },
    interfaces: [{ name: "single" }, { name: "dual" }],
  },
  {
    name: "bandwidth",
    switches: { sw3: "10.5.0.0/20" },
    interfaces: [{ name: "sw3", bandwidth: { ingress: "10M", egress: "20M" } }],
  },
  {
    name: "portSecurity",
    networks: {
      mac: ipv4("10.6.0.0/20", { portSecurity: "mac" }),
      off: ipv4("10.7.0.0/20", { portSecurity: "off" }),
    },
    interfaces: [{ name: "mac" }, { name: "off" }],
  },
  {
    name: "allowedAddresses",
    networks: { virtual: ipv4("10.8.0.0/20", { allowedAddresses: ["10.8.15.0/24"] }) },
    interfaces: [{ name: "virtual", allowedAddresses: "10.8.15.200" }],
  },
  {
    name: "multicast",
    networks: { casting: ipv4("10.9.0.0/20", { multicast: { snooping: true, querier: true } }) },
    interfaces: [{ name: "casting" }],
  },
  {
    name: "providerNetwork",
    prepare: async ({ plane }) => {
      const spec = {
        providerNetType: "VLAN",
        ...ipv4("10.10.0.0/20"),
        vlan: { vlanId: 100, providerInterfaceName: "eth1" },
      };
      await plane.kubectl.apply([
        { ...own, kind: "ProviderNetwork", metadata: { name: "vlan", namespace: "default" }, spec },
      ]);
      await plane.kubectl.must(["wait", "providernetwork/vlan", "--for=condition=Ready", "--timeout=60s"]);
    },
    interfaces: [{ name: "vlan" }],
  },
  {
    name: "chainEnds",
    networks: { left: ipv4("10.11.0.0/20"), right: ipv4("10.12.0.0/20") },
    prepare: addChain,
    interfaces: [{ name: "left" }, { name: "right" }],
  },
  {
    name: "tapSinks",
    networks: { tapped: ipv4("10.13.0.0/20"), sink: ipv4("10.14.0.0/20") },
    interfaces: [{ name: "tapped" }, { name: "sink", tap: "true" }],
  },
  {
    name: "guests",
    networks: { guests: ipv4("10.16.0.0/20", { ipv6Subnets: [{ subnet: "fd10:16::/64" }], dhcp: true }) },
    interfaces: [{ name: "guests", dhcp: "true" }],
  },
  {
    name: "floatingAddresses",
    prepare: addUplink,
    interfaces: [{ name: "outbound", externalIp: "auto", defaultGateway: "true" }],
  },
  {
    name: "policyGroups",
    networks: { guarded: ipv4("10.16.0.0/20", { reachableFrom: {} }) },
    prepare: addPolicy,
    interfaces: [{ name: "guarded" }],
  },
  {
    name: "serviceBackends",
    networks: {
      served: ipv4("10.17.0.0/20", { serviceAddresses: ["10.17.15.0/24"] }),
    },
    prepare: addService,
    settled: untilBackends,
    interfaces: [{ name: "served" }],
  },
];

const own = { apiVersion: "k8s.plugin.opnfv.org/v1alpha1" } as const;

/** Makes what stands before the pods of a scenario come. */
export async function prepareScenario(stack: AdmissionStack, scenario: NorthdScenario): Promise<void> {
  const { switches = {}, networks = {}, prepare } = scenario;
  const { kubectl } = stack.plane;
  for (const [name, subnet] of Object.entries(switches)) await stack.addSwitch(name, subnet);
  const names = Object.keys(networks);
  if (names.length > 0) await kubectl.apply(names.map((name) => networkManifest(name, networks[name] ?? {})));
  for (const name of names) {
    await kubectl.must(["wait", `network/${name}`, "--for=condition=Ready", "--timeout=60s"]);
  }
  await prepare?.(stack);
}

export const scenarioLabel = "bench-scenario";

/** A pod of a scenario, on a node. */
export function scenarioPod({ name: scenario, interfaces }: NorthdScenario, name: string, nodeName: string): object {
  return podManifest({
    name,
    labels: { [scenarioLabel]: scenario },
    annotations: request(...interfaces),
    spec: { nodeName },
  });
}

/** Makes a network that leaves by an Uplink with floating addresses. */
async function addUplink({ plane: { kubectl } }: AdmissionStack): Promise<void> {
  const spec = {
    physicalNetwork: "outside",
    addresses: ["198.18.0.2/16"],
    nodes: {},
    floating: { addresses: ["198.18.16.0/20"] },
  };
  await kubectl.apply([
    { ...own, kind: "Uplink", metadata: { name: "bench" }, spec },
    networkManifest("outbound", ipv4("10.15.0.0/20", { uplink: "bench" })),
  ]);
  await kubectl.must(["wait", "network/outbound", "--for=condition=Ready", "--timeout=60s"]);
}

/** Makes a policy with whose selectors each pod joins five port groups. */
async function addPolicy({ plane: { kubectl }, nb }: AdmissionStack): Promise<void> {
  await kubectl.apply(readManifests("deploy/components/multi-network-policy/crd.yaml"));
  await kubectl.established("multi-networkpolicies.k8s.cni.cncf.io");
  const pods = { matchLabels: { [scenarioLabel]: "policyGroups" } };
  const from = [
    { podSelector: {} },
    { namespaceSelector: {} },
    { namespaceSelector: {}, podSelector: pods },
    { podSelector: { matchExpressions: [{ key: scenarioLabel, operator: "Exists" }] } },
  ];
  const metadata = {
    name: "guarded",
    namespace: "default",
    annotations: { "k8s.v1.cni.cncf.io/policy-for": "guarded" },
  };
  const spec = { podSelector: pods, ingress: [{ from, ports: [{ port: 80 }] }] };
  await kubectl.apply([{ apiVersion: "k8s.cni.cncf.io/v1beta2", kind: "MultiNetworkPolicy", metadata, spec }]);
  const groups = () => nbctl(nb.join(","), "--bare", "--columns=name", "list", "Port_Group");
  // A sixth row tells which groups there are.
  await until(async () => (await groups()).split("\n").filter((line) => line !== "").length === 6);
}

/** Makes a Service whose backends are all pods of the scenario, although no kubelet says that they are ready. */
async function addService({ plane: { kubectl } }: AdmissionStack): Promise<void> {
  await kubectl.apply([
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name: "bench",
        namespace: "default",
        labels: { "service.kubernetes.io/service-proxy-name": "ovn4nfv" },
        annotations: { "k8s.v1.cni.cncf.io/service-network": "served" },
      },
      spec: {
        clusterIP: "None",
        publishNotReadyAddresses: true,
        selector: { [scenarioLabel]: "serviceBackends" },
        ports: [{ port: 80 }],
      },
    },
  ]);
  const reason = '.status.conditions[?(@.type=="k8s.plugin.opnfv.org/Served")].reason';
  await kubectl.must(["wait", "service/bench", `--for=jsonpath={${reason}}=NoBackends`, "--timeout=60s"]);
}

async function untilBackends({ nb: [endpoint = ""] }: AdmissionStack, pods: number): Promise<void> {
  const backends = async (): Promise<number> =>
    (await nbctl(endpoint, "--bare", "--columns=vips", "list", "Load_Balancer")).split(",").length;
  await until(async () => (await backends()) === pods, 120_000);
}

/** Makes a chain between the networks `left` and `right` through one pod, which counts as ready. */
async function addChain(stack: AdmissionStack): Promise<void> {
  const { plane, client } = stack;
  const labels = { app: "firewall" };
  await stack.create(
    podManifest({ name: "firewall", labels, annotations: request({ name: "left" }, { name: "right" }) }),
  );
  const status = { status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } };
  const pods = new ResourceApi(client, resources.pods);
  await pods.patch({ namespace: "default", name: "firewall" }, "merge", status, { subresource: "status" });
  const spec = { chainType: "Routing", routingSpec: { networkChain: "net=left,app=firewall,net=right" } };
  await plane.kubectl.apply([
    { ...own, kind: "NetworkChaining", metadata: { name: "guarded", namespace: "default" }, spec },
  ]);
  const chained = 'jsonpath={.status.conditions[?(@.type=="Ready")].reason}=Chained';
  await plane.kubectl.must(["wait", "networkchaining/guarded", `--for=${chained}`, "--timeout=60s"]);
}
