import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { root } from "#tools/source-files.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { until } from "#test/assertions/until.ts";
import { sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";
import { networkManifest, NetworkStack } from "#test/stacks/network-stack.ts";

const manifest = (name: string, spec: object, namespace = "default") => ({
  apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
  kind: "ProviderNetwork",
  metadata: { name, namespace },
  spec,
});
const vlan = (vlanId: number | string, subnet: string, more: object = {}) => ({
  providerNetType: "VLAN",
  ipv4Subnets: [{ subnet }],
  vlan: { vlanId, providerInterfaceName: "eth1" },
  ...more,
});

describe("provider networks while the cluster runs", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: NetworkStack;
  before(async () => {
    stack = await NetworkStack.start();
    const policy = readFileSync(`${root}/deploy/base/provider-networks.yaml`, "utf8");
    await stack.plane.kubectl.apply(
      [policy, readFileSync(`${root}/deploy/base/rbac/users.yaml`, "utf8")].join("---\n"),
    );
    await stack.startController(sampleTopology(true));
  });
  after(() => stack[Symbol.asyncDispose]());

  const apply = (...objects: readonly object[]) => stack.plane.kubectl.apply(objects);
  const refused = async (object: object, ...as: readonly string[]): Promise<string> => {
    const args = ["apply", "-f", "-", ...as];
    const { code, stderr } = await stack.plane.kubectl.run(args, { input: JSON.stringify(object) });
    assert.notEqual(code, 0, "applied");
    return stderr;
  };
  const untilReason = (name: string, reason: string) => {
    const path = `jsonpath={.status.conditions[?(@.type=="Ready")].reason}=${reason}`;
    return stack.plane.kubectl.must(["wait", `providernetwork/${name}`, `--for=${path}`, "--timeout=60s"]);
  };
  const columnOf = async (port: string, column: string) =>
    (await stack.ovn.nbctl("--bare", `--columns=${column}`, "find", "Logical_Switch_Port", `name=${port}`)).trim();

  it("makes a tagged way to the wire of Nodus' own example, which northd takes without a warning", async () => {
    const example = readFileSync(`${root}/test/golden/provider-network/nodus-vlan.in.yaml`, "utf8");
    await stack.plane.kubectl.apply(example.replace(", uid: u1", ""));
    await untilReason("pnetwork", "Created");
    assert.equal(await columnOf("server-localnet_pnetwork", "tag"), "100");
    assert.equal(await columnOf("server-localnet_pnetwork", "options"), "network_name=ovn4nfv-eth0");
    await stack.ovn.settle();
    assert.deepEqual(stack.northdWarnings(), []);
    const { status } = (await stack.plane.kubectl.get(["providernetwork", "pnetwork"])) as { status: object };
    assert.equal((status as Record<string, unknown>)["physicalNetwork"], "ovn4nfv-eth0");
  });

  it("takes a network without addresses, whose frames keep the tags of pods", async () => {
    await apply(
      manifest("trunk", { providerNetType: "DIRECT", trunk: true, direct: { providerInterfaceName: "eth2" } }),
    );
    await untilReason("trunk", "Created");
    const row = await stack.ovn.nbctl("--bare", "--columns=other_config", "find", "Logical_Switch", "name=trunk");
    assert.match(row, /vlan-passthru=true/);
  });

  it("refuses by the CRD alone what can never be", async () => {
    for (const vlanId of [0, 4095, "0", "4095", "x"]) {
      assert.match(await refused(manifest("bad", vlan(vlanId, "10.2.0.0/24"))), /must be a VLAN from 1 to 4094/);
    }
    const longName = vlan(5, "10.2.0.0/24", { vlan: { vlanId: 5, providerInterfaceName: "an-interface-of-20-x" } });
    assert.match(await refused(manifest("bad", longName)), /providerInterfaceName/);
    const selector = { vlanId: 5, providerInterfaceName: "eth1", vlanNodeSelector: "some" };
    assert.match(
      await refused(manifest("bad", vlan(5, "10.2.0.0/24", { vlan: selector }))),
      /must be all, any or specific/,
    );
    assert.match(await refused(manifest("ovn4nfv-join", vlan(5, "10.2.0.0/24"))), /name is that of a switch or router/);
  });

  it("tells the younger of two that two replicas let pass, and makes it when the older one is gone", async () => {
    await apply(manifest("one", vlan("200", "10.3.0.0/24")));
    await untilReason("one", "Created");
    await apply(
      manifest("two", vlan(200, "10.4.0.0/24")),
      networkManifest("one", { ipv4Subnets: [{ subnet: "10.5.0.0/24" }] }),
    );
    await untilReason("two", "VlanTaken");
    await stack.untilReason("one", "NameTaken");
    await stack.plane.kubectl.must(["delete", "providernetwork", "one", "--timeout=60s"]);
    await untilReason("two", "Created");
    await stack.untilReason("one", "Created");
    await until(async () => (await columnOf("server-localnet_one", "tag")) === "", 10_000);
  });

  it("lets nobody make or change one who has not the right in all namespaces", async () => {
    await apply(
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "telco" } },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name: "everything", namespace: "telco" },
        rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
      },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "RoleBinding",
        metadata: { name: "everything", namespace: "telco" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "everything" },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "tenant" }],
      },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name: "wires" },
        roleRef: {
          apiGroup: "rbac.authorization.k8s.io",
          kind: "ClusterRole",
          name: "ovn4nfv-provider-network-editor",
        },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "wirer" }],
      },
    );
    const mine = manifest("mine", vlan(300, "10.6.0.0/24"), "telco");
    const why = /a ProviderNetwork reaches interfaces of nodes, .* in all namespaces/;
    await until(
      async () =>
        why.test(
          (
            await stack.plane.kubectl.run(["create", "--dry-run=server", "--as=tenant", "-f", "-"], {
              input: JSON.stringify(mine),
            })
          ).stderr,
        ),
      20_000,
    );
    assert.match(await refused(mine, "--as=tenant"), why);
    const asWirer = await stack.plane.kubectl.run(["create", "--as=wirer", "-f", "-"], { input: JSON.stringify(mine) });
    assert.equal(asWirer.code, 0, asWirer.stderr);
    const patch = (body: string) =>
      stack.plane.kubectl.run([
        "patch",
        "providernetwork",
        "mine",
        "-ntelco",
        "--as=tenant",
        "--type=merge",
        "-p",
        body,
      ]);
    assert.match((await patch('{"spec":{"mtu":9000}}')).stderr, why);
    const labelled = await patch('{"metadata":{"labels":{"team":"blue"}}}');
    assert.equal(labelled.code, 0, labelled.stderr);
  });
});
