// Guests behind the interfaces of pods, with real DHCP clients: what they are told is what the result of the pod says, in
// networks of tunnels and on a VLAN.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { wireDevice } from "#lab/machine/chassis-host.ts";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { until } from "#test/assertions/until.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { DatapathStack } from "#test/stacks/datapath/datapath-stack.ts";
import { Guest } from "#test/stacks/guests/guest.ts";
import { MigratingMachine } from "#test/stacks/guests/migrating-machine.ts";
import { networkManifest } from "#test/stacks/network-stack.ts";

const whyNot =
  whyNotRoot() ||
  whyProgramsAreMissing([...chassisPrograms, "busybox", "dhclient"]) ||
  whyToolsAreMissing(controlPlaneTools);

const outside = "172.30.10.100";

describe("a guest behind the interface of a pod", { skip: whyNot }, () => {
  const owned = new AsyncDisposableStack();
  let stack: DatapathStack;
  let folder = "";
  before(async () => {
    folder = owned.use(createTemporaryFolder("guests")).path;
    stack = owned.use(await DatapathStack.start([{ name: "branch", address: `${outside}/24`, vlan: 100 }]));
    const wan = {
      providerNetType: "VLAN",
      vlan: { vlanId: 100, providerInterfaceName: wireDevice },
      dhcp: true,
      ipv4Subnets: [{ subnet: "172.30.10.0/24", gateway: outside, excludeIps: outside }],
      ipv6Subnets: [{ subnet: "fd30::/64", gateway: "fd30::1" }],
    };
    const blue = {
      dhcp: true,
      ipv4Subnets: [{ subnet: "10.50.0.0/24" }, { subnet: "10.51.0.0/24" }],
      ipv6Subnets: [{ subnet: "fd50::/64" }],
      mtu: 1_300,
      dns: { nameservers: ["10.50.0.53", "fd50::53"], domain: "example.org", search: ["example.org"] },
      routes: [{ dst: "192.0.2.0/24", gw: "10.50.0.9" }],
    };
    await kubectl().apply([
      networkManifest("blue", blue),
      networkManifest("plain", { ipv4Subnets: [{ subnet: "10.52.0.0/24" }] }),
      {
        apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
        kind: "ProviderNetwork",
        metadata: { name: "wan", namespace: "default" },
        spec: wan,
      },
    ]);
    const made = ["network/blue", "network/plain", "providernetwork/wan"];
    await kubectl().must(["wait", ...made, "--for=condition=Ready", "--timeout=60s"]);
  });
  after(() => owned.disposeAsync());

  const kubectl = () => stack.admission.plane.kubectl;
  const nbctl = async (...args: readonly string[]) => (await stack.fabric.central.nbctl(...args)).trim();

  /** Creates a pod with one interface, and binds a guest to it. */
  async function addGuest(name: string, node: 0 | 1, asked: object, spec: object = {}) {
    const host = stack.fabric.hosts[node];
    assert.ok(host);
    await stack.addPod({ name, annotations: request({ dhcp: true, ...asked }), spec }, host);
    const [result] = resultOf(await stored(name));
    assert.ok(result);
    const guest = await Guest.bind({ host, pod: name, device: "net0", mac: result.mac_address }, folder);
    await stack.settle();
    return { guest, result };
  }
  const stored = async (name: string) => (await kubectl().get(["pod", name])) as Parameters<typeof resultOf>[0];
  const addressesOf = ({ ip_address: list }: { readonly ip_address: readonly string[] }) =>
    list.map((text) => text.split("/")[0] ?? "");

  it("is told by DHCP what the result says: address, router, names, MTU, routes, its own name and the lease", async () => {
    const { guest, result } = await addGuest(
      "vm-a",
      0,
      { name: "blue", ipAddress: "10.50.0.20" },
      { hostname: "shop" },
    );
    const [ipv4 = "", ipv6 = ""] = addressesOf(result);
    const told = await guest.askIpv4();
    const pick = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, told.get(name)]));
    assert.deepEqual(pick("ip", "mask", "router", "dns", "mtu", "hostname", "domain", "search", "lease"), {
      ip: ipv4,
      mask: "24",
      router: result.gateway_ip[0],
      dns: "10.50.0.53",
      mtu: "1300",
      hostname: "shop",
      domain: "example.org",
      search: "example.org",
      lease: "3600",
    });
    assert.equal(told.get("staticroutes"), "192.0.2.0/24 10.50.0.9 0.0.0.0/0 10.50.0.1");
    const told6 = await guest.askIpv6();
    assert.equal(told6.get("new_ip6_address"), ipv6);
    assert.equal(told6.get("new_dhcp6_name_servers"), "fd50::53");
  });

  it("reaches others by what it was told: the way out of IPv6 comes with the advertisements of the router", async () => {
    const { guest, result } = await addGuest("vm-b", 1, { name: "blue" });
    const [ipv4 = "", ipv6 = ""] = addressesOf(result);
    const told = await guest.askIpv4();
    assert.equal(told.get("ip"), ipv4);
    assert.equal((await guest.askIpv6()).get("new_ip6_address"), ipv6);
    await guest.run("ip", "addr", "add", `${ipv4}/${told.get("mask") ?? ""}`, "dev", "eth0");
    await guest.run("ip", "route", "add", "default", "via", told.get("router") ?? "");
    await guest.run("ip", "addr", "add", `${ipv6}/128`, "dev", "eth0", "nodad");
    await until(async () => (await guest.run("ip", "-6", "route", "show", "default")).includes("via fe80::"));
    const reaches = (to: string) => async () =>
      (await guest.run("sh", "-c", `busybox ping -c1 -W1 ${to} >/dev/null && echo yes || true`)).includes("yes");
    const container = await stack.addPodOn("container", stack.fabric.hosts[0] ?? assert.fail(), ["blue"], [], {});
    const [inPod4 = "", inPod6 = ""] = addressesOf(resultOf(await stored(container.name))[0] ?? assert.fail());
    for (const to of [inPod4, inPod6, "10.51.0.1"]) await stack.untilTraffic(reaches(to));
  });

  it("gets its address on a VLAN as well, and reaches who is on the wire", async () => {
    const { guest, result } = await addGuest("vm-c", 0, { name: "wan" });
    const [ipv4 = "", ipv6 = ""] = addressesOf(result);
    const told = await guest.askIpv4();
    assert.deepEqual([told.get("ip"), told.get("router"), told.get("mtu")], [ipv4, outside, "1500"]);
    assert.equal((await guest.askIpv6()).get("new_ip6_address"), ipv6);
    await guest.run("ip", "addr", "add", `${ipv4}/24`, "dev", "eth0");
    await stack.untilTraffic(async () =>
      (await guest.run("sh", "-c", `busybox ping -c1 -W1 ${outside} >/dev/null && echo yes || true`)).includes("yes"),
    );
  });

  it("keeps its addresses when it migrates to another node and back, and is reached there", async (t) => {
    const [near = assert.fail(), far = assert.fail()] = stack.fabric.hosts;
    await stack.addPodOn("pinger", near, ["blue"], [], {});
    const machine = await MigratingMachine.start(stack, "blue", near, folder);
    const { address } = machine;
    for (const to of [far, near]) {
      const { sent, lost } = await machine.migrateTo(to, "pinger", near);
      t.diagnostic(`${lost} of ${sent} packets lost`);
      assert.deepEqual([machine.address, machine.host], [address, to]);
    }
  });

  it("is refused where the network gives no addresses, and its interface asks for nothing that the pod would use", async () => {
    const refused = async (asked: object) => {
      const pod = podManifest({ name: "refused", annotations: request({ dhcp: true, ...asked }) });
      const { code, stderr } = await kubectl().run(["apply", "-f", "-"], { input: JSON.stringify(pod) });
      assert.notEqual(code, 0);
      return stderr;
    };
    assert.match(
      await refused({ name: "plain" }),
      /gives no addresses by DHCP.*ask the network's owner to set spec\.dhcp/,
    );
    assert.match(await refused({ name: "blue", defaultGateway: true }), /stands beside dhcp/);
  });

  it("gets answers again when somebody deletes the row of its subnet, and other ports have none", async () => {
    const { result } = await addGuest("vm-d", 1, { name: "blue" });
    const [ipv4 = ""] = addressesOf(result);
    const row = () =>
      nbctl(
        "--bare",
        "--columns=_uuid",
        "find",
        "DHCP_Options",
        `cidr=${ipv4.startsWith("10.50") ? "10.50.0.0/24" : "10.51.0.0/24"}`,
      );
    const refers = () =>
      nbctl("--bare", "--columns=dhcpv4_options", "find", "Logical_Switch_Port", `name=${result.port}`);
    const before = await row();
    assert.equal(await refers(), before);
    await nbctl("destroy", "DHCP_Options", before);
    await until(async () => {
      const made = await row();
      return made !== "" && made !== before && (await refers()) === made;
    });
    const [plain] = resultOf(await stored("container"));
    const column = await nbctl(
      "--bare",
      "--columns=dhcpv4_options",
      "find",
      "Logical_Switch_Port",
      `name=${plain?.port ?? ""}`,
    );
    assert.equal(column, "");
  });

  it("leaves no row behind when its network goes", async () => {
    const all = (await kubectl().must(["get", "pods", "-o=jsonpath={.items[*].metadata.name}"])).split(" ");
    // That one is on the network of the wire, which stays.
    const onBlue = all.filter((name) => name !== "vm-c");
    await kubectl().must(["delete", "pod", ...onBlue, "--grace-period=0", "--force"]);
    await kubectl().must(["delete", "network", "blue", "--timeout=120s"]);
    const left = await nbctl("--bare", "--columns=cidr", "list", "DHCP_Options");
    assert.deepEqual(left.split(/\s+/).filter(Boolean).sort(), ["172.30.10.0/24", "fd30::/64"]);
  });
});
