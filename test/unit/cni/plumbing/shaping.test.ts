import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyNetworkState, type LinkShaping } from "#cni/plumbing/network-state.ts";
import {
  bucketOf,
  changeCommands,
  isShaped,
  leadCommands,
  shapingCommands,
  shapingDifferences,
} from "#cni/plumbing/shaping.ts";
import { linkNamed } from "#test/fixtures/cni/wire-views.ts";

const host = "ovn0123456789ab";
const ifb = "ifb0123456789ab";
const bandwidth = { ingress: { rate: 10_000_000 }, egress: { rate: 200_000_000 } };
const pod = { name: "net1", hostName: host, mtu: 1400, bandwidth };
const state = (links: Record<string, LinkShaping>) => ({ shaping: new Map(Object.entries(links)) });
const named = (...names: readonly string[]) => names.map((name) => linkNamed(name, { mtu: 1400 }));

test("a bucket is counted in bytes, and what 20 ms carry passes at once", () => {
  assert.deepEqual(bucketOf({ rate: 200_000_000 }, 1400), { rate: 25_000_000, burst: 500_000, queue: 1_250_000 });
});

test("a slow bucket has room for a packet that is not cut into segments yet", () => {
  assert.deepEqual(bucketOf({ rate: 1_000 }, 1400), { rate: 125, burst: 65_536, queue: 98_304 });
});

test("a burst that was asked for is never less than one packet of the link, and what the kernel cannot count is cut", () => {
  assert.equal(bucketOf({ rate: 1e7, burst: 8 }, 9000).burst, 9018);
  assert.equal(bucketOf({ rate: 1e7, burst: 1_600_000 }, 1400).burst, 200_000);
  assert.deepEqual(bucketOf({ rate: 1e15 }, 1400), { rate: 1.25e14, burst: 2 ** 31, queue: 2 ** 31 });
});

test("with the kernel datapath the host's end limits what goes in, and the ifb what comes out", () => {
  assert.deepEqual(shapingCommands([pod], false), [
    `ifb ${ifb}`,
    `shape-host ${ifb} 25000000 500000 1250000`,
    `shape-host ${host} 1250000 65536 98304`,
  ]);
});

test("with a switch in user space the ifb limits what goes in, and the pod's end what comes out", () => {
  assert.deepEqual(shapingCommands([pod], true), [
    `ifb ${ifb}`,
    `shape-host ${ifb} 1250000 65536 98304`,
    `lead-sent ${host} ${ifb}`,
    "shape-pod net1 25000000 500000 1250000",
  ]);
});

test("a change touches only buckets that are there", () => {
  const host1 = state({ [host]: { rate: 1 }, [ifb]: { rate: 1 } });
  assert.deepEqual(changeCommands([pod], false, host1, undefined), [
    `shape-host ${host} 1250000 65536 98304`,
    `shape-host ${ifb} 25000000 500000 1250000`,
  ]);
  assert.deepEqual(changeCommands([pod], true, state({}), state({ net1: { rate: 1 } })), [
    "shape-pod net1 25000000 500000 1250000",
  ]);
  assert.deepEqual(changeCommands([pod], true, state({}), undefined), []);
});

test("a direction without a limit needs nothing", () => {
  const { ingress, egress } = bandwidth;
  assert.deepEqual(shapingCommands([{ ...pod, bandwidth: { egress } }], true), [
    "shape-pod net1 25000000 500000 1250000",
  ]);
  assert.deepEqual(shapingCommands([{ ...pod, bandwidth: { ingress } }], false), [
    `shape-host ${host} 1250000 65536 98304`,
  ]);
  assert.deepEqual(shapingCommands([{ ...pod, bandwidth: undefined }], true), []);
  assert.deepEqual(
    [bandwidth, { egress }, {}, undefined].map((one) => isShaped({ bandwidth: one })),
    [true, true, false, false],
  );
});

test("what a pod sends is led through its ifb, unless it is led already or there is none", () => {
  const links = named(host, ifb, "ovnother");
  const lead = [`lead-received ${host} ${ifb}`];
  assert.deepEqual(leadCommands([host, "ovnother", "ovngone"], { links, shaping: new Map() }), lead);
  const led = state({ [host]: { led: new Set(["received"]) } });
  assert.deepEqual(leadCommands([host], { links, ...led }), []);
});

test("a limit that is missing, or another one, is a difference", () => {
  const whole = state({ [host]: { rate: 1_250_000, led: new Set(["received"]) }, [ifb]: { rate: 25_000_000 } });
  const none = emptyNetworkState;
  assert.deepEqual(shapingDifferences([pod], false, whole, none), []);
  const bypassed = state({ [host]: { rate: 125_000 }, [ifb]: { rate: 25_000_000 } });
  assert.deepEqual(shapingDifferences([pod], false, bypassed, none), [
    "net1 has a limit of 1000000 bit/s instead of 10000000 bit/s for ingress",
    "net1 has no limit instead of 200000000 bit/s for egress",
  ]);
  const inUserSpace = state({ [host]: { led: new Set(["sent"]) }, [ifb]: { rate: 1_250_000 } });
  const sent = { net1: { rate: 25_000_000 } };
  assert.deepEqual(shapingDifferences([pod], true, inUserSpace, { links: [], ...state(sent) }), []);
  const renamed = { links: [{ ...linkNamed("net1-nic"), master: "k6t-net1" }], ...state({ "net1-nic": sent.net1 }) };
  assert.deepEqual(
    shapingDifferences([pod], true, inUserSpace, renamed),
    [],
    "the limit goes with the link of a guest",
  );
  assert.equal(shapingDifferences([pod], true, none, none).length, 2);
});
