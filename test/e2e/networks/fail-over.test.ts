// Two chassis are all that there is, and each must carry on without the other. test/soak/fail-over.test.ts cuts them apart in
// every way.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { gatewayLeaseLabel, gatewayLeaseName, peersAnnotation } from "#src/api/node/gateway-lease.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { systemNamespace as namespace } from "#lab/kubernetes/identities.ts";
import { wiringPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { until } from "#test/assertions/until.ts";
import { FailOverStack } from "#test/stacks/fail-over-stack.ts";
import { uplinkManifest } from "#test/stacks/network-stack.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(wiringPrograms) || whyToolsAreMissing(controlPlaneTools);

describe("a gateway on two chassis alone", { skip: whyNot }, () => {
  let stack: FailOverStack;
  before(async () => {
    stack = await FailOverStack.start();
  });
  after(() => stack[Symbol.asyncDispose]());

  it("is not stopped by a stolen token of another node, whose agent publishes the chassis of the first one", async () => {
    const { kubectl } = stack.networks.plane;
    using client = await stack.stolen("n3");
    const api = new ResourceApi(client, resources.ovnNodes);
    await api.create(undefined, {
      apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
      kind: "OvnNode",
      metadata: { name: "n3" },
    });
    await api.patch({ name: "n3" }, "merge", { status: { systemId: "n1" } }, { subresource: "status" });
    await until(async () => (await kubectl.must(["get", "events"])).includes("ChassisOfAnother"));
    assert.equal(await stack.redundancy(), "BothMembers");
  });

  it("is not taken over by that token either when a controller leads that sees both claims at once", async () => {
    await stack.controller.stop();
    await stack.controller.start();
    const { kubectl } = stack.networks.plane;
    const nodes = { matchLabels: { stolen: "" } };
    const thief = { apiVersion: "v1", kind: "Node", metadata: { name: "n3", labels: { stolen: "" } } };
    await kubectl.apply([
      thief,
      uplinkManifest("thief", { physicalNetwork: "provider", addresses: ["172.16.34.102/24"], nodes }),
    ]);
    const chassis = async () => JSON.stringify(await kubectl.get(["uplink", "thief"]));
    await until(async () => (await chassis()).includes("WaitsForNode"));
    assert.doesNotMatch(await chassis(), /"gatewayChassis":\["/);
    await kubectl.must(["delete", "uplink", "thief"]);
  });

  it("goes over to the second one when the first one loses power, and says so", async () => {
    await stack.powerOff("n1");
    await stack.untilReaches("n2");
    assert.deepEqual(await stack.members(), ["n2"]);
    await until(async () => (await stack.redundancy()) === "MemberOut");
    await until(async () => (await stack.networks.plane.kubectl.must(["get", "events"])).includes("GatewayMemberOut"));
  });

  it("goes back when it returns", async () => {
    await stack.networks.plane.kubectl.must(["delete", "ovnnode/n3", "node/n3"]);
    await stack.powerOn("n1");
    await until(async () => (await stack.members()).length === 2);
    await until(async () => (await stack.redundancy()) === "BothMembers");
    await stack.untilReaches("n2");
    assert.deepEqual(stack.networks.northdWarnings(), []);
  });

  it("is told by the agent of each node, which may renew the Lease of that node and no other one", async () => {
    using client = stack.clientOf("n1");
    const api = new ResourceApi(client, resources.leases);
    const renew = (name: string) => api.patch({ namespace, name }, "merge", { spec: { holderIdentity: "n1" } });
    await renew(gatewayLeaseName("n1"));
    for (const name of [gatewayLeaseName("n2"), "ovn4nfv-controller"]) {
      await assert.rejects(renew(name), {
        message: new RegExp(`may renew the Lease ovn4nfv-gateway-n1 only, not ${name}`),
      });
    }
    const own = { namespace, name: gatewayLeaseName("n1") };
    for (const metadata of [
      { labels: { [gatewayLeaseLabel]: null } },
      { ownerReferences: null },
      { annotations: { [peersAnnotation]: "n9" } },
    ]) {
      await assert.rejects(api.patch(own, "merge", { metadata }), /are the controller's/);
    }
  });

  it("goes over also while its Uplink is being deleted, for as long as a network leaves by it", async () => {
    const { kubectl } = stack.networks.plane;
    await kubectl.must(["delete", "uplink", "edge", "--wait=false"]);
    await until(async () => /InUse/.test(await kubectl.must(["get", "uplink", "edge", "-o", "yaml"])));
    await stack.powerOff("n1");
    await stack.untilReaches("n2");
    assert.deepEqual(await stack.members(), ["n2"]);
    await stack.powerOn("n1");
    await until(async () => (await stack.members()).length === 2);
  });

  it("forwards again when ovs-vswitchd alone starts anew where OVN lets it wait for flows at each start", async () => {
    const { chassis } = stack.host("n1");
    await until(async () => (await stack.lease("n2")).tunnel === "up");
    // Newer ovn-controllers set both, and for older ones the test does.
    const wait = ["other_config:flow-restore-wait=true", "external_ids:ovn-managed-flow-restore-wait=true"];
    await chassis.vsctl("set", "Open_vSwitch", ".", ...wait);
    await chassis.switchd.kill();
    await chassis.switchd.start();
    await until(async () => (await stack.lease("n2")).tunnel === "down");
    await stack.untilReaches("n1");
    await until(async () => (await stack.lease("n2")).tunnel === "up");
    assert.deepEqual(await stack.members(), ["n1", "n2"]);
  });

  it("tells each node of all its peers, and ends the Leases with the pairs", async () => {
    const { kubectl } = stack.networks.plane;
    const peers = async (): Promise<string> => {
      const path = "jsonpath={.metadata.annotations.k8s\\.plugin\\.opnfv\\.org/peers}";
      return kubectl.must(["get", "lease", gatewayLeaseName("n1"), `-n${namespace}`, "-o", path]);
    };
    assert.equal(await peers(), "n2");
    await kubectl.apply([{ apiVersion: "v1", kind: "Node", metadata: { name: "n3", labels: { way: "west" } } }]);
    await kubectl.must(["label", "node", "n1", "way=west"]);
    const nodes = { matchLabels: { way: "west" } };
    await kubectl.apply([
      uplinkManifest("west", { physicalNetwork: "provider", addresses: ["172.16.34.101/24"], nodes }),
    ]);
    await until(async () => (await peers()) === "n2,n3");
    await kubectl.must(["delete", "uplink", "west"]);
    await kubectl.must(["label", "node", "n2", "k8s.plugin.opnfv.org/gateway-"]);
    await kubectl.must(["wait", "--for=delete", `lease/${gatewayLeaseName("n1")}`, `-n${namespace}`, "--timeout=60s"]);
  });

  it("takes the rights that only pairs of gateways need", async () => {
    await assertRareRights(stack.networks.plane, "test/e2e/networks/fail-over.test.ts");
  });
});
