import assert from "node:assert/strict";
import { test } from "node:test";
import { delSandbox, collectGarbage } from "#cni/agent/calls/del.ts";
import { parseCniConfig } from "#cni/contract/network-config.ts";
import { hostVethName } from "#cni/plumbing/pod-interface.ts";
import type { RunNetlink } from "#cni/plumbing/netlink-workers.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { printResult } from "#src/api/result.ts";
import { FakeBridge, portOf } from "#test/fakes/cni/fake-bridge.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";
import { signedPod } from "#test/fixtures/cni/signed-pod.ts";

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
const named = (...names: readonly string[]) =>
  names.flatMap((name) => sampleResults.slice(0, 1).map((one) => ({ ...one, interface: name })));
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

test("DEL of one interface leaves another one that has lost its port, and takes what its own ADD had begun", async () => {
  const [lost, begun, older] = ["lost", "begun", "older"].map((name) => hostVethName("old", name)) as [
    string,
    string,
    string,
  ];
  const pod = signedPod({ annotations: { [annotationKeys.result.key]: printResult(named("lost", "begun", "older")) } });
  const alias = (name: string, attachment: string) => `ovn4nfv/A/old/${name}/${attachment}/ovn4nfv`;
  const commands: string[] = [];
  const run: RunNetlink = async (lines) => {
    commands.push(...lines);
    const link = (name: string, text: string) => `link ${name} - 1400 up 7 ${text} carrier - -`;
    if (lines.at(-1) !== "show links") return [];
    return [link(lost, alias("lost", "net1")), link(begun, alias("begun", "plugged")), link(older, "-")];
  };
  const args = "K8S_POD_NAMESPACE=default;K8S_POD_NAME=web";
  const parts = { bridge: new FakeBridge(), pods: { get: () => readPod(pod) }, run };
  const links = async () => new Set([lost, begun, older]);
  await delSandbox({ ...call, interfaceName: "plugged", args }, config("DEL"), { ...parts, links }, {});
  assert.deepEqual(commands, ["show links", `unpair ${hostVethName("old", "plugged")} ${begun} ${older}`]);
  commands.length = 0;
  await delSandbox({ ...call, args }, config("DEL"), { ...parts, links: async () => new Set() }, {});
  assert.deepEqual(commands, [`unpair ${hostVethName("old", "net1")}`], "without such links nothing is read");
});

test("DEL of a pod whose ports are all there reads nothing of the kernel", async () => {
  const [one, two] = ["net1", "net2"].map((name) => hostVethName("old", name)) as [string, string];
  const pod = signedPod({ annotations: { [annotationKeys.result.key]: printResult(named("net1", "net2")) } });
  const { batches, run } = kernel();
  const parts = { bridge: new FakeBridge([one, two].map((host) => port(host, "old", "net1"))), run };
  const args = "K8S_POD_NAMESPACE=default;K8S_POD_NAME=web";
  const links = async () => new Set([one, two]);
  await delSandbox({ ...call, args }, config("DEL"), { ...parts, pods: { get: () => readPod(pod) }, links }, {});
  assert.deepEqual(batches, [`unpair ${one} ${two}`]);
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
