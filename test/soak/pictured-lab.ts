import { annotationKeys, serviceKeys } from "#src/api/annotation-keys.ts";
import type { LabStack } from "#test/stacks/lab/lab-stack.ts";

const group = "k8s.plugin.opnfv.org/v1alpha1";
const waitMs = 900_000;
/** The pods that have an interface of ours. */
export const pods = 200;
const few = { clients: 2, functions: 3, probe: 1, replicas: 3, wired: 4 };
const api = 40;
const web = pods - api - Object.values(few).reduce((sum, one) => sum + one, 0);

/** Fills a lab with what the pictures show, and waits until all pods are Ready. */
export async function picturedLab(stack: LabStack): Promise<void> {
  const kubectl = (...args: readonly string[]) =>
    stack.lab.controlPlane.kubectl.must(args, { timeoutMs: waitMs + 60_000 });
  await stack.apply(...["shop", "bank"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })));
  const networks = {
    front: { ipv4Subnets: [{ subnet: "10.1.0.0/24" }], serviceAddresses: ["10.1.0.240..10.1.0.250"], ...forAll },
    back: { ipv4Subnets: [{ subnet: "10.2.0.0/24", excludeIps: "10.2.0.2..10.2.0.19" }], ...forAll },
    storage: { ipv6Subnets: [{ subnet: "fd00:7::/64" }], ...forAll },
    tiny: { ipv4Subnets: [{ subnet: "10.3.0.0/29" }], ...forAll },
    branch: { ipv4Subnets: [{ subnet: "10.70.0.0/24" }] },
    middle: { ipv4Subnets: [{ subnet: "10.71.0.0/24" }] },
    datacenter: { ipv4Subnets: [{ subnet: "10.72.0.0/24" }] },
    ...Object.fromEntries(
      Array.from({ length: 12 }, (_, n) => [`team-${n + 1}`, { ipv4Subnets: [{ subnet: `10.80.${n}.0/24` }] }]),
    ),
  };
  await stack.apply(...Object.entries(networks).map(([name, spec]) => ours("Network", name, spec)), lan());
  await kubectl("wait", "network", "--all", "-n", "shop", "--for=condition=Ready", "--timeout=120s");
  await kubectl("wait", "providernetwork/lan", "-n", "shop", "--for=condition=NodesReady", "--timeout=120s");
  const chain = "net=branch,app=firewall,net=middle,app=inspection,net=datacenter";
  const toFar = { routes: [{ dst: "10.72.0.0/24" }] };
  const toNear = { routes: [{ dst: "10.70.0.0/24" }] };
  await stack.apply(
    ...["firewall-a", "firewall-b"].map((name) =>
      lone(name, "firewall", { name: "branch" }, { name: "middle", ...toFar }),
    ),
    lone("inspection", "inspection", { name: "middle", ...toNear }, { name: "datacenter" }),
    lone("client", "client", { name: "branch", ...toFar }),
    lone("server", "server", { name: "datacenter", ...toNear }),
    lone("probe", "probe", { name: "branch", interface: "tap0", tap: "true" }),
    many("StatefulSet", "db", "shop", few.replicas, { name: "storage", interface: "net1", sticky: true }),
    many("Deployment", "api", "bank", api, { name: "back" }),
    many("Deployment", "web", "shop", web, { name: "front" }),
    many("Deployment", "edge", "shop", few.wired, { name: "lan" }),
    ours("NetworkChaining", "to-datacenter", { routingSpec: { networkChain: chain } }),
    ours("Tap", "client", {
      sources: { podSelector: { matchLabels: { app: "client" } }, network: "branch" },
      sink: { podSelector: { matchLabels: { app: "probe" } } },
    }),
    service(),
  );
  const selector = `--selector=${annotationKeys.allocation.key}`;
  for (const [kind, name, namespace] of workloads) {
    await kubectl("rollout", "status", `${kind}/${name}`, "-n", namespace, `--timeout=${waitMs}ms`);
  }
  await kubectl("wait", "pod", selector, "-n", "shop", "--for=condition=Ready", `--timeout=${waitMs}ms`);
  await kubectl("wait", "networkchaining/to-datacenter", "-n", "shop", "--for=condition=Ready", "--timeout=120s");
  // Its last replicas are refused, which the API server tells by Events.
  await stack.apply(many("Deployment", "surplus", "bank", 8, { name: "tiny" }));
  await kubectl("wait", "deployment/surplus", "-n", "bank", "--for=condition=ReplicaFailure", "--timeout=120s");
  await kubectl("delete", "deployment", "surplus", "-n", "bank", "--timeout=120s");
  await kubectl("wait", "pod", "--selector=app=surplus", "-n", "bank", "--for=delete", "--timeout=120s");
}

const workloads = [
  ["statefulset", "db", "shop"],
  ["deployment", "api", "bank"],
  ["deployment", "web", "shop"],
  ["deployment", "edge", "shop"],
] as const;
const forAll = { allowedNamespaces: { names: ["shop", "bank"] } };

function ours(kind: string, name: string, spec: object): object {
  return { apiVersion: group, kind, metadata: { name, namespace: "shop" }, spec };
}

function lan(): object {
  const vlan = { vlanId: 100, providerInterfaceName: "eth2", vlanNodeSelector: "all" };
  const subnet = {
    subnet: "172.16.33.0/24",
    gateway: "172.16.33.1",
    excludeIps: "172.16.33.2 172.16.33.200..172.16.33.254",
  };
  const spec = { providerNetType: "VLAN", ipv4Subnets: [subnet], vlan };
  return ours("ProviderNetwork", "lan", spec);
}

function service(): object {
  const metadata = {
    name: "web",
    namespace: "shop",
    labels: { "service.kubernetes.io/service-proxy-name": "ovn4nfv" },
    annotations: { [serviceKeys.serviceNetwork.key]: "front" },
  };
  const spec = { clusterIP: "None", selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] };
  return { apiVersion: "v1", kind: "Service", metadata, spec };
}

function template(app: string, interfaces: readonly object[]): object {
  return {
    metadata: { labels: { app }, annotations: requestOf(interfaces) },
    spec: { terminationGracePeriodSeconds: 1, containers: [container] },
  };
}

const container = { name: "main", image: "lab.local/busybox:1", imagePullPolicy: "Never" };

function requestOf(interfaces: readonly object[]): object {
  return { [annotationKeys.request.key]: JSON.stringify({ type: "ovn4nfv", interface: interfaces }) };
}

function many(
  kind: string,
  name: string,
  namespace: string,
  replicas: number,
  ...interfaces: readonly object[]
): object {
  const selector = { matchLabels: { app: name } };
  const parallel = kind === "StatefulSet" ? { podManagementPolicy: "Parallel" } : {};
  const spec = { replicas, selector, ...parallel, template: template(name, interfaces) };
  return { apiVersion: "apps/v1", kind, metadata: { name, namespace }, spec };
}

function lone(name: string, app: string, ...interfaces: readonly object[]): object {
  const metadata = { name, namespace: "shop", labels: { app }, annotations: requestOf(interfaces) };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [container] } };
}
