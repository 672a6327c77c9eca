// Two chassis are all that there is, and each must carry on without the other. test/soak/fail-over.test.ts cuts them apart in
// every way.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { gatewayLeaseLabel, gatewayLeaseName, peersAnnotation } from "#src/api/node/gateway-lease.ts";
import { systemClock } from "#src/core/clock.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
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

  it("goes over to the second one when the first one loses power, and says so", async () => {
    await stack.powerOff("n1");
    await until(() => stack.reaches("n2"));
    assert.deepEqual(await stack.members(), ["n2"]);
    await until(async () => (await stack.redundancy()) === "MemberOut");
    await until(async () => (await stack.networks.plane.kubectl.must(["get", "events"])).includes("GatewayMemberOut"));
  });

  it("goes back when it returns", async () => {
    await stack.powerOn("n1");
    await until(async () => (await stack.members()).length === 2);
    await until(async () => (await stack.redundancy()) === "BothMembers");
    await until(() => stack.reaches("n2"));
    assert.deepEqual(stack.networks.northdWarnings(), []);
  });

  it("is told by the agent of each node, which may renew the Lease of that node and no other one", async () => {
    const config = loadKubeConfig({ path: stack.kubeconfigOf("n1") });
    using client = new ClosingClient({ config, clock: systemClock, metrics: createMetrics(), userAgent: "e2e/1" });
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
    await until(() => stack.reaches("n2"));
    assert.deepEqual(await stack.members(), ["n2"]);
    await stack.powerOn("n1");
    await until(async () => (await stack.members()).length === 2);
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

class ClosingClient extends HttpsApiClient implements Disposable {
  [Symbol.dispose](): void {
    this.close();
  }
}
