// A pod whose port no chassis has gets no traffic. Here ovn-northd and ovn-controller say so themselves.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import type { ChassisHost } from "#lab/machine/chassis-host.ts";
import { OvnFabric } from "#lab/machine/ovn-fabric.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { KubeletStandIn } from "#test/fakes/kube/kubelet-stand-in.ts";
import { podManifest } from "#test/fixtures/kube/pod-manifest.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess, runCheck } from "#test/stacks/controller-process.ts";
import { eventsSoFar, untilEvent } from "#test/stacks/pod-events.ts";
import { until } from "#test/assertions/until.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(chassisPrograms) || whyToolsAreMissing(controlPlaneTools);
const pod = "cut-off";

describe("a pod whose chassis goes", { skip: whyNot }, () => {
  const owned = new AsyncDisposableStack();
  let stack: AdmissionStack;
  let fabric: OvnFabric;
  let host: ChassisHost;
  let controller: ManagedProcess;
  let port: string;
  before(async () => {
    const folder = owned.use(createTemporaryFolder("fabric"));
    fabric = owned.use(await OvnFabric.start(folder.path));
    const [first] = fabric.hosts;
    assert.ok(first);
    host = first;
    stack = owned.use(await AdmissionStack.start({ nb: [fabric.central.nb] }));
    await stack.addSwitch("blue", "10.1.0.0/24");
    await stack.plane.kubectl.apply([{ apiVersion: "v1", kind: "Node", metadata: { name: "n1" } }]);
    owned.use(new KubeletStandIn({ client: stack.client, node: "n1" }));
    controller = owned.use(controllerProcess(stack));
    await controller.start();
    const asked = { type: "ovn4nfv", networksReady: true, interface: [{ name: "blue" }] };
    const annotations = { [annotationKeys.request.key]: JSON.stringify(asked) };
    const stored = await stack.create(podManifest({ name: pod, annotations, spec: { nodeName: "n1" } }));
    port = resultOf(stored)[0]?.port ?? "";
    const wired = ["--", "set", "Interface", "pod0", "type=internal", `external_ids:iface-id=${port}`];
    const version = `external_ids:iface-id-ver=${port.slice(0, 26)}`;
    await host.chassis.vsctl("add-port", "br-int", "pod0", ...wired, version);
  });
  after(() => owned.disposeAsync());

  const isUp = async (): Promise<string> =>
    (await fabric.central.nbctl("--bare", "--columns=up", "find", "Logical_Switch_Port", `name=${port}`)).trim();
  const told = () => eventsSoFar(stack, { pod, reason: "PortDown" });
  /** Waits for the condition that belongs to the readiness gate of the pod. */
  const untilReady = (status: "True" | "False") => {
    const condition = `${annotationKeys.networksReady.key}=${status}`;
    return stack.plane.kubectl.must(["wait", `pod/${pod}`, `--for=condition=${condition}`, "--timeout=60s"]);
  };
  const found = async (): Promise<string> => (await runCheck(stack)).stdout;

  it("is told nothing about while a chassis has its port", async () => {
    await until(async () => (await isUp()) === "true");
    await untilReady("True");
    await until(async () => (await found()).includes("agree"));
    assert.equal(await told(), "");
  });

  it("keeps its port when ovn-controller is killed, whose flows stay", async () => {
    await host.chassis.controller.kill();
    await fabric.central.settle();
    assert.equal(await isUp(), "true");
    await host.chassis.controller.start();
    // Only an ovn-controller that has read the Southbound database takes its chassis out of it when it leaves.
    await fabric.central.nbctl("--timeout=60", "--wait=hv", "sync");
  });

  it("gets an Event PortDown when ovn-controller leaves, and check names its port", async () => {
    assert.equal(await told(), "", "nobody is told before the port is down");
    await host.chassis.leave();
    await until(async () => (await isUp()) === "false");
    await untilReady("False");
    await until(async () => (await found()).includes("port down"));
    assert.match(await found(), new RegExp(`port down\\s+default\\s+${pod}\\s.*${port}`));
    await untilEvent(stack, { pod, reason: "PortDown", says: port });
  });

  it("is fine again when ovn-controller is back, and nothing was released or made again", async () => {
    await host.chassis.controller.start();
    await until(async () => (await isUp()) === "true");
    await untilReady("True");
    await until(async () => (await found()).includes("agree"));
    const { nb } = await stack.assertInvariants();
    assert.deepEqual(
      nb.ports.filter(({ type }) => type === "").map(({ name }) => name),
      [port],
    );
  });
});
