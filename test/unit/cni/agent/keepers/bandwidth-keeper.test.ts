import assert from "node:assert/strict";
import { test } from "node:test";
import { BandwidthKeeper, leadThroughIfbs } from "#cni/agent/keepers/bandwidth-keeper.ts";
import type { FoundOvsPort } from "#cni/plumbing/ovs-ports.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import { AppError } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

const host = "ovn0123456789ab";
const ifb = "ifb0123456789ab";
const { signal } = new AbortController();

/** A node with one port. `led` is what its kernel leads; commands are kept. */
function node({ inUserSpace = false, links = [host, ifb], owner = "ovn4nfv" } = {}) {
  const sent: string[] = [];
  const kernel = { isLed: false, isBroken: false };
  const run = (commands: readonly string[]): Promise<readonly string[]> => {
    if (kernel.isBroken) return Promise.reject(new AppError("CommandFailed", "broken"));
    if (commands[0] === "show links") {
      const shown = links.map((name) => `link ${name} - 1400 up 1 -`);
      return Promise.resolve(kernel.isLed ? [...shown, `led ${host} received`] : shown);
    }
    sent.push(...commands);
    kernel.isLed = true;
    return Promise.resolve([]);
  };
  const port: FoundOvsPort = { uuid: "u", hostName: host, ids: new Map([[interfaceKeys.owner, owner]]) };
  const changed = { count: 0, tell: (): void => undefined };
  const bridge = {
    inUserSpace,
    isReady: true,
    get changes() {
      return changed.count;
    },
    ports: () => [port],
    whenChanged: () =>
      new Promise<void>((resolve) => {
        changed.tell = resolve;
      }),
  };
  const clock = new ManualClock();
  const parts = { bridge, run, clock, logger: silentLogger, links: () => Promise.resolve(new Set(links)) };
  return { parts, sent, kernel, changed, clock, keeper: new BandwidthKeeper(parts) };
}

test("what Open vSwitch has taken away is put back, once", async () => {
  const { keeper, sent } = node();
  await keeper.pass(signal);
  await keeper.pass(signal);
  assert.deepEqual(sent, [`lead-received ${host} ${ifb}`]);
});

test("a port without an ifb, a port of somebody else and a switch in user space are left alone", async () => {
  for (const one of [node({ links: [host] }), node({ owner: "other" }), node({ inUserSpace: true })]) {
    await one.keeper.pass(signal);
    assert.deepEqual(one.sent, []);
  }
});

test("an ADD leads only interfaces whose sending is limited", async () => {
  const limited = { hostName: host, bandwidth: { egress: { rate: 1e6 } } };
  const { parts, sent } = node();
  await leadThroughIfbs([{ hostName: host, bandwidth: { ingress: { rate: 1e6 } } }], parts, signal);
  assert.deepEqual(sent, []);
  await leadThroughIfbs([limited], parts, signal);
  assert.equal(sent.length, 1);
});

test("after a failure a later change brings the limits back", async () => {
  const { keeper, sent, kernel, changed, clock } = node();
  const ending = new AbortController();
  kernel.isBroken = true;
  const running = keeper.run(ending.signal);
  await clock.advance(0);
  assert.deepEqual(sent, []);
  kernel.isBroken = false;
  changed.tell();
  await clock.advance(0);
  await clock.advance(100);
  assert.equal(sent.length, 1);
  ending.abort();
  changed.tell();
  await clock.advance(100);
  await running;
});
