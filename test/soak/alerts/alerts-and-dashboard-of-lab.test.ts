// Prometheus scrapes a whole lab: each query of the dashboard has data while pods come and go, and the alerts about nodes fire.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { nodeKeys } from "#src/api/annotation-keys.ts";
import { systemClock } from "#src/core/clock.ts";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { wireDevice } from "#lab/machine/chassis-host.ts";
import { addForeignPort } from "#lab/ovn/foreign-port.ts";
import { ensurePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { until } from "#test/assertions/until.ts";
import { labPod, LabStack } from "#test/stacks/lab/lab-stack.ts";
import { Prometheus, type ScrapeTarget } from "#test/stacks/monitoring/prometheus.ts";
import { uplinkManifest } from "#test/stacks/network-stack.ts";
import { httpPort, outsideSpec, shopService } from "#test/stacks/services/shop-stack.ts";
import { testAlerts } from "./alert-fault.ts";
import { cutOff, labFaults, unwired } from "./lab-faults.ts";
import { SilentQueries } from "./silent-queries.ts";

const programs = ["prometheus", "curl"] as const;
const skip = whyLabCannotRun() || whyProgramsAreMissing(programs);
const group = "k8s.plugin.opnfv.org/v1alpha1";
const wire = `ovn4nfv-${wireDevice}`;

describe("monitoring of a lab", { skip }, () => {
  const owned = new AsyncDisposableStack();
  let stack: LabStack;
  let prometheus: Prometheus;
  let silent: SilentQueries;
  before(async () => {
    await ensurePrograms(programs);
    stack = owned.use(await LabStack.start());
    await stack.addLabNetworks();
    await fill(stack);
    const { center, folder } = { center: stack.lab.center, folder: stack.lab.subfolder("monitoring") };
    const targets = await targetsOf(stack);
    const { namespaces } = center;
    prometheus = owned.use(await Prometheus.start({ folder, port: 9090, targets, alerts: true, namespaces }));
    silent = owned.use(new SilentQueries(prometheus));
  });
  after(() => owned.disposeAsync());

  testAlerts(labFaults, () => ({ stack, prometheus }));

  it("has data in each query of the dashboard", async (t) => {
    const ip = (await stack.result(cutOff))[0]?.ip_address[0] ?? "";
    const addresses = `0e:00:00:00:66:02 ${ip.replace(/\/.*/, "")}`;
    await addForeignPort(stack.lab.central.nb, { switchName: "plain", name: "thief", addresses });
    let round = 0;
    await until(async () => {
      round += 1;
      const names = ["a", "b", "c", "d"].map((one) => `load-${round}-${one}`);
      await stack.apply(...names.map((name) => labPod(name, { interfaces: [{ name: "dual" }] })));
      await stack.ready(...names);
      await stack.remove(...names);
      return silent.left.length === 0;
    }, 240_000).catch((cause: unknown) => {
      throw new Error(`there are no data for\n${silent.left.join("\n")}`, { cause });
    });
    assert.ok(silent.all.length >= 35);
    t.diagnostic(`${silent.all.length} queries had data, after ${round} rounds of pods`);
    await stack.remove(unwired);
  });
});

/** Makes an object of each kind that has a panel. */
async function fill(stack: LabStack): Promise<void> {
  await stack.kubectl("label", "node", "n1", "n2", `${nodeKeys.gateway.key}=`);
  const vlan = { vlanId: "100", providerInterfaceName: wireDevice, vlanNodeSelector: "all" };
  const lan = { subnet: "172.16.33.0/24", excludeIps: "172.16.33.100..172.16.33.254" };
  await stack.apply(
    {
      apiVersion: group,
      kind: "ProviderNetwork",
      metadata: { name: "lan", namespace: "default" },
      spec: { cniType: "ovn4nfv", providerNetType: "VLAN", ipv4Subnets: [lan], vlan },
    },
    uplinkManifest("west", {
      physicalNetwork: wire,
      addresses: ["172.16.34.102/24"],
      nextHops: ["172.16.34.200"],
      floating: { addresses: ["172.16.34.20..172.16.34.21"] },
    }),
  );
  await stack.addNetworks({
    shop: {
      ipv4Subnets: [{ subnet: "10.61.0.0/24" }],
      serviceAddresses: ["10.61.0.200..10.61.0.203"],
      snat: true,
      uplink: "west",
    },
  });
  await stack.apply(
    labPod(cutOff, { interfaces: [{ name: "plain" }], node: "n2" }),
    labPod("web-0", { interfaces: [{ name: "shop" }], labels: { app: "web" } }),
    shopService("web", { ports: [httpPort] }),
    shopService("door", outsideSpec),
    {
      apiVersion: group,
      kind: "NetworkChaining",
      metadata: { name: "chain", namespace: "default" },
      spec: { routingSpec: { networkChain: "net=plain,app=nobody,net=routed" } },
    },
    {
      apiVersion: group,
      kind: "Tap",
      metadata: { name: "tap", namespace: "default" },
      spec: { sources: { network: "shop" }, sink: { podSelector: { matchLabels: { app: "probe" } } } },
    },
  );
  await stack.ready(cutOff, "web-0");
}

/** All processes of the installation, on the network of their node or on that of pods. */
async function targetsOf(stack: LabStack): Promise<readonly ScrapeTarget[]> {
  const limitMs = systemClock.monotonicMs() + 60_000;
  for (;;) {
    const pods = await stack.pods("", systemNamespace);
    const found = pods.flatMap(({ metadata: { name }, status: { podIP } }) =>
      podIP === undefined || !/-(?:webhook|controller|agent)-/.test(name)
        ? []
        : [{ pod: name, address: `${podIP}:9440` }],
    );
    if (found.length >= 6 || systemClock.monotonicMs() > limitMs) return found;
    await systemClock.sleep(500);
  }
}
