// An update starts a second agent on a node, which must not act before the first has ended.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ManagedProcess } from "#tools/process/process.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { nodePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { WiredNodes } from "#test/stacks/cni/wired-nodes.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(nodePrograms);
const readySocket = "/run/ready.sock";

describe("two agents on one node", { skip: whyNot, timeout: 280_000 }, () => {
  const folder = createTemporaryFolder("two-agents");
  let nodes: WiredNodes;
  let second: ManagedProcess;
  before(async () => {
    nodes = await WiredNodes.start(folder.path);
    second = nodes.node(0).agentProcess("second-agent", ["--ready-socket", readySocket], /waiting until it has ended/);
  });
  after(async () => {
    await second.stop();
    await nodes.stop();
    folder.remove();
  });

  const admit = async (name: string, last: number) => {
    const wanted = [{ interface: "net1", network: "blue", ip_address: [`10.1.0.${last}/24`] }];
    return { pod: await nodes.admit(name, 0, wanted), netns: await nodes.node(0).addNetns(name) };
  };
  const add = ({ pod, netns }: Awaited<ReturnType<typeof admit>>) =>
    nodes.call(0, { command: "ADD", pod, containerId: `c${pod.name}`, netns });
  const untilReady = async () => {
    while ((await nodes.node(0).probe(readySocket)).code !== 0);
  };

  test("the startup probe fails while there is no agent behind the socket", async () => {
    const { code, stdout } = await nodes.node(0).probe(readySocket);
    assert.equal(code, 1);
    assert.match(stdout, /cannot be reached: \/run\/ready\.sock/);
  });

  test("the second one is ready beside the first, which goes on serving", async () => {
    await second.start();
    await untilReady();
    const { code, stdout } = await add(await admit("one", 11));
    assert.equal(code, 0, stdout);
    assert.equal((await nodes.node(0).ports()).length, 1);
  });

  test("the second one serves when the first has ended, and the pod is still wired", async () => {
    await nodes.node(0).agent.stop();
    const two = await admit("two", 12);
    let answer = await add(two);
    while (answer.code !== 0) {
      assert.match(answer.stdout, /cannot be reached/);
      answer = await add(two);
    }
    assert.equal((await nodes.node(0).ports()).length, 2);
    assert.equal((await nodes.node(0).probe(readySocket)).code, 0);
  });

  test("an agent that waits ends at once when it is told to, and takes nothing with it", async () => {
    const third = nodes
      .node(0)
      .agentProcess("third-agent", ["--ready-socket", "/run/third.sock"], /waiting until it has ended/);
    await third.start();
    await third.stop();
    assert.equal((await nodes.node(0).ports()).length, 2);
    assert.equal((await nodes.node(0).probe(readySocket)).code, 0);
  });
});
