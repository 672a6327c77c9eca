import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { root } from "#tools/source-files.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { until } from "#test/assertions/until.ts";
import { sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";
import { sayWires } from "#test/stacks/said-wires.ts";
import { networkManifest, NetworkStack, untilNextSecond } from "#test/stacks/network-stack.ts";
import { readManifests } from "#tools/manifest/manifests.ts";

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
    stack = await NetworkStack.start(undefined, { scheduler: true });
    const policy = readFileSync(`${root}/deploy/base/provider-networks.yaml`, "utf8");
    await stack.plane.kubectl.apply(
      [policy, readFileSync(`${root}/deploy/base/rbac/users.yaml`, "utf8")].join("---\n"),
    );
    await stack.plane.administrator.apply(readManifests("deploy/crds/ovnnodes.yaml"));
    await stack.plane.administrator.established("ovnnodes.k8s.plugin.opnfv.org");
    await stack.plane.administrator.apply(readManifests("deploy/base/node-labels.yaml"));
    await apply(...["n1", "n2"].map((name) => ({ apiVersion: "v1", kind: "Node", metadata: { name } })));
    await says("n1", { "ovn4nfv-eth0": "True", "ovn4nfv-eth1": "True", "ovn4nfv-eth2": "True" });
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
  const says = (name: string, wires: Parameters<typeof sayWires>[2]) => sayWires(stack.plane.kubectl, name, wires);
  const labelsOf = async (name: string) => {
    const { metadata } = (await stack.plane.kubectl.get(["node", name])) as {
      metadata: { labels?: Record<string, string> };
    };
    return Object.keys(metadata.labels ?? {}).filter((key) => key.startsWith("provider."));
  };
  const columnOf = async (port: string, column: string) =>
    (await stack.ovn.nbctl("--bare", `--columns=${column}`, "find", "Logical_Switch_Port", `name=${port}`)).trim();

  it("makes a tagged way to the wire of Nodus' own example, which northd takes without a warning", async () => {
    const example = readFileSync(`${root}/test/golden/provider-network/nodus-vlan.in.yaml`, "utf8");
    // The example has the name of its author's node.
    await stack.plane.kubectl.apply(
      example.replace(", uid: u1", "").replace("kubernetes.io/hostname=ubuntu18", "wired=yes"),
    );
    await untilReason("pnetwork", "WaitsForNodes");
    await stack.plane.kubectl.must(["label", "node", "n1", "wired=yes"]);
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

  it("labels the nodes that carry a wire by the word of their agents, and keeps the labels while an agent is away", async () => {
    const eth1 = "provider.k8s.plugin.opnfv.org/ovn4nfv-eth1";
    await until(async () => (await labelsOf("n1")).length === 3);
    await apply(manifest("counted", vlan(50, "10.7.0.0/24")));
    await says("n2", { "ovn4nfv-eth1": "False" });
    const nodesOf = async () => {
      const path = "jsonpath={.status.columns.nodes} {.status.conditions[?(@.type=='NodesReady')].message}";
      return stack.plane.kubectl.must(["get", "providernetwork", "counted", "-o", path]);
    };
    await until(async () => (await nodesOf()) === "1/2 ready 1/2: n2: as eth1 is");
    await says("n2", { "ovn4nfv-eth1": "True" });
    await until(async () => (await nodesOf()).startsWith("2/2") && (await labelsOf("n2")).includes(eth1));
    await stack.plane.kubectl.must(["delete", "ovnnode", "n2"]);
    await until(async () => (await nodesOf()).startsWith("1/1"));
    assert.deepEqual(await labelsOf("n2"), [eth1], "nobody said that the wire is gone");
    await says("n2", {});
    await until(async () => (await labelsOf("n2")).length === 0);
  });

  it("tells a pod that no node takes which wire it waits for, and which nodes carry it", async () => {
    const events = async () => {
      const about = "--field-selector=involvedObject.name=waiting,reason=WaitsForWire";
      const output = 'jsonpath={range .items[*]}{.count} {.message}{"\\n"}{end}';
      return (await stack.plane.kubectl.must(["get", "events", about, "-o", output])).trim();
    };
    await stack.plane.kubectl.must(["wait", "--for=create", "serviceaccount/default", "--timeout=60s"]);
    await says("n1", { "ovn4nfv-eth2": "True" });
    await says("n2", { "ovn4nfv-eth1": "False" });
    await apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "waiting", labels: { [annotationKeys.allocation.key]: "of-nobody" } },
      spec: {
        nodeSelector: { "provider.k8s.plugin.opnfv.org/ovn4nfv-eth1": "ready" },
        containers: [{ name: "main", image: "busybox" }],
      },
    });
    const waits = "1 The pod waits for a node with the wire ovn4nfv-eth1";
    await until(async () => (await events()) === `${waits}, and no node carries it (n2: as eth1 is).`);
    await says("n2", { "ovn4nfv-eth1": "True" });
    await until(async () => /^2 .* Nodes that carry it: n2; the scheduler says why none of these/.test(await events()));
    await stack.plane.kubectl.must(["delete", "pod", "waiting", "--force"]);
    await says("n1", { "ovn4nfv-eth0": "True", "ovn4nfv-eth1": "True", "ovn4nfv-eth2": "True" });
  });

  it("keeps the account of the controller from all other labels and fields of a node", async () => {
    const account = "--as=system:serviceaccount:ovn4nfv-system:ovn4nfv-controller";
    // kubectl reads what it patches, and RBAC alone would refuse more than the policy must.
    await apply(
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name: "more" },
        rules: [{ apiGroups: [""], resources: ["nodes", "nodes/status"], verbs: ["get", "patch"] }],
      },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name: "more" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "more" },
        subjects: [{ kind: "ServiceAccount", name: "ovn4nfv-controller", namespace: "ovn4nfv-system" }],
      },
    );
    await until(
      async () => (await stack.plane.kubectl.run(["auth", "can-i", "get", "nodes/status", account])).code === 0,
    );
    const patched = (body: object, ...more: readonly string[]) =>
      stack.plane.kubectl.run(["patch", "node", "n1", account, "--type=merge", "-p", JSON.stringify(body), ...more]);
    const status = "--subresource=status";
    assert.match(
      (await patched({ metadata: { labels: { zone: "a" } } }, status)).stderr,
      /changes no label of a node but/,
    );
    assert.match((await patched({ metadata: { annotations: { a: "b" } } }, status)).stderr, /metadata but labels/);
    assert.match(
      (await patched({ status: { conditions: [], phase: "Running" } }, status)).stderr,
      /nothing in a node's status/,
    );
    assert.match((await patched({ spec: { unschedulable: true } })).stderr, /writes nodes only through nodes\/status/);
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
    await untilNextSecond();
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

  it("lets nobody make, change or delete one, or write its status, who has not the right in all namespaces", async () => {
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
    const asTenant = (verb: string, ...more: readonly string[]) =>
      stack.plane.kubectl.run([verb, "providernetwork", "mine", "-ntelco", "--as=tenant", ...more]);
    const patch = (body: string, ...more: readonly string[]) => asTenant("patch", "--type=merge", "-p", body, ...more);
    assert.match((await patch('{"spec":{"mtu":9000}}')).stderr, why);
    const labelled = await patch('{"metadata":{"labels":{"team":"blue"}}}');
    assert.equal(labelled.code, 0, labelled.stderr);
    await stack.plane.kubectl.must([
      ...["wait", "providernetwork/mine", "-ntelco", "--timeout=60s"],
      "--for=jsonpath={.status.conditions[?(@.type=='Ready')].reason}=Created",
    ]);
    assert.match((await patch('{"status":{"chosenNode":"n2"}}', "--subresource=status")).stderr, why);
    assert.match((await patch('{"metadata":{"finalizers":[]}}')).stderr, why);
    const nobody = { apiVersion: "v1", kind: "ConfigMap", name: "none", uid: "5d1c0f3e-0000-4000-8000-000000000000" };
    assert.match((await patch(JSON.stringify({ metadata: { ownerReferences: [nobody] } }))).stderr, why);
    assert.match((await asTenant("delete")).stderr, why);
    assert.match((await asTenant("delete", "--cascade=foreground")).stderr, why);
  });

  it("still goes with its namespace, and with its owner", async () => {
    const collector = "--as=system:serviceaccount:kube-system:generic-garbage-collector";
    const collected = ["providernetwork", "mine", "-ntelco", "--dry-run=server", collector];
    await stack.plane.kubectl.must(["delete", ...collected]);
    await stack.plane.kubectl.must(["patch", ...collected, "--type=merge", "-p", '{"metadata":{"finalizers":[]}}']);
    await stack.plane.kubectl.must(["delete", "namespace", "telco", "--timeout=60s"]);
  });

  it("takes the rights that only ProviderNetworks need", async () => {
    await assertRareRights(stack.plane, "test/e2e/networks/provider-networks.test.ts");
  });
});
