import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { nodePrograms, whyProgramsAreMissing } from "#test/lab/packages.ts";
import { createTemporaryFolder } from "#test/lab/temporary-folder.ts";
import { WiredNodes } from "./wired-nodes.ts";

const whyNot = process.getuid?.() === 0 ? whyProgramsAreMissing(nodePrograms) : "network namespaces need root";

describe("wiring pods on two chassis", { skip: whyNot }, () => {
  const folder = createTemporaryFolder("agent");
  let nodes: WiredNodes;
  before(async () => {
    nodes = await WiredNodes.start(folder.path);
  });
  after(async () => {
    await nodes.stop();
    folder.remove();
  });

  test("two pods with two interfaces each reach each other through the tunnel, and nothing is left after DEL", async () => {
    const one = await nodes.admit("one", 0, [
      { interface: "net1", network: "blue", ip_address: ["10.1.0.7/24"] },
      { interface: "net2", network: "green", ip_address: ["10.2.0.7/24", "fd00:2::7/64"] },
    ]);
    const two = await nodes.admit("two", 1, [
      { interface: "net1", network: "blue", ip_address: ["10.1.0.8/24"] },
      { interface: "net2", network: "green", ip_address: ["10.2.0.8/24", "fd00:2::8/64"] },
    ]);
    for (const [index, pod] of [one, two].entries()) {
      const netns = await nodes.node(index).addNetns(pod.name);
      const { code, stdout } = await nodes.call(index, { command: "ADD", pod, containerId: `c${pod.name}`, netns });
      assert.equal(code, 0, stdout);
      const result = JSON.parse(stdout) as { interfaces: { name: string; mtu: number }[] };
      assert.equal(result.interfaces.length, 4);
      assert.equal(result.interfaces[1]?.mtu, 1442, "the underlay's 1500 less geneve over IPv4");
    }
    for (const address of ["10.1.0.8", "10.2.0.8", "fd00:2::8"]) await nodes.node(0).reach("one", address);
    for (const [index, pod] of [one, two].entries()) {
      const { code, stdout } = await nodes.call(index, { command: "DEL", pod, containerId: `c${pod.name}` });
      assert.equal(code, 0, stdout);
      assert.deepEqual(await nodes.node(index).ports(), []);
      assert.deepEqual(await nodes.node(index).pairs(), []);
      await nodes.node(index).removeNetns(pod.name);
    }
  });
});
