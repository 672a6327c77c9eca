// Services on networks with a real datapath: connections go to pods in network namespaces, on two chassis.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { nodeKeys } from "#src/api/annotation-keys.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { mustRun } from "#tools/process/command.ts";
import { root } from "#tools/source-files.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { until } from "#test/assertions/until.ts";
import { DatapathStack, type Endpoint } from "#test/stacks/datapath/datapath-stack.ts";
import { networkManifest, uplinkManifest } from "#test/stacks/network-stack.ts";
import { connectMany, type ConnectionReport, startServer } from "#test/stacks/services/connections.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(chassisPrograms) || whyToolsAreMissing(controlPlaneTools);
const annotation = "k8s.plugin.opnfv.org/service-ips";
const outsideAsked = "k8s.plugin.opnfv.org/load-balancer-ips";
const program = join(root, "src/main.ts");
const vip = "10.61.0.200";
/** The machine in the middle plays the world outside, on the network of the tunnels. */
const outsideHost = "198.51.100.1";
const [outsideVip, secondOutsideVip] = ["198.51.100.20", "198.51.100.21"] as const;

const service = (name: string, spec: object = {}, annotations: object = {}) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: {
    name,
    namespace: "default",
    labels: { "service.kubernetes.io/service-proxy-name": "ovn4nfv" },
    annotations: { "k8s.v1.cni.cncf.io/service-network": "shop", ...annotations },
  },
  spec: { clusterIP: "None", selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }], ...spec },
});

describe("a Service on a network", { skip: whyNot }, () => {
  const owned = new AsyncDisposableStack();
  let stack: DatapathStack;
  let near: Endpoint;
  let far: Endpoint;
  before(async () => {
    stack = owned.use(await DatapathStack.start());
    await connectOutside();
    await kubectl.apply([
      uplinkManifest("west", {
        physicalNetwork: "provider",
        addresses: ["198.51.100.102/24"],
        nextHops: [outsideHost],
        floating: { addresses: [`${outsideVip}..${secondOutsideVip}`], limitPerNamespace: 2 },
      }),
      networkManifest("shop", {
        ipv4Subnets: [{ subnet: "10.61.0.0/24" }],
        serviceAddresses: ["10.61.0.200..10.61.0.201"],
        snat: true,
        uplink: "west",
      }),
      networkManifest("street", { ipv4Subnets: [{ subnet: "10.62.0.0/24" }] }),
    ]);
    await kubectl.must(["wait", "network/shop", "network/street", "--for=condition=Ready", "--timeout=60s"]);
    await addWeb("web-0", 0);
    await addWeb("web-1", 1);
    near = await stack.addPodOn("near", hostOf(1), ["shop"], ["default via 10.61.0.1"], {});
    far = await stack.addPodOn("far", hostOf(0), ["street"], ["default via 10.62.0.1"], {});
    await kubectl.apply([service("web")]);
    await untilReason("web", "Served");
  });
  after(() => owned.disposeAsync());

  const kubectl = {
    apply: (objects: readonly object[]) => stack.admission.plane.kubectl.apply(objects),
    must: (args: readonly string[]) => stack.admission.plane.kubectl.must(args),
  };
  function hostOf(index: number) {
    const host = stack.fabric.hosts[index];
    assert.ok(host);
    return host;
  }
  async function connectOutside(): Promise<void> {
    const { center, hosts } = stack.fabric;
    await center.must("ethtool", ["-K", "under0", "tx", "off"]);
    await center.ip(
      "link set under0 address 02:00:00:00:00:01",
      `addr add ${outsideHost}/24 dev under0`,
      // Nobody out there knows the addresses of pods.
      "route add blackhole 10.61.0.0/16",
    );
    for (const { chassis } of hosts) {
      await chassis.vsctl("set", "Open_vSwitch", ".", "external_ids:ovn-bridge-mappings=provider:br-phys");
    }
    await kubectl.must(["label", "node", "n1", `${nodeKeys.gateway.key}=`]);
  }
  async function addWeb(name: string, index: number): Promise<void> {
    const { host } = await stack.addPodOn(name, hostOf(index), ["shop"], ["default via 10.61.0.1"], {
      app: "web",
    });
    await startServer(host.machine, name, 8080);
  }
  async function untilReason(name: string, reason: string, type = "Served"): Promise<void> {
    const path = `jsonpath={.status.conditions[?(@.type=="k8s.plugin.opnfv.org/${type}")].reason}=${reason}`;
    await kubectl.must(["wait", `service/${name}`, `--for=${path}`, "--timeout=60s"]);
    await stack.settle();
  }
  const from = ({ host, name }: Endpoint, count: number, to = vip): Promise<ConnectionReport> =>
    connectMany(host.machine, name, { host: to, port: 80, count });
  const backends = async (): Promise<string> =>
    stack.fabric.central.nbctl("--bare", "--columns=vips", "list", "Load_Balancer");

  it("has an address of the network's, which its annotation shows", async () => {
    const shown = await kubectl.must(["get", "service", "web", "-o=jsonpath={.metadata.annotations}"]);
    assert.equal((JSON.parse(shown) as Record<string, string>)[annotation], vip);
  });

  it("is in the table of ovn4nfv services", async () => {
    const table = await mustRun(process.execPath, [
      program,
      "services",
      "--kubeconfig",
      stack.admission.plane.adminKubeconfig,
    ]);
    assert.match(table, /^default +web +shop +10\.61\.0\.200 +- +80\/TCP +Served/m);
  });

  it("spreads connections over its pods, from its network and from another one", async () => {
    for (const client of [near, far]) {
      const { answered, failed, errors } = await from(client, 100);
      assert.equal(failed, 0, errors.join());
      assert.deepEqual(Object.keys(answered).sort(), ["web-0", "web-1"]);
      for (const count of Object.values(answered)) assert.ok(count >= 20, JSON.stringify(answered));
    }
  });

  it("reaches a pod also from itself", async () => {
    const { answered, failed, errors } = await from({ name: "web-0", host: hostOf(0) }, 40);
    assert.equal(failed, 0, errors.join());
    assert.equal(Object.keys(answered).length, 2);
  });

  it("loses no connection while a backend is drained: it gets no new ones, and keeps those that it has", async () => {
    const flood = from(near, 1_000);
    const condition = { type: "Ready", status: "False", lastTransitionTime: "2026-01-01T00:00:00Z" };
    const patch = JSON.stringify({ status: { conditions: [condition] } });
    await kubectl.must(["patch", "pod", "web-1", "--subresource=status", "--type=strategic", "-p", patch]);
    await until(async () => (await backends()).split(",").length === 1);
    const { failed, errors } = await flood;
    assert.equal(failed, 0, errors.join());
    await stack.settle();
    assert.deepEqual(Object.keys((await from(near, 20)).answered), ["web-0"]);
  });

  it("says when no pod is ready, and refuses connections at once", async () => {
    await kubectl.apply([service("web", { selector: { app: "nobody" } })]);
    await untilReason("web", "NoBackends");
    const { answered, failed, errors } = await from(near, 1);
    assert.deepEqual([answered, failed, errors], [{}, 1, ["ECONNREFUSED"]]);
    await kubectl.apply([service("web")]);
    await untilReason("web", "Served");
  });

  it("gets another address than others, the one that it asks for, or the reason why not", async () => {
    await kubectl.apply([service("second")]);
    await untilReason("second", "Served");
    await kubectl.apply([service("third")]);
    await untilReason("third", "PoolExhausted");
    await kubectl.apply([service("asks", {}, { [annotation]: vip })]);
    await untilReason("asks", "AddressInUse");
    await kubectl.apply([service("outside", {}, { [annotation]: "10.61.0.7" })]);
    await untilReason("outside", "AddressOutOfRange");
    await kubectl.must(["delete", "service", "second", "outside", "third"]);
    await kubectl.apply([service("asks", {}, { [annotation]: "10.61.0.201" })]);
    await untilReason("asks", "Served");
    assert.deepEqual(Object.keys((await from(far, 5, "10.61.0.201")).answered), ["web-0"]);
  });

  const outsideSpec = { type: "LoadBalancer", loadBalancerClass: "k8s.plugin.opnfv.org/uplink", clusterIP: null };
  const ingressOf = (name: string): Promise<string> =>
    kubectl.must(["get", "service", name, "-o=jsonpath={.status.loadBalancer.ingress[*].ip}"]);
  const fromOutside = (count: number, to: string = outsideVip): Promise<ConnectionReport> =>
    connectMany(stack.fabric.center, undefined, { host: to, port: 80, count });
  const reaches = async (to: string): Promise<boolean> => (await fromOutside(1, to)).failed === 0;

  it("is reached from outside by an address of the Uplink, and by that from pods as well", async () => {
    await kubectl.apply([service("door", outsideSpec, { [outsideAsked]: outsideVip })]);
    await untilReason("door", "ServedOutside", "ServedOutside");
    assert.equal(await ingressOf("door"), outsideVip);
    await stack.untilTraffic(() => reaches(outsideVip));
    const { answered, failed, errors } = await fromOutside(100);
    assert.equal(failed, 0, errors.join());
    assert.deepEqual(Object.keys(answered), ["web-0"]);
    for (const client of [near, far]) assert.equal((await from(client, 10, outsideVip)).failed, 0);
  });

  it("keeps new connections from outside working when another node takes over the gateway", async () => {
    await kubectl.must(["label", "node", "n2", `${nodeKeys.gateway.key}=`]);
    await kubectl.must(["label", "node", "n1", `${nodeKeys.gateway.key}-`]);
    await until(async () =>
      /chassis-2|n2/.test(await kubectl.must(["get", "uplink", "west", "-o=jsonpath={.status.gatewayChassis}"])),
    );
    await stack.settle();
    await stack.untilTraffic(() => reaches(outsideVip));
    assert.equal((await fromOutside(50)).failed, 0);
  });

  it("shares the pool of the Uplink with FloatingIPs and pods, and no address is given twice", async () => {
    await kubectl.apply([
      {
        apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
        kind: "FloatingIP",
        metadata: { name: "wants", namespace: "default" },
        spec: { uplink: "west", selector: { matchLabels: { app: "web" } }, address: outsideVip },
      },
    ]);
    const ready = (reason: string) => `jsonpath={.status.conditions[?(@.type=="Ready")].reason}=${reason}`;
    await kubectl.must(["wait", "floatingip/wants", `--for=${ready("AddressInUse")}`, "--timeout=60s"]);
    await kubectl.must(["delete", "floatingip", "wants"]);
    const asks = { type: "ovn4nfv", interface: [{ name: "shop", externalIp: outsideVip }] };
    const { stderr } = await stack.admission.plane.kubectl.run([
      "run",
      "thief",
      "--image=none",
      `--annotations=k8s.plugin.opnfv.org/nfn-network=${JSON.stringify(asks)}`,
    ]);
    assert.match(stderr, /AddressInUse.* is in use by a Service of the namespace default/s);
    await kubectl.apply([service("window", outsideSpec, { [outsideAsked]: secondOutsideVip })]);
    await untilReason("window", "ServedOutside", "ServedOutside");
    await kubectl.apply([service("waits", outsideSpec)]);
    await untilReason("waits", "LimitReached", "ServedOutside");
    const kubeconfig = ["--kubeconfig", stack.admission.plane.adminKubeconfig];
    const shown = await mustRun(process.execPath, [program, "services", "waits", ...kubeconfig]);
    assert.match(shown, /has 2 of at most 2 addresses of the Uplink west: delete a FloatingIP, a Service or a pod/);
    await kubectl.must(["delete", "service", "door"]);
    await untilReason("waits", "ServedOutside", "ServedOutside");
    assert.equal(await ingressOf("waits"), outsideVip);
  });

  it("has the same address outside again when NB has lost it, and none when it does not ask any more", async () => {
    const { central } = stack.fabric;
    const list = (column: string) => central.nbctl("--bare", `--columns=${column}`, "list", "Address_Set");
    const before = await list("_uuid");
    await central.nbctl("--all", "destroy", "Address_Set");
    for (const ip of [outsideVip, secondOutsideVip]) {
      await until(async () => (await list("external_ids")).includes(`floating-address=${ip}`));
    }
    assert.notEqual(await list("_uuid"), before);
    assert.deepEqual([await ingressOf("waits"), await ingressOf("window")], [outsideVip, secondOutsideVip]);
    await stack.untilTraffic(() => reaches(outsideVip));
    await kubectl.must([
      "patch",
      "service",
      "window",
      "--type=merge",
      "-p",
      JSON.stringify({ spec: { type: "ClusterIP", loadBalancerClass: null } }),
    ]);
    await until(async () => (await ingressOf("window")) === "");
    assert.equal((await fromOutside(1, secondOutsideVip)).failed, 1);
    await kubectl.must(["delete", "service", "window", "waits"]);
  });

  it("is no address of a pod", async () => {
    const { stderr } = await stack.admission.plane.kubectl.run([
      "run",
      "thief",
      "--image=none",
      `--annotations=k8s.plugin.opnfv.org/nfn-network={"type":"ovn4nfv","interface":[{"name":"shop","ipAddress":"${vip}"}]}`,
    ]);
    assert.match(stderr, /AddressReserved|AddressInUse/);
  });

  it("keeps its connections while the controller starts again", async () => {
    const flood = from(near, 1_000);
    await stack.controller.restart();
    const { failed, errors } = await flood;
    assert.equal(failed, 0, errors.join());
  });

  it("leaves nothing when it is deleted", async () => {
    const { central } = stack.fabric;
    await kubectl.must(["delete", "service", "web", "asks"]);
    const left = async () => {
      const tables = ["Load_Balancer", "Load_Balancer_Group", "Address_Set"].map((table) =>
        central.nbctl("--bare", "--columns=_uuid", "list", table),
      );
      return (await Promise.all(tables)).join("").trim();
    };
    await until(async () => (await left()) === "");
    const groups = await central.nbctl("--bare", "--columns=load_balancer_group", "list", "Logical_Switch");
    assert.equal(groups.trim(), "");
  });

  it("takes the rights that only Services need", async () => {
    await assertRareRights(stack.admission.plane, "test/e2e/networks/services.test.ts");
  });
});
