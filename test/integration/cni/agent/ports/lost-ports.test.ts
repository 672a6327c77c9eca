import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { databaseFolder } from "#lab/machine/open-vswitch.ts";
import { nodePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { type TestPod, WiredNodes } from "#test/stacks/cni/wired-nodes.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(nodePrograms);

describe("ports that somebody takes off the bridge", { skip: whyNot, timeout: 280_000 }, () => {
  const folder = createTemporaryFolder("lost-ports");
  let nodes: WiredNodes;
  let one: TestPod;
  const vsctl = (...args: readonly string[]) => nodes.node(0).host.chassis.vsctl(...args);
  const interfaces = (name: string, last: number) =>
    nodes.admit(name, last - 7, [
      { interface: "net1", network: "blue", ip_address: [`10.1.0.${last}/24`] },
      { interface: "net2", network: "green", ip_address: [`10.2.0.${last}/24`] },
    ]);
  before(async () => {
    nodes = await WiredNodes.start(folder.path);
    one = await interfaces("one", 7);
    const two = await interfaces("two", 8);
    for (const [index, pod] of [one, two].entries()) {
      const netns = await nodes.node(index).addNetns(pod.name);
      const { code, stdout } = await nodes.call(index, { command: "ADD", pod, containerId: `c${pod.name}`, netns });
      assert.equal(code, 0, stdout);
    }
    await reach();
  });
  after(async () => {
    await nodes.stop();
    folder.remove();
  });

  const reach = async () => {
    for (const address of ["10.1.0.8", "10.2.0.8"]) await nodes.node(0).reach("one", address);
  };
  /** Looks again and again at what no event tells the test; the test's own time limit ends it. */
  const untilPorts = async (count: number) => {
    while ((await nodes.node(0).ports()).length !== count);
  };
  /** Deletes the bridge, which ovn-controller makes again. */
  const loseBridge = () => vsctl("del-br", "br-int");
  const remade = () => vsctl("--may-exist", "add-br", "br-int", "--", "set", "Bridge", "br-int", "fail-mode=secure");

  test("a port that was deleted by hand comes back, and only that", async () => {
    const [first = "", second] = await nodes.node(0).ports();
    await vsctl("del-port", "br-int", first);
    await untilPorts(2);
    assert.deepEqual([...(await nodes.node(0).ports())].sort(), [first, second].sort());
    await reach();
  });

  test("when br-int is deleted and made again, its pods reach each other again (they were cut off for ever)", async () => {
    await loseBridge();
    await remade();
    await untilPorts(2);
    await reach();
    assert.deepEqual((await vsctl("--bare", "--columns=external_ids", "find", "Interface")).match(/sandbox=\w+/g), [
      "sandbox=cone",
      "sandbox=cone",
    ]);
  });

  test("an agent that did not see the bridge go knows the sandboxes by the aliases of their links", async () => {
    await nodes.node(0).agent.stop();
    await loseBridge();
    await remade();
    await nodes.node(0).agent.start();
    await untilPorts(2);
    await reach();
  });

  test("when Open vSwitch begins with an empty database, its pods reach each other again", async () => {
    const { host } = nodes.node(0);
    await host.chassis.kill();
    await host.machine.must("rm", [`${databaseFolder}/conf.db`]);
    await host.startChassis();
    await untilPorts(2);
    await reach();
  });

  test("after DEL nothing comes back", async () => {
    const { code, stdout } = await nodes.call(0, { command: "DEL", pod: one, containerId: "cone" });
    assert.equal(code, 0, stdout);
    await loseBridge();
    await remade();
    assert.deepEqual([await nodes.node(0).ports(), await nodes.node(0).pairs()], [[], []]);
  });
});
