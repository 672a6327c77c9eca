import { nodeKeys } from "#src/api/annotation-keys.ts";
import { systemClock } from "#src/core/clock.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { until } from "#test/assertions/until.ts";
import { burst, failed } from "#test/stacks/burst.ts";
import { uplinkManifest } from "#test/stacks/network-stack.ts";
import { sayWires } from "#test/stacks/said-wires.ts";
import { outsideSpec, shopService } from "#test/stacks/services/shop-stack.ts";
import type { AlertFault } from "./alert-fault.ts";
import { type ControlPlaneStack, network } from "./control-plane.ts";

type Fault = AlertFault<ControlPlaneStack>;

const group = "k8s.plugin.opnfv.org/v1alpha1";
const names = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}-${n}`);
const chain = (networkChain: string): object => ({
  apiVersion: group,
  kind: "NetworkChaining",
  metadata: { name: "chain", namespace: "default" },
  spec: { routingSpec: { networkChain } },
});
const remove = (kind: string, name: string) => (stack: ControlPlaneStack) =>
  stack.kubectl("delete", kind, name, "--timeout=60s");

/** The alert asks for 512, and the two workers take 256 at once. */
const backlog = 900;

const pools: readonly Fault[] = [
  {
    alert: "PoolNearlyExhausted",
    fault: "12 of the 13 addresses of a network are held",
    make: (stack) => addAll(stack, names("small", 12), { name: "small" }),
    mend: (stack) => stack.removePods(...names("small", 12)),
  },
  {
    alert: "NamedPoolNearlyExhausted",
    fault: "both addresses of a pool are held",
    make: (stack) => addAll(stack, names("front", 2), { name: "pooled", pool: "front" }),
    mend: (stack) => stack.removePods(...names("front", 2)),
  },
  {
    alert: "FloatingAddressesNearlyExhausted",
    fault: "FloatingIPs hold both addresses of an Uplink",
    make: (stack) => stack.apply(...names("door", 2).map((name) => floatingIp(name))),
    mend: (stack) => stack.kubectl("delete", "floatingip", ...names("door", 2), "--timeout=60s"),
  },
  {
    alert: "ServiceAddressesExhausted",
    fault: "Services hold all addresses for Services of a network",
    make: (stack) => stack.apply(...names("served", 4).map((name) => shopService(name))),
    mend: (stack) => stack.kubectl("delete", "service", ...names("served", 4)),
  },
];

const allocations: readonly Fault[] = [
  {
    alert: "ReleaseBacklog",
    fault: `the Northbound database stands still while ${backlog} pods are deleted`,
    make: async (stack) => {
      const made = await burst({ count: backlog, concurrency: 24 }, (n) => stack.addPod(`many-${n}`, { name: "wide" }));
      const [first] = failed(made);
      if (first !== undefined) throw first.error;
      stack.nbProcess.freeze();
      // The API server deletes them at once, where kubectl would delete one after the other.
      await stack.kubectl("delete", "--raw", "/api/v1/namespaces/default/pods?labelSelector=made%3Dby-alerts");
    },
    mend: async (stack) => {
      stack.nbProcess.thaw();
      // For so many pods, kubectl takes a minute to see that they are gone.
      const left = () => stack.kubectl("get", "pod", "--selector=made=by-alerts", "--output=name");
      await until(async () => (await left()) === "");
    },
  },
  {
    alert: "ReconcileFailing",
    fault: "the controller has lost the right to write the status of Networks",
    make: async (stack) => {
      const role = JSON.parse(await stack.kubectl("get", "clusterrole", "ovn4nfv-controller", "-o=json")) as Role;
      const rules = role.rules.map((rule) => ({
        ...rule,
        resources: rule.resources?.filter((name) => name !== "networks/status"),
      }));
      await stack.kubectl(
        "patch",
        "clusterrole",
        "ovn4nfv-controller",
        "--type=merge",
        "-p",
        JSON.stringify({ rules }),
      );
      for (const [index, name] of names("stuck", 4).entries()) {
        await stack.apply(network(name, `10.90.${index}.0/24`));
        await stack.pass();
      }
    },
    mend: async (stack) => {
      await stack.kubectl("apply", "-f", "deploy/base/rbac/controller.yaml");
      await stack.kubectl("delete", "network", ...names("stuck", 4), "--timeout=60s");
    },
  },
  {
    alert: "DriftNotRepaired",
    fault:
      "somebody deletes the port of a pod, and gives its address to another port, while the controller stands still",
    make: async (stack) => {
      const { port, ip } = await stack.addPod("robbed", { name: "blue" });
      await stack.pass();
      stack.controller.freeze();
      await stack.nbctl("lsp-del", port);
      await stack.addForeign("robber", "blue", ip);
      stack.controller.thaw();
    },
    mend: async (stack) => {
      await stack.nbctl("lsp-del", "robber");
      await stack.removePods("robbed");
    },
  },
  {
    alert: "AddressConflict",
    fault: "somebody writes a port with the address of a pod",
    make: async (stack) => {
      const { ip } = await stack.addPod("holder", { name: "blue" });
      await stack.pass();
      await stack.addForeign("thief", "blue", ip);
    },
    mend: async (stack) => {
      await stack.nbctl("lsp-del", "thief");
      await stack.removePods("holder");
    },
  },
  {
    alert: "PortsOfAnyChassis",
    fault: "a pod is on a node whose agent has published nothing",
    make: (stack) => stack.addPod("anywhere", { name: "blue" }, { nodeName: "n9" }),
    mend: (stack) => stack.removePods("anywhere"),
  },
  {
    alert: "NodesShareChassis",
    fault: "two nodes publish one system id",
    fake: "an administrator writes the status of the OvnNode, which the agent of a cloned machine would",
    make: (stack) => sayWires(stack.admission.plane.kubectl, "n2", {}, "n1"),
    mend: (stack) => sayWires(stack.admission.plane.kubectl, "n2", {}, "n2"),
  },
];

const objects: readonly Fault[] = [
  {
    alert: "ChainDegraded",
    fault: "the function of a chain has no pods",
    make: (stack) => stack.apply(chain("net=blue,app=nobody,net=wide")),
    mend: remove("networkchaining", "chain"),
  },
  {
    alert: "ChainRefused",
    fault: "a chain begins and ends with one network",
    make: (stack) => stack.apply(chain("net=blue,app=nobody,net=blue")),
    mend: remove("networkchaining", "chain"),
  },
  {
    alert: "TapRefused",
    fault: "a tap is of a network that does not exist",
    make: (stack) => {
      const spec = { sources: { network: "nowhere" }, sink: { podSelector: { matchLabels: { app: "probe" } } } };
      return stack.apply({ apiVersion: group, kind: "Tap", metadata: { name: "tap", namespace: "default" }, spec });
    },
    mend: remove("tap", "tap"),
  },
  {
    alert: "UplinkWithoutNode",
    fault: "the label that lets a node carry gateways is taken off",
    make: (stack) => stack.kubectl("label", "node", "n1", `${nodeKeys.gateway.key}-`),
    mend: (stack) => stack.kubectl("label", "node", "n1", `${nodeKeys.gateway.key}=`),
  },
  {
    alert: "UplinkRefused",
    fault: "two Uplinks have one address",
    make: (stack) =>
      stack.apply(uplinkManifest("twice", { physicalNetwork: "provider", addresses: ["198.51.100.102/24"] })),
    mend: remove("uplink", "twice"),
  },
  {
    alert: "ServiceWithoutBackends",
    fault: "a Service selects no pod",
    make: (stack) => stack.apply(shopService("lonely", { selector: { app: "nobody" } })),
    mend: remove("service", "lonely"),
  },
  {
    alert: "ServiceRefused",
    fault: "a Service is on a network without addresses for Services",
    make: (stack) => stack.apply(shopService("refused", {}, { "k8s.v1.cni.cncf.io/service-network": "blue" })),
    mend: remove("service", "refused"),
  },
  {
    alert: "ServiceNotReachedFromOutside",
    fault: "a Service asks for an address outside that its Uplink does not have",
    make: (stack) =>
      stack.apply(shopService("inside", outsideSpec, { "k8s.plugin.opnfv.org/load-balancer-ips": "198.51.100.99" })),
    mend: remove("service", "inside"),
  },
  {
    alert: "BackupFailed",
    fault: "the last backup is two days old",
    fake: "a server stands in for kube-state-metrics, which is no part of the product",
    make: (stack) => {
      stack.setBackupAge(2 * 86_400);
    },
    mend: (stack) => {
      stack.setBackupAge(60);
    },
  },
];

const processes: readonly Fault[] = [
  {
    alert: "ClockStepped",
    fault: "the clock of the controller is set ten minutes ahead",
    fake: "the library libfaketime gives one process a clock of its own, since all tests share that of the machine",
    make: (stack) => {
      stack.setClock(600);
    },
  },
  {
    alert: "CertificateNearEnd",
    fault: "the serving certificate ends in an hour",
    make: (stack) => stack.admission.renewCertificate(),
    mend: (stack) => stack.admission.renewCertificate(30 * 86_400_000),
  },
  {
    alert: "AdmissionSlow",
    fault: "the Northbound database stands still for seconds again and again",
    make: async (stack) => {
      for (const name of names("slow", 3)) {
        stack.nbProcess.freeze();
        const pod = stack.addPod(name, { name: "blue" });
        await systemClock.sleep(3_000);
        stack.nbProcess.thaw();
        await pod;
      }
    },
    mend: (stack) => stack.removePods(...names("slow", 3)),
  },
  {
    alert: "AdmissionUnavailable",
    fault: "the Northbound database is down",
    make: async (stack) => {
      await stack.nbProcess.stop();
      // Each is refused when it has waited for as long as the API server waits. The rate counts what differs between scrapes.
      const tries: Promise<void>[] = [];
      for (const name of names("down", 4)) {
        tries.push(stack.tryPod(name, { name: "blue" }));
        await stack.pass(1_500);
      }
      await Promise.all(tries);
    },
    mend: (stack) => stack.nbProcess.start(),
  },
  {
    alert: "NoWebhook",
    fault: "the only webhook is killed",
    make: (stack) => stack.killWebhook(),
    mend: (stack) => stack.startWebhook(),
  },
  {
    alert: "NoLeader",
    fault: "the controller has lost the right to the Lease of the leader",
    make: async (stack) => {
      await stack.kubectl("delete", "rolebinding", "ovn4nfv-controller", `--namespace=${systemNamespace}`);
      await stack.controller.kill();
      await stack.startController("serving");
    },
  },
  {
    alert: "ReservationsNotBound",
    fault: "the API server refuses a pod after its review, and no controller leads that would sweep its reservation",
    make: async (stack) => {
      const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "none", namespace: "default" } };
      await stack.apply({ ...quota, spec: { hard: { pods: "0" } } });
      await stack.tryPod("left", { name: "blue" });
    },
    mend: async (stack) => {
      await stack.kubectl("apply", "-f", "deploy/base/rbac/controller.yaml");
      await stack.kubectl("delete", "quota", "none");
      await stack.controller.stop();
      await stack.startController("leading");
    },
  },
];

/** Each alert that needs no node. They are made in this order: the last ones leave the stack without a leader. */
export const controlPlaneFaults: readonly Fault[] = [...pools, ...allocations, ...objects, ...processes];

interface Role {
  readonly rules: readonly { readonly resources?: readonly string[] }[];
}

async function addAll(stack: ControlPlaneStack, pods: readonly string[], asked: object): Promise<void> {
  for (const name of pods) await stack.addPod(name, asked);
}

function floatingIp(name: string): object {
  const spec = { uplink: "west", selector: { matchLabels: { app: "nobody" } } };
  return { apiVersion: group, kind: "FloatingIP", metadata: { name, namespace: "default" }, spec };
}
