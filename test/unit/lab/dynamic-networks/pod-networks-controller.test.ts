import assert from "node:assert/strict";
import { test } from "node:test";
import type { DelegateCall } from "#lab/dynamic-networks/delegate-call.ts";
import { networksKey } from "#lab/dynamic-networks/network-selection.ts";
import { readStatuses, statusKey } from "#lab/dynamic-networks/network-status.ts";
import {
  type ControllerParts,
  type NetworkedPod,
  PodNetworksController,
} from "#lab/dynamic-networks/pod-networks-controller.ts";

const plain: NetworkedPod = { namespace: "home", name: "web", uid: "u1", annotations: {}, hostNetwork: false };
const selecting = (networks: string, status = "[]"): NetworkedPod => ({
  ...plain,
  annotations: { [networksKey]: networks, [statusKey]: status },
});
const attached = (...names: readonly string[]): string =>
  JSON.stringify(names.map((name) => ({ name: "home/blue", interface: name, dns: {} })));

/** A node with one pod, whose status the informer shows as soon as it is written. */
function node(fails: (call: string) => boolean = () => false, more: Partial<ControllerParts> = {}) {
  const seen: string[] = [];
  let pod = plain;
  const controller = new PodNetworksController({
    podOf: () => pod,
    definitionOf: (_, name) => (name === "blue" ? '{"type": "ovn4nfv-cni"}' : undefined),
    sandboxOf: async () => ({ id: "c1", netns: "/run/netns/x" }),
    call: async ({ command, selection }: DelegateCall) => {
      const what = `${command} ${selection.interface}`;
      seen.push(what);
      if (fails(what)) throw new Error("refused");
      return { interfaces: [{ name: selection.interface, sandbox: "/run/netns/x" }] };
    },
    writeStatus: async (_, status) => {
      pod = { ...pod, annotations: { ...pod.annotations, [statusKey]: status } };
    },
    tell: (_, type, reason) => void seen.push(`${type} ${reason}`),
    log: () => {},
    sleep: async () => {},
    ...more,
  });
  const change = async (next: NetworkedPod): Promise<void> => {
    const old = pod;
    pod = next;
    controller.changed(old, next);
    await controller.idle();
  };
  const interfaces = () => readStatuses(pod.annotations).map(({ interface: name }) => name);
  return { seen, change, interfaces, controller };
}

test("a new selection is added, told, and then in the status; one that goes is deleted, told, and then gone from it", async () => {
  const { seen, change, interfaces } = node();
  await change(selecting("blue@net1, blue@net2"));
  assert.deepEqual(seen.splice(0), ["ADD net1", "Normal AddedInterface", "ADD net2", "Normal AddedInterface"]);
  assert.deepEqual(interfaces().sort(), ["net1", "net2"]);
  await change(selecting("blue@net2", attached("net1", "net2")));
  assert.deepEqual(seen, ["DEL net1", "Normal RemovedInterface"]);
  assert.deepEqual(interfaces(), ["net2"]);
});

test("a change of anything else is left alone, and so is a pod of the host's network, which is told so", async () => {
  const { seen, change } = node();
  await change({ ...plain, annotations: { other: "changed" } });
  await change({ ...selecting("blue@net1"), hostNetwork: true });
  assert.deepEqual(seen, ["Warning InterfaceAddRejected"]);
});

test("after a failure what was added is taken away again, the failed one too, and the change is tried four times", async () => {
  const { seen, change } = node((call) => call === "ADD net2");
  await change(selecting("blue@net1, blue@net2"));
  const calls = seen.filter((one) => /^(ADD|DEL)/.test(one));
  assert.deepEqual(calls.slice(0, 4), ["ADD net1", "ADD net2", "DEL net1", "DEL net2"]);
  // The status has kept net1 although that was taken away again, so that no later try adds it.
  assert.deepEqual(calls.slice(4), Array.from({ length: 3 }, () => ["ADD net2", "DEL net2"]).flat());
});

test("an unknown definition is told as an interface that could neither be added nor taken back, and no call is made", async () => {
  const { seen, change } = node();
  await change(selecting("red@net1"));
  assert.deepEqual(new Set(seen), new Set(["Warning FailedAddingInterface", "Warning FailedRemovingInterface"]));
});

test("a status that cannot be written takes back what was added, and is not tried again", async () => {
  const { seen, change } = node(undefined, { writeStatus: () => Promise.reject(new Error("conflict")) });
  await change(selecting("blue@net1"));
  assert.deepEqual(seen, ["ADD net1", "Normal AddedInterface", "DEL net1", "Normal RemovedInterface"]);
});

test("at its start it looks at every pod, since it may have missed a change", async () => {
  const { seen, controller } = node(undefined, { podOf: () => selecting("blue@net1", attached("net1", "net2")) });
  controller.begin(plain);
  controller.begin({ ...plain, hostNetwork: true });
  await controller.idle();
  assert.deepEqual(seen, ["DEL net2", "Normal RemovedInterface"]);
});
