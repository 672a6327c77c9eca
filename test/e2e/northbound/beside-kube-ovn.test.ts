// One Northbound database for Kube-OVN and for us: theirs touches nothing of ours, and ours nothing of theirs. A stand-in makes the
// writes of Kube-OVN's controller and its collection of garbage.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { systemClock } from "#src/core/clock.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { printFlags } from "#lab/kubernetes/control-plane-flags.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { until } from "#test/assertions/until.ts";
import { StandInKubeOvn } from "#test/fakes/ovn/stand-in-kube-ovn.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess } from "#test/stacks/controller-process.ts";
import { networkManifest } from "#test/stacks/network-stack.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { runCommand } from "#tools/process/command.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { productFile } from "#tools/build/product-file.ts";

/** The values that docs/install.md asks for. */
const asked = { externalVpc: true, loadBalancers: false };
const tables = [
  ...["Logical_Switch", "Logical_Switch_Port", "Logical_Router", "Logical_Router_Port", "Logical_Router_Policy"],
  ...["Logical_Router_Static_Route", "NAT", "Load_Balancer", "Port_Group", "Address_Set", "ACL", "DHCP_Options"],
];
const ours = /k8s\.plugin\.opnfv\.org\/owner/;

describe("beside Kube-OVN", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const owned = new AsyncDisposableStack();
  let stack: AdmissionStack;
  let theirs: StandInKubeOvn;
  before(async () => {
    stack = owned.use(await AdmissionStack.start({ flags: { "restore-quiet-time": "2s" } }));
    const { plane } = stack;
    theirs = new StandInKubeOvn(nb());
    await theirs.write();
    await plane.administrator.apply(readManifests("deploy/crds/networks.yaml"));
    await plane.administrator.established("networks.k8s.plugin.opnfv.org");
    const controller = owned.use(controllerProcess(stack));
    await controller.start();
    await plane.kubectl.apply([
      networkManifest("blue", {
        ipv4Subnets: [{ subnet: "10.2.0.0/24" }],
        serviceAddresses: ["10.2.0.200..10.2.0.209"],
      }),
    ]);
    await kubectl("wait", "network/blue", "--for=condition=Ready", "--timeout=90s");
    await stack.create(podManifest({ name: "web", annotations: request({ name: "blue" }), labels: { app: "web" } }));
    await plane.kubectl.apply([service]);
    await until(async () => (await nbctl(nb(), "--bare", "--columns=name", "list", "Load_Balancer")).includes("web"));
    await untilSettled();
  });
  after(() => owned.disposeAsync());

  const nb = () => stack.nb.join(",");
  const kubectl = (...args: readonly string[]) => stack.plane.kubectl.must(args);
  /** All rows of ours, or all others, as text. */
  const rows = async (isOurs: boolean): Promise<readonly string[]> => {
    const listed = await Promise.all(
      tables.map(async (table) => {
        const text = await nbctl(nb(), "--format=json", "list", table);
        const { data } = JSON.parse(text) as { readonly data: readonly unknown[] };
        return data.map((row) => `${table} ${JSON.stringify(row)}`);
      }),
    );
    return listed
      .flat()
      .filter((row) => ours.test(row) === isOurs)
      .sort();
  };

  /** Waits until the controller has bound the port and written the load balancer: until nothing of ours changes for a while. */
  const untilSettled = async (): Promise<void> => {
    let before: readonly string[] = [];
    await until(async () => {
      const [last, now] = [before, await rows(true)];
      before = now;
      const isSettled = isDeepStrictEqual(now, last) && now.every((row) => !/pod-uid",""/.test(row));
      if (!isSettled) await systemClock.sleep(1_500);
      return isSettled;
    });
  };

  it("leaves everything of ours alone with the settings that we ask for, and removes its own", async () => {
    const before = await rows(true);
    assert.ok(before.some((row) => row.startsWith("Load_Balancer ")));
    await theirs.addPort("gone.default", "0a:00:00:00:01:03 10.16.0.3");
    assert.deepEqual(await theirs.collect(asked), []);
    assert.deepEqual(
      (await theirs.collect(asked)).map(({ name }) => name),
      ["gone.default"],
    );
    assert.deepEqual(await rows(true), before);
  });

  it("would remove ours with the settings of its charts, and our load balancers with only one of both", async () => {
    const condemned = async (settings: object) =>
      [...new Set((await theirs.garbage(settings)).map(({ table }) => table))].sort();
    await theirs.garbage({});
    assert.deepEqual(await condemned({}), ["Load_Balancer", "Logical_Router", "Logical_Switch", "Logical_Switch_Port"]);
    assert.deepEqual(await condemned({ externalVpc: true }), ["Load_Balancer"]);
    assert.deepEqual(await condemned({ intervalSeconds: 0 }), []);
  });

  it("may write back an old map of NB_Global, and pods are created all the same", async () => {
    const old = (await nbctl(nb(), "get", "NB_Global", ".", "external_ids")).trim();
    await stack.create(podManifest({ name: "second", annotations: request({ name: "blue" }) }));
    await theirs.writeGlobal(old.replaceAll(/=[^,}]*/g, '="1"'));
    await until(async () =>
      stack.create(podManifest({ name: "third", annotations: request({ name: "blue" }) })).then(
        () => true,
        () => false,
      ),
    );
  });

  it("keeps everything when our pods, networks and the installation go", async () => {
    const before = await rows(false);
    await kubectl("delete", "service", "web");
    await kubectl("delete", "pods", "--all", "--grace-period=0", "--force");
    await until(
      async () =>
        !(await rows(true)).some((row) => row.startsWith("Logical_Switch_Port") && row.includes("allocation")),
    );
    await kubectl("delete", "network", "--all", "--timeout=60s");
    const flags = printFlags({ nb: nb(), kubeconfig: stack.plane.adminKubeconfig });
    const { stdout, stderr } = await runCommand(process.execPath, [productFile, "uninstall", ...flags]);
    assert.doesNotMatch(stdout + stderr, /ovn-cluster|ovn-default|cluster-tcp/);
    assert.deepEqual(await rows(false), before);
  });
});

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: {
    name: "web",
    namespace: "default",
    labels: { "service.kubernetes.io/service-proxy-name": "ovn4nfv" },
    annotations: { "k8s.v1.cni.cncf.io/service-network": "blue" },
  },
  spec: { clusterIP: "None", selector: { app: "web" }, ports: [{ name: "w", port: 80, targetPort: 8080 }] },
};
