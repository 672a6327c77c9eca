// An update starts a second agent on a node. It takes the node over when it could serve, and the first one takes it back when it fails.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ManagedProcess } from "#tools/process/process.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { nodePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { WiredNodes } from "#test/stacks/cni/wired-nodes.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(nodePrograms);
const readySocket = "/run/ready.sock";
const waiting = /waiting until it has ended or gives the node up/;

describe("two agents on one node", { skip: whyNot, timeout: 280_000 }, () => {
  const folder = createTemporaryFolder("two-agents");
  let nodes: WiredNodes;
  const others: ManagedProcess[] = [];
  before(async () => {
    nodes = await WiredNodes.start(folder.path, ["--generation=1"]);
  });
  after(async () => {
    await Promise.all(others.map((other) => other.stop()));
    await nodes.stop();
    folder.remove();
  });

  const begin = async (name: string, flags: readonly string[], ready: RegExp): Promise<ManagedProcess> => {
    const other = nodes.node(0).agentProcess(name, [`--ready-socket=${readySocket}`, ...flags], ready);
    others.push(other);
    await other.start();
    return other;
  };
  /** Wires a pod of its own, by whichever agent serves. Between two there may be none. */
  const wire = async (name: string, last: number) => {
    const wanted = [{ interface: "net1", network: "blue", ip_address: [`10.1.0.${last}/24`] }];
    const pod = await nodes.admit(name, 0, wanted);
    const netns = await nodes.node(0).addNetns(name);
    for (;;) {
      const { code, stdout } = await nodes.call(0, { command: "ADD", pod, containerId: `c${name}`, netns });
      if (code === 0) return;
      assert.match(stdout, /cannot be reached|ended before it had answered/);
    }
  };
  const countPorts = async () => (await nodes.node(0).ports()).length;
  /** Asks whoever serves how often it began to. */
  const turns = async () => {
    const text = await nodes.node(0).host.machine.must("busybox", ["wget", "-qO-", "http://127.0.0.1:9440/metrics"]);
    return Number(/^ovn4nfv_agent_turns_total (\d+)$/m.exec(text)?.[1]);
  };
  const probe = () => nodes.node(0).probe(readySocket);

  test("the startup probe fails while there is no agent behind the socket", async () => {
    const { code, stdout } = await probe();
    assert.equal(code, 1);
    assert.match(stdout, /cannot be reached: \/run\/ready\.sock/);
  });

  test("one that could not serve waits, its probe says why, and it ends at once", async () => {
    const third = await begin("absent-bridge", ["--generation=3", "--bridge=br-absent"], waiting);
    const { code, stdout } = await probe();
    assert.equal(code, 1);
    assert.match(stdout, /the bridge br-absent is not seen/);
    await wire("one", 11);
    await third.stop();
    assert.equal(await countPorts(), 1);
  });

  test("a newer one takes the node over from one that goes on running, and is started when it has served for a while", async () => {
    await begin("newer", ["--generation=2"], /"agent serving"/);
    const { code, stdout } = await probe();
    assert.ok(code === 0 || /only for a moment/.test(stdout), stdout);
    await wire("two", 12);
    assert.equal(await countPorts(), 2, "the pod of before is still wired");
    while ((await probe()).code !== 0);
    assert.ok(nodes.node(0).agent.running);
  });

  test("when the newer one is killed, the one before serves again", async () => {
    const before = await turns();
    await others.at(-1)?.kill();
    await wire("three", 13);
    assert.equal(await countPorts(), 3);
    assert.equal(await turns(), before + 1, "its metrics say that it got the node back");
  });

  test("one that does not know its generation waits for the end of the one before, and counts as started", async () => {
    const unknown = await begin("unknown", [], waiting);
    while ((await probe()).code !== 0);
    await nodes.node(0).agent.stop();
    await wire("four", 14);
    assert.equal(await countPorts(), 4);
    assert.ok(unknown.running);
  });
});
