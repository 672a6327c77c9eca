import assert from "node:assert/strict";
import { test } from "node:test";
import { delSandbox, collectGarbage } from "#cni/agent/del.ts";
import { parseCniConfig } from "#cni/contract/network-config.ts";
import { hostVethName } from "#cni/plumbing/pod-interface.ts";
import type { RunNetlink } from "#cni/plumbing/netlink-workers.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import { FakeBridge, portOf } from "#test/fakes/cni/fake-bridge.ts";

const config = (command: "DEL" | "GC", more: object = {}) =>
  parseCniConfig(Buffer.from(JSON.stringify({ cniVersion: "1.1.0", name: "ovn4nfv", ...more })), command);
const port = (hostName: string, sandbox: string, attachment: string, cniNetwork = "ovn4nfv") =>
  portOf(hostName, {
    [interfaceKeys.sandbox]: sandbox,
    [interfaceKeys.attachment]: attachment,
    [interfaceKeys.cniNetwork]: cniNetwork,
  });
const call = { command: "DEL", containerId: "old", interfaceName: "net1", args: "", netns: undefined } as const;
/** Plays the kernel, and remembers its commands. */
function kernel() {
  const batches: string[] = [];
  const run: RunNetlink = async (lines) => {
    batches.push(lines.join("\n"));
    return [];
  };
  return { batches, run };
}
const nobody = { get: () => undefined };
const names = (bridge: FakeBridge) => bridge.here.map(({ hostName }) => hostName);

test("DEL takes the ports of its sandbox and attachment, without asking anybody, and again without harm", async () => {
  const bridge = new FakeBridge([
    port("ovn-gone-1", "old", "net1"),
    port("ovn-gone-2", "old", "net1"),
    port("ovn-other", "old", "net2"),
    port("ovn-newer", "new", "net1"),
  ]);
  for (let times = 0; times < 2; times++) {
    const { batches, run } = kernel();
    await delSandbox(call, config("DEL"), { bridge: bridge, pods: nobody, run }, {});
    // DEL also removes what an agent may have begun before it was killed.
    const begun = hostVethName("old", "net1");
    assert.deepEqual(batches, [times === 0 ? `unpair ovn-gone-1 ovn-gone-2 ${begun}` : `unpair ${begun}`]);
    assert.deepEqual(names(bridge), ["ovn-other", "ovn-newer"]);
  }
});

test("DEL with a second `=` in CNI_ARGS, a short container id and no pod works (the predecessor refused or panicked)", async () => {
  const args = "K8S_POD_NAMESPACE=default;K8S_POD_NAME=web;TOKEN=a=b";
  const bridge = new FakeBridge([port("ovn-gone", "x", "net1")]);
  await delSandbox(
    { ...call, containerId: "x", args },
    config("DEL"),
    { bridge: bridge, pods: nobody, run: kernel().run },
    {},
  );
  assert.deepEqual(names(bridge), []);
});

test("GC keeps what the runtime lists and what other CNI networks made, and does nothing without a list", async () => {
  const all = [port("ovn-kept", "a", "net1"), port("ovn-stale", "b", "net1"), port("ovn-other", "c", "net1", "other")];
  const bridge = new FakeBridge(all);
  const { batches, run } = kernel();
  await collectGarbage(config("GC"), { bridge: bridge, run }, {});
  assert.equal(bridge.here.length, 3);
  const valid = { "cni.dev/valid-attachments": [{ containerID: "a", ifname: "net1" }] };
  await collectGarbage(config("GC", valid), { bridge: bridge, run }, {});
  assert.deepEqual(batches, ["unpair ovn-stale"]);
  assert.deepEqual(names(bridge), ["ovn-kept", "ovn-other"]);
});
