import assert from "node:assert/strict";
import { test } from "node:test";
import { addSandbox, type AddParts } from "#cni/agent/calls/add.ts";
import { hostVethName } from "#cni/plumbing/pod-interface.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import type { RunNetlink } from "#cni/plumbing/netlink-workers.ts";
import { PodWatch } from "#cni/agent/pods/pod-watch.ts";
import { parseCniConfig } from "#cni/contract/network-config.ts";
import { type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import { AppError, refusal } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";
import { FakeBridge, portOf } from "#test/fakes/cni/fake-bridge.ts";
import { allocationId, signedPod } from "#test/fixtures/cni/signed-pod.ts";

const call = {
  command: "ADD",
  containerId: "c1",
  interfaceName: "net1",
  args: "K8S_POD_NAMESPACE=default;K8S_POD_NAME=web",
  netns: "/proc/self/ns/net",
} as const;
const pod = readPod(signedPod());
const options = { signal: new AbortController().signal, deadlineMs: 1e9 };
const config = (more: object = {}) =>
  parseCniConfig(Buffer.from(JSON.stringify({ cniVersion: "1.0.0", name: "ovn4nfv", ...more })), "ADD");

function parts(more: Partial<AddParts> = {}) {
  const told: string[] = [];
  const all: AddParts = {
    bridge: new FakeBridge(),
    run: () => Promise.reject(new AppError("NetnsInvalid", "this is the host's own network namespace")),
    results: {
      find: async () => pod,
      live: async () => pod,
      verified: async () => ({ pod, allocation: allocationId, interfaces: sampleResults }),
    },
    watch: new PodWatch({ addHandler: () => () => {} }),
    mtu: { get: async () => 1400 },
    bypassCidrs: { get: async () => [] },
    clock: new ManualClock(),
    logger: silentLogger,
    onForged: (_, error) => told.push(error.code),
    onWaiting: (_, ports) => told.push(...ports),
    ...more,
  };
  return { told, all };
}
const never = { live: () => assert.fail("nothing is looked up once more") };
const withoutResult = {
  ...never,
  find: async () => readPod(signedPod({ annotations: {} })),
  verified: async () => undefined,
};

test("nfn-network in the conf and a pod without annotation is a clear error (the predecessor met a nil pointer)", async () => {
  const { all } = parts({ results: withoutResult });
  await assert.rejects(addSandbox(call, config({ "nfn-network": "blue" }), all, options), {
    code: "ResultMissing",
    message: /default\/web has no interfaces of ours/,
  });
});

test("behind another plugin a pod without a result of ours is let through with what that plugin made", async () => {
  const { all } = parts({ results: withoutResult });
  const previous = { ips: [{ address: "10.244.0.5/24" }] };
  assert.deepEqual((await addSandbox(call, config({ prevResult: previous }), all, options)).ips, previous.ips);
});

test("behind another plugin a pod that is gone, or that is not ours, is let through (a static pod was refused)", async () => {
  const previous = { ips: [{ address: "10.244.0.5/24" }] };
  const verified = () => assert.fail("there is nothing to verify");
  const chained = (found: PodMetadata | undefined, uid = "u1") => {
    const args = `${call.args};K8S_POD_UID=${uid}`;
    const { all } = parts({ results: { ...never, find: async () => found, verified } });
    return addSandbox({ ...call, args }, config({ prevResult: previous }), all, options);
  };
  assert.deepEqual((await chained(undefined)).ips, previous.ips);
  const plain = readPod(signedPod({ annotations: {} }));
  assert.deepEqual((await chained(plain, "f0e1")).ips, previous.ips);
  await assert.rejects(chained(pod, "u0"), { code: "SandboxUnknown", message: /replaced/ });
  const alone = parts({ results: { ...never, find: async () => undefined, verified } }).all;
  await assert.rejects(addSandbox(call, config(), alone, options), { code: "SandboxUnknown", message: /is gone/ });
});

test("a forged result is reported to people, and nothing is wired", async () => {
  const forged = refusal("ForgedResult", { field: "f", value: "v", reason: "is forged", remedy: "r" });
  const bridge = new FakeBridge();
  bridge.add = () => assert.fail("nothing is wired");
  const results = { ...never, find: async () => pod, verified: () => Promise.reject(forged) };
  const { all, told } = parts({ results, bridge: bridge });
  await assert.rejects(addSandbox(call, config(), all, options), forged);
  assert.deepEqual(told, ["ForgedResult"]);
});

/** Plays the kernel, and remembers the verbs of each batch. */
function kernel() {
  const batches: string[] = [];
  const run: RunNetlink = async (lines) => {
    batches.push([...new Set(lines.map((line) => line.split(" ")[0]))].join(" "));
    return [];
  };
  return { batches, run };
}

test("netlink commands that the kernel refuses are not rolled back, since nothing of them is left, and the bridge is never asked", async () => {
  const bridge = new FakeBridge();
  bridge.add = () => assert.fail("nothing is wired");
  let batches = 0;
  const run: RunNetlink = () => {
    batches += 1;
    return Promise.reject(new AppError("CommandFailed", "File exists"));
  };
  await assert.rejects(addSandbox(call, config(), parts({ bridge: bridge, run }).all, options), {
    code: "CommandFailed",
  });
  assert.equal(batches, 1);
});

test("the kernel has everything before the transaction to Open vSwitch, and pairs are removed when that fails", async () => {
  const bridge = new FakeBridge();
  const { batches, run } = kernel();
  bridge.add = () => {
    batches.push("bridge");
    return Promise.reject(new AppError("NodeNotReady", "no bridge"));
  };
  await assert.rejects(addSandbox(call, config(), parts({ bridge: bridge, run }).all, options), {
    code: "NodeNotReady",
  });
  // It reads the pod's old routes, because a default route moves.
  assert.deepEqual(batches, ["netns show", "netns pair alias no-ra up address ipv6 route-add", "bridge", "unpair"]);
});

test("an abort while the kernel works has the pairs removed", async () => {
  const controller = new AbortController();
  const { batches, run } = kernel();
  const aborting: RunNetlink = (lines, within) => {
    if (lines.some((line) => line.startsWith("pair"))) controller.abort();
    return run(lines, within);
  };
  const aborted = addSandbox(call, config(), parts({ run: aborting }).all, { ...options, signal: controller.signal });
  await assert.rejects(aborted, { code: "Aborted" });
  assert.equal(batches.at(-1), "unpair");
});

test("the bypass CIDRs of the cluster are asked for only when a default route moves", async () => {
  let asked = 0;
  const bypassCidrs = { get: async () => [...Array(++asked).keys()].map(String) };
  const plain = sampleResults.map((one) => ({ ...one, defaultGateway: "false" as const }));
  const results = {
    ...never,
    find: async () => pod,
    verified: async () => ({ pod, allocation: allocationId, interfaces: plain }),
  };
  await assert.rejects(addSandbox(call, config(), parts({ results, bypassCidrs }).all, options), {
    code: "NetnsInvalid",
  });
  assert.equal(asked, 0);
  await assert.rejects(addSandbox(call, config(), parts({ bypassCidrs }).all, options), {
    code: "NetnsInvalid",
  });
  assert.equal(asked, 1);
});

test("a pod that waits for ovn-controller is told after ten seconds, with its ports (it was told after 75)", async () => {
  const [hostName = "", other = ""] = sampleResults.map((one) => hostVethName("c1", one.interface));
  const installed = Promise.withResolvers<undefined>();
  const begun = Promise.withResolvers<undefined>();
  const bridge = new FakeBridge([
    portOf(hostName, { [interfaceKeys.port]: "port-1", [interfaceKeys.installed]: "false" }),
    portOf(other, { [interfaceKeys.port]: "port-2" }),
    portOf("ovn-of-another", { [interfaceKeys.port]: "port-9", [interfaceKeys.installed]: "false" }),
  ]);
  bridge.whenInstalled = () => {
    begun.resolve(undefined);
    return installed.promise;
  };
  const clock = new ManualClock();
  const { all, told } = parts({ bridge, clock, run: kernel().run });
  const adding = addSandbox(call, config(), all, options);
  await begun.promise;
  await clock.advance(9_999);
  assert.deepEqual(told, []);
  await clock.advance(1);
  assert.deepEqual(told, ["port-1"]);
  installed.resolve(undefined);
  await adding;
  const quick = parts({ clock, run: kernel().run });
  await addSandbox(call, config(), quick.all, options);
  await clock.advance(10_000);
  assert.deepEqual(quick.told, [], "it is wired already");
});
