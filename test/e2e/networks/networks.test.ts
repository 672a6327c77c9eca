import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";
import { networkManifest, NetworkStack, untilNextSecond } from "#test/stacks/network-stack.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { until } from "#test/assertions/until.ts";

const v4 = (subnet: string, more: object = {}) => ({ ipv4Subnets: [{ name: "s", subnet, ...more }] });

/** A merge patch of a user who does not wait for us. */
const noFinalizers = '{"metadata":{"finalizers":null}}';

describe("networks while the cluster runs", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: NetworkStack;
  let controller: ManagedProcess;
  before(async () => {
    stack = await NetworkStack.start();
    controller = await stack.startController(sampleTopology(true));
  });
  after(() => stack[Symbol.asyncDispose]());

  const apply = (...objects: readonly object[]) => stack.plane.kubectl.apply(objects);
  const remove = (name: string, namespace = "default") =>
    stack.plane.kubectl.must(["delete", "network", name, `-n${namespace}`, "--timeout=90s"]);
  const refused = async (object: object): Promise<string> => {
    const { code, stderr } = await stack.plane.kubectl.run(["apply", "-f", "-"], { input: JSON.stringify(object) });
    assert.notEqual(code, 0, "applied");
    return stderr;
  };

  it("makes router, join switch and gateway at start", async () => {
    await apply(networkManifest("first", v4("10.10.0.0/24")));
    await stack.untilCondition("first", "Ready");
    assert.deepEqual(await stack.names("Logical_Router"), ["ovn4nfv-gateway", "ovn4nfv-master"]);
    assert.ok((await stack.names("Logical_Switch")).includes("ovn4nfv-join"));
    const show = await stack.ovn.nbctl("show");
    for (const text of ["rtoj-ovn4nfv-master", '"100.64.0.1/16", "fd98::1/64"', "rtos-first", '"10.10.0.1/24"']) {
      assert.ok(show.includes(text), `${text} in\n${show}`);
    }
  });

  it("takes IPv6-only and dual-stack networks, with source NAT, and northd has nothing to warn of", async () => {
    await apply(
      networkManifest("six", { ipv6Subnets: [{ subnet: "fd10::/64" }] }),
      networkManifest("dual", { ...v4("10.11.0.0/24"), ipv6Subnets: [{ subnet: "fd11::/64" }], snat: true }),
    );
    await stack.untilCondition("six", "Ready");
    await stack.untilCondition("dual", "Ready");
    await stack.ovn.settle();
    const flows = await stack.ovn.sbctl("lflow-list", "ovn4nfv-gateway");
    assert.ok(flows.includes("192.0.2.10") && flows.includes("2001:db8::10"), "source NAT became flows");
    assert.match(await stack.ovn.sbctl("lflow-list", "six"), /fd10::1/);
    const warnings = stack.northdWarnings();
    assert.deepEqual(warnings, []);
  });

  it("takes the gateway from Nodus' form, and makes one up where Nodus crashed", async () => {
    await apply(
      networkManifest("nodus", v4("172.16.33.0/24", { gateway: "172.16.33.254/24", excludeIps: "172.16.33.2" })),
    );
    await stack.untilCondition("nodus", "Ready");
    const networks = await stack.ovn.nbctl("--bare", "get", "logical_router_port", "rtos-nodus", "networks");
    assert.equal(networks.trim(), '["172.16.33.254/24"]');
    const { status } = (await stack.plane.kubectl.get(["network", "nodus"])) as { status: Record<string, unknown> };
    assert.equal(status["state"], "Created");
    assert.deepEqual(status["pools"], [{ family: "IPv4", capacity: "252", used: "0" }]);
  });

  it("refuses by the CRD alone what can never be", async () => {
    assert.match(
      await refused(networkManifest("bad", v4("10.12.0.0/24", { gateway: "zzz" }))),
      /gateway must be an address/,
    );
    assert.match(await refused(networkManifest("bad", v4("10.12.0.0/24", { gateway: "10.9.0.1" }))), /must lie inside/);
    assert.match(await refused(networkManifest("bad", v4("10.12.0.0"))), /must be an IPv4 prefix/);
    assert.match(await refused(networkManifest("bad", {})), /at least one subnet/);
    assert.match(
      await refused(networkManifest("bad", { ipv6Subnets: [{ subnet: "fd12::/64" }], mtu: 1279 })),
      /mtu must be at least 1280 with an IPv6 subnet/,
    );
    assert.match(await refused(networkManifest("ovn4nfv-join", v4("10.12.0.0/24"))), /name is that of a switch/);
    assert.match(await refused(networkManifest("first", v4("10.99.0.0/24"))), /cannot be changed or removed/);
    assert.match(
      await refused(networkManifest("first", v4("10.10.0.0/24", { gateway: "10.10.0.9" }))),
      /gateway of a subnet/,
    );
  });

  it("adds a range live, and reports the address that is excluded now", async () => {
    await apply(networkManifest("live", v4("10.13.0.0/24")));
    await stack.untilCondition("live", "Ready");
    await addPort("live", "10.13.0.20");
    await apply(
      networkManifest("live", {
        ipv4Subnets: [{ subnet: "10.13.0.0/24", excludeIps: "10.13.0.20" }, { subnet: "10.14.0.0/24" }],
      }),
    );
    await stack.untilCondition("live", "AddressesInRange=False");
    const { status } = (await stack.plane.kubectl.get(["network", "live"])) as {
      status: { conditions: readonly { type: string; message: string }[]; pools: unknown };
    };
    assert.match(status.conditions[1]?.message ?? "", /10\.13\.0\.20 \(default\/web-1\)/);
    const networks = await stack.ovn.nbctl("--bare", "get", "logical_router_port", "rtos-live", "networks");
    assert.match(networks, /10\.14\.0\.1\/24/);
    await stack.ovn.nbctl("lsp-del", "port-live");
  });

  it("shows all subnets, usage and who may join in kubectl get, for a manifest without cniType", async () => {
    const { metadata, ...rest } = networkManifest("shown", {
      ...v4("10.25.0.0/29"),
      ipv6Subnets: [{ subnet: "fd25::/64" }],
      allowedNamespaces: { names: ["default", "telco"] },
    }) as { metadata: object; spec: object };
    await apply({ ...rest, metadata, spec: { ...rest.spec, cniType: undefined } });
    await stack.untilCondition("shown", "Ready");
    const table = await stack.plane.kubectl.must(["get", "ovnnet", "shown"]);
    assert.match(table, /NAME +STATE +READY +SUBNETS +USED +ALLOWED +AGE/);
    assert.match(table, /shown +Created +True +10\.25\.0\.0\/29 fd25::\/64 +0\/5 0\/~2\^64 +default,telco +\d+s/);
    const explained = await stack.plane.kubectl.must(["explain", "network"]);
    assert.match(
      explained.replace(/\s+/g, " "),
      /of two Networks with one name, whatever their namespaces, the second is/,
    );
  });

  it("says when a pool is full, by a condition and an Event, and when older pods lack the route to a new subnet", async () => {
    await apply(networkManifest("full", v4("10.26.0.0/30")));
    await stack.untilCondition("full", "AddressesFree");
    await addPort("full", "10.26.0.2");
    await stack.untilCondition("full", "AddressesFree=False");
    await untilEvent("full", /Warning +PoolExhausted +network\/full +all 1 IPv4 addresses are held.*add a subnet/);
    await apply(networkManifest("full", { ipv4Subnets: [{ subnet: "10.26.0.0/30" }, { subnet: "10.27.0.0/24" }] }));
    await stack.untilCondition("full", "AddressesFree");
    await stack.untilCondition("full", "RoutesComplete=False");
    await untilEvent("full", /Warning +OlderPods .*created again: 10\.27\.0\.0\/24: default\/web-1/);
    await stack.ovn.nbctl("lsp-del", "port-full");
    await stack.untilCondition("full", "RoutesComplete");
    await untilEvent("full", /Normal +Routed /);
  });

  it("keeps a network that a pod uses, says which pod, and removes it when the port is gone", async () => {
    await apply(networkManifest("used", v4("10.15.0.0/24")));
    await stack.untilCondition("used", "Ready");
    await addPort("used", "10.15.0.7");
    await stack.plane.kubectl.must(["delete", "network", "used", "--wait=false"]);
    await stack.untilReason("used", "InUse");
    const { status } = (await stack.plane.kubectl.get(["network", "used"])) as {
      status: { conditions: readonly { message: string }[] };
    };
    assert.match(status.conditions[0]?.message ?? "", /default\/web-1/);
    assert.ok((await stack.names("Logical_Switch")).includes("used"));
    await stack.ovn.nbctl("lsp-del", "port-used");
    await stack.plane.kubectl.must(["wait", "network/used", "--for=delete", "--timeout=90s"]);
    assert.ok(!(await stack.names("Logical_Switch")).includes("used"));
    assert.ok(!(await stack.names("Logical_Router_Port")).includes("rtos-used"));
  });

  it("takes away what a Network left whose finalizer was stripped, but not while a port uses it", async () => {
    await apply(networkManifest("stripped", v4("10.24.0.0/24")));
    await stack.untilCondition("stripped", "Ready");
    const owner = "external_ids:k8s.plugin.opnfv.org/owner=ovn4nfv";
    const id = "external_ids:k8s.plugin.opnfv.org/allocation=01KDGX3V9ZJ4T1C3R6Y8M2N5QW";
    await stack.ovn.nbctl("lsp-add", "stripped", "user", "--", "set", "logical_switch_port", "user", owner, id);
    await stack.plane.kubectl.must(["delete", "network", "stripped", "--wait=false"]);
    await stack.plane.kubectl.must(["patch", "network", "stripped", "--type=merge", "-p", noFinalizers]);
    await stack.plane.kubectl.must(["wait", "network/stripped", "--for=delete", "--timeout=90s"]);
    assert.ok((await stack.names("Logical_Switch")).includes("stripped"));
    await stack.ovn.nbctl("lsp-del", "user");
    await until(async () => !(await stack.names("Logical_Switch")).includes("stripped"));
    assert.ok(!(await stack.names("Logical_Router_Port")).includes("rtos-stripped"));
  });

  it("leaves foov6 alone when foo is deleted", async () => {
    await apply(networkManifest("foo", v4("10.16.0.0/24")), networkManifest("foov6", v4("10.17.0.0/24")));
    await stack.untilCondition("foo", "Ready");
    await stack.untilCondition("foov6", "Ready");
    await remove("foo");
    const switches = await stack.names("Logical_Switch");
    assert.deepEqual([switches.includes("foo"), switches.includes("foov6")], [false, true]);
    assert.ok((await stack.names("Logical_Router_Port")).includes("rtos-foov6"));
  });

  it("gives one name to one namespace, and deleting the other's Network leaves the switch", async () => {
    await stack.plane.kubectl.must(["create", "namespace", "other"]);
    await apply(networkManifest("same", v4("10.18.0.0/24")));
    await stack.untilCondition("same", "Ready");
    await untilNextSecond();
    await apply(networkManifest("same", v4("10.19.0.0/24"), "other"));
    await stack.untilReason("same", "NameTaken", "other");
    await remove("same", "other");
    assert.ok((await stack.names("Logical_Switch")).includes("same"));
    await stack.untilCondition("same", "Ready");
  });

  it("refuses a prefix that the router has, until it is free", async () => {
    await apply(networkManifest("one", v4("10.20.0.0/24")));
    await stack.untilCondition("one", "Ready");
    await untilNextSecond();
    await apply(
      networkManifest("two", v4("10.20.0.128/25")),
      networkManifest("alone", { ...v4("10.20.0.0/16"), isolated: true }),
    );
    await stack.untilReason("two", "SubnetOverlap");
    await stack.untilCondition("alone", "Ready");
    await remove("one");
    await stack.untilCondition("two", "Ready");
  });

  it("never touches a switch of somebody else unless it is adopted, and never deletes it", async () => {
    await stack.ovn.nbctl(
      "ls-add",
      "vms",
      "--",
      "lsp-add",
      "vms",
      "vm-1",
      "--",
      "lsp-set-addresses",
      "vm-1",
      "0a:00:00:00:00:01 10.21.0.5",
    );
    await apply(networkManifest("vms", v4("10.21.0.0/24")));
    await stack.untilReason("vms", "NameTaken");
    await remove("vms");
    await apply(networkManifest("vms", { ...v4("10.21.0.0/24"), adopt: true }));
    await stack.untilReason("vms", "AdoptionNotAllowed");
    assert.equal((await stack.ovn.nbctl("get", "logical_switch", "vms", "external_ids")).trim(), "{}");
    const consent = `${externalId("adoptable-by")}=default`;
    await stack.ovn.nbctl("set", "logical_switch", "vms", `external_ids:${consent}`);
    await stack.untilCondition("vms", "Ready");
    const ids = await stack.ovn.nbctl("get", "logical_switch", "vms", "external_ids");
    assert.match(ids, /subnets"="10\.21\.0\.0\/24"/);
    assert.doesNotMatch(ids, /org\/owner/);
    await remove("vms");
    const left = await stack.ovn.nbctl("get", "logical_switch", "vms", "external_ids");
    assert.equal(left.trim(), `{"${externalId("adoptable-by")}"=default}`);
    assert.match(await stack.ovn.nbctl("lsp-list", "vms"), /vm-1/);
  });

  it("admits to an adopted switch nobody whom its maker does not admit, and puts the maker's keys back", async () => {
    const key = externalId("allowed-namespaces");
    const readIds = async () => (await stack.ovn.nbctl("get", "logical_switch", "vms", "external_ids")).trim();
    await stack.ovn.nbctl("set", "logical_switch", "vms", `external_ids:${key}="default,telco"`);
    const before = await readIds();
    const adopting = (more: object = {}) => networkManifest("vms", { ...v4("10.21.0.0/24"), adopt: true, ...more });
    await apply(adopting());
    await stack.untilCondition("vms", "Ready");
    assert.ok((await readIds()).includes(`"${key}"="default,telco"`));
    await apply(adopting({ allowedNamespaces: { names: ["telco", "other"] } }));
    await stack.untilReason("vms", "AdoptionWidens");
    assert.ok((await readIds()).includes(`"${key}"="default,telco"`));
    await apply(adopting({ allowedNamespaces: { names: ["telco"] } }));
    await stack.untilCondition("vms", "Ready");
    assert.ok((await readIds()).includes(`"${key}"=telco`));
    await remove("vms");
    assert.equal(await readIds(), before);
  });

  it("puts back what was removed by hand", async () => {
    await stack.ovn.nbctl("lrp-del", "rtos-first");
    await stack.ovn.nbctl("ls-del", "ovn4nfv-join");
    await untilNames("Logical_Router_Port", "rtos-first");
    await untilNames("Logical_Switch", "ovn4nfv-join");
  });

  it("finds at its next start what came and went meanwhile, and writes nothing when nothing did", async () => {
    await controller.stop();
    await stack.plane.kubectl.must(["delete", "network", "six", "--wait=false"]);
    await apply(networkManifest("late", v4("10.22.0.0/24")));
    const second = await stack.startController(sampleTopology(true));
    await stack.untilCondition("late", "Ready");
    await stack.plane.kubectl.must(["wait", "network/six", "--for=delete", "--timeout=90s"]);
    await second.stop();
    const before = await stack.ovn.nbctl("--format=csv", "--columns=_uuid,external_ids", "list", "logical_switch");
    const { metadata } = (await stack.plane.kubectl.get(["network", "late"])) as {
      metadata: { resourceVersion: string };
    };
    await stack.startController(sampleTopology(true));
    await apply(networkManifest("last", v4("10.23.0.0/24")));
    await stack.untilCondition("last", "Ready");
    const again = (await stack.plane.kubectl.get(["network", "late"])) as { metadata: { resourceVersion: string } };
    assert.equal(again.metadata.resourceVersion, metadata.resourceVersion);
    const now = await stack.ovn.nbctl("--format=csv", "--columns=_uuid,external_ids", "list", "logical_switch");
    for (const line of before.split("\n")) assert.ok(now.includes(line), line);
  });

  it("take the rights that only an Event again needs", async () => {
    await assertRareRights(stack.plane, "test/e2e/networks/networks.test.ts");
  });

  async function untilNames(table: string, name: string): Promise<void> {
    await stack.ovn.nbctl("--timeout=20", "wait-until", table, name);
  }

  async function untilEvent(network: string, line: RegExp): Promise<void> {
    await until(async () => {
      const field = `--field-selector=involvedObject.name=${network}`;
      return line.test(await stack.plane.kubectl.must(["get", "events", field]));
    });
  }

  /** Adds a port as the webhook makes it for the pod default/web-1. */
  async function addPort(network: string, address: string): Promise<void> {
    const id = (key: string, value: string) => `external_ids:k8s.plugin.opnfv.org/${key}=${value}`;
    const name = `port-${network}`;
    const marks = [
      id("owner", "ovn4nfv"),
      id("cluster", await stack.cluster()),
      id("allocation", "01KDGX3V9ZJ4T1C3R6Y8M2N5QW"),
      id("namespace", "default"),
      id("pod", "web-1"),
    ];
    await stack.ovn.nbctl(
      "lsp-add",
      network,
      name,
      "--",
      "set",
      "logical_switch_port",
      name,
      `addresses="0a:58:00:00:00:07 ${address}"`,
      ...marks,
    );
  }
});
