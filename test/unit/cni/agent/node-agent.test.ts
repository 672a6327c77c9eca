import assert from "node:assert/strict";
import { test } from "node:test";
import { NodeAgent } from "#cni/agent/node-agent.ts";
import { SandboxTurns } from "#cni/agent/pods/sandbox-turns.ts";
import { PodWatch } from "#cni/agent/pods/pod-watch.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";
import { FakeBridge } from "#test/fakes/cni/fake-bridge.ts";

const { signal } = new AbortController();

function agentWith(bridge = new FakeBridge()) {
  const metrics = createMetrics();
  const agent = new NodeAgent({
    bridge: bridge,
    run: async () => [],
    pods: { get: () => undefined },
    results: {
      find: async () => undefined,
      live: async () => undefined,
      verified: () => assert.fail("there is no pod"),
    },
    watch: new PodWatch({ addHandler: () => () => {} }),
    mtu: { get: async () => 1400 },
    bypassCidrs: { get: async () => [] },
    onForged() {},
    onWaiting() {},
    turns: new SandboxTurns(),
    callLimitMs: 1_000,
    clock: new ManualClock(),
    logger: silentLogger,
    metrics,
  });
  const call = async (variables: Record<string, string>, config: object | string) => {
    const stdin = Buffer.from(typeof config === "string" ? config : JSON.stringify(config));
    const { status, output } = await agent.serve({ environment: new Map(Object.entries(variables)), stdin }, signal);
    return {
      status,
      output,
      answer: (output === "" ? {} : JSON.parse(output)) as { code?: number; cniVersion?: string; msg?: string },
    };
  };
  return { call, metrics };
}

const config = { cniVersion: "1.1.0", name: "ovn4nfv" };
const attachment = {
  CNI_CONTAINERID: "c1",
  CNI_IFNAME: "net1",
  CNI_NETNS: "/run/netns/c1",
  CNI_ARGS: "K8S_POD_NAMESPACE=default;K8S_POD_NAME=web",
};

test("errors are printed with CNI's numbers, in the version of the configuration", async () => {
  const { call } = agentWith();
  const expectations: readonly [Record<string, string>, object | string, number][] = [
    [{ CNI_COMMAND: "ADD" }, config, 4],
    [{ CNI_COMMAND: "ADD", ...attachment }, "{", 6],
    [{ CNI_COMMAND: "ADD", ...attachment }, { ...config, cniVersion: "9.0.0" }, 1],
    [{ CNI_COMMAND: "ADD", ...attachment }, { ...config, name: "" }, 7],
    [{ CNI_COMMAND: "ADD", ...attachment, CNI_ARGS: "" }, config, 4],
    [{ CNI_COMMAND: "ADD", ...attachment }, config, 3],
  ];
  for (const [variables, conf, code] of expectations) {
    const { status, answer } = await call(variables, conf);
    assert.deepEqual([status, answer.code], [1, code], answer.msg);
  }
  const { answer } = await call({ CNI_COMMAND: "ADD", ...attachment }, { ...config, cniVersion: "0.4.0" });
  assert.equal(answer.cniVersion, "0.4.0");
});

test("a message quotes the beginning of a long value only, however it is escaped (the answer was too long for the shim)", async () => {
  const { call } = agentWith();
  const long = '"'.repeat(270_000);
  const { output, answer } = await call({ CNI_COMMAND: "ADD", ...attachment }, { ...config, cniVersion: long });
  assert.equal(answer.code, 1);
  assert.match(answer.msg ?? "", /^cniVersion "[\\"]+… is not one of 0\.3\.1/);
  assert.ok(output.length < 1_000, String(output.length));
});

test("DEL of what was never there, and GC of nothing, print nothing and succeed", async () => {
  const { call } = agentWith();
  assert.deepEqual((await call({ CNI_COMMAND: "DEL", ...attachment, CNI_NETNS: "" }, config)).output, "");
  const { status } = await call({ CNI_COMMAND: "GC" }, { ...config, "cni.dev/valid-attachments": [] });
  assert.equal(status, 0);
});

test("DEL succeeds with a configuration that ADD refuses, unless it is no JSON", async () => {
  const { call } = agentWith();
  const refused = { ...config, cniVersion: "", "nfn-network": 5 };
  assert.equal((await call({ CNI_COMMAND: "ADD", ...attachment }, refused)).status, 1);
  assert.equal((await call({ CNI_COMMAND: "DEL", ...attachment, CNI_NETNS: "" }, refused)).status, 0);
  assert.equal((await call({ CNI_COMMAND: "DEL", ...attachment }, "{")).answer.code, 6);
});

test("STATUS is 0 while the bridge is there; VERSION lists the versions", async () => {
  const bridge = new FakeBridge();
  const { call } = agentWith(bridge);
  assert.equal((await call({ CNI_COMMAND: "STATUS" }, config)).status, 0);
  bridge.isReady = false;
  assert.equal((await call({ CNI_COMMAND: "STATUS" }, config)).status, 1);
  assert.match((await call({ CNI_COMMAND: "VERSION" }, config)).output, /"supportedVersions"/);
});

test("every call is counted by command and result", async () => {
  const { call, metrics } = agentWith();
  await call({ CNI_COMMAND: "STATUS" }, config);
  await call({ CNI_COMMAND: "ADD", ...attachment }, config);
  await call({ CNI_COMMAND: "drop" }, config);
  const text = await metrics.registry.metrics();
  assert.match(text, /duration_seconds_count\{command="STATUS",result="ok"\} 1/);
  assert.match(text, /duration_seconds_count\{command="ADD",result="SandboxUnknown"\} 1/);
  assert.match(text, /duration_seconds_count\{command="unknown",result="CniEnvironmentInvalid"\} 1/);
});
