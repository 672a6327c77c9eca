import assert from "node:assert/strict";
import { test } from "node:test";
import { mirrorLimit, planTaps } from "#cni/taps/tap-plan.ts";
import { nodeTap, tappingOf } from "#test/fixtures/cni/tap-views.ts";

const port = (name: string) => ({ port: `uuid-${name}` });

test("the packets of the sources go to the sink's port, and each direction is one set of the mirror", () => {
  const ovs = tappingOf(["a", "b", "sink", "other"]);
  const { mirrors, tunnels, seen } = planTaps([nodeTap()], ovs);
  const ends = [port("a"), port("b")];
  assert.deepEqual(mirrors, [{ tap: "t1", output: port("sink"), from: ends, to: ends }]);
  assert.deepEqual(tunnels, []);
  assert.deepEqual(seen, [{ uid: "t1", state: "Active", reason: "Mirrored", message: "", sources: ["a", "b"] }]);
  const [sent] = planTaps([nodeTap({ direction: "egress" })], ovs).mirrors;
  assert.deepEqual([sent?.from, sent?.to], [ends, []]);
  const [received] = planTaps([nodeTap({ direction: "ingress" })], ovs).mirrors;
  assert.deepEqual([received?.from, received?.to], [[], ends]);
});

test("copies leave the node by one tunnel, and come to the node of the sink by another one of the same key", () => {
  const away = nodeTap({ sink: { remote: { address: "192.0.2.2", key: 7 } } });
  const { mirrors, tunnels } = planTaps([away], tappingOf(["a"]));
  assert.deepEqual(
    tunnels.map(({ type, options }) => [type, options]),
    [["geneve", { remote_ip: "192.0.2.2", key: "7" }]],
  );
  const nameOfFirst = tunnels[0]?.name;
  assert.deepEqual(mirrors[0]?.output, { tunnel: nameOfFirst });
  const here = planTaps([nodeTap({ sources: [], sink: { port: "sink", acceptedKey: 7 } })], tappingOf(["sink"]));
  assert.deepEqual(here.tunnels[0]?.options, { remote_ip: "flow", key: "7" });
  assert.deepEqual(here.mirrors, [
    { tap: "t1", output: port("sink"), from: [{ tunnel: here.tunnels[0].name }], to: [] },
  ]);
  assert.notEqual(here.tunnels[0].name, nameOfFirst);
  for (const { name } of [...tunnels, ...here.tunnels]) assert.equal(name.length, 15);
});

test("a host outside gets the copies by GRE, with a key or without", () => {
  const options = (gre: object) =>
    planTaps([nodeTap({ sink: { gre: { address: "192.0.2.9", ...gre } } })], tappingOf(["a"]));
  assert.deepEqual(options({}).tunnels[0]?.options, { remote_ip: "192.0.2.9" });
  const { tunnels } = options({ key: 5 });
  assert.deepEqual([tunnels[0]?.type, tunnels[0]?.options], ["gre", { remote_ip: "192.0.2.9", key: "5" }]);
});

test("of two taps to the same host and key the younger one is refused, and gets no second tunnel", () => {
  const to = (uid: string, key?: number) =>
    nodeTap({ uid, sink: { gre: { address: "192.0.2.9", ...(key === undefined ? {} : { key }) } } });
  const { mirrors, tunnels, seen } = planTaps([to("t1"), to("t2", 5), to("t3"), to("t4", 5)], tappingOf(["a"]));
  assert.deepEqual(
    seen.map(({ reason }) => reason),
    ["Mirrored", "Mirrored", "TargetTwice", "TargetTwice"],
  );
  assert.match(seen[3]?.message ?? "", /192\.0\.2\.9 with the key 5.*another spec\.sink\.gre\.key/);
  assert.deepEqual([mirrors.length, tunnels.length], [2, 2]);
});

test("a port that gets copies is never a source, not of another tap either", () => {
  const first = nodeTap({ sources: ["a", "sink", "sink2"] });
  const second = nodeTap({ uid: "t2", sources: ["sink", "b"], sink: { port: "sink2" } });
  const { mirrors, seen } = planTaps([first, second], tappingOf(["a", "b", "sink", "sink2"]));
  assert.deepEqual(
    mirrors.map(({ from }) => from),
    [[port("a")], [port("b")]],
  );
  assert.deepEqual(seen[0]?.sources, ["a"]);
});

test("while sink or sources are not wired there is no mirror, and it is said what is missing", () => {
  const reasonOf = (...names: readonly string[]) => planTaps([nodeTap()], tappingOf(names)).seen[0]?.reason;
  assert.equal(reasonOf("a"), "SinkNotWired");
  assert.equal(reasonOf("sink"), "SourcesNotWired");
  assert.deepEqual(planTaps([nodeTap()], tappingOf(["sink"])).mirrors, []);
  assert.equal(planTaps([nodeTap({ sink: {} })], tappingOf(["a"])).seen[0]?.reason, "NoSink");
});

test("Open vSwitch has no more than 32 mirrors, those of others among them, and the younger tap is refused", () => {
  const taps = Array.from({ length: mirrorLimit }, (_, n) => nodeTap({ uid: `t${n}` }));
  const { mirrors, seen } = planTaps(taps, tappingOf(["a", "sink"], { foreign: 2 }));
  assert.equal(mirrors.length, 30);
  assert.deepEqual(
    seen.slice(29).map(({ state, reason }) => `${state} ${reason}`),
    ["Active Mirrored", "Refused TooManyMirrors", "Refused TooManyMirrors"],
  );
});

test("a tunnel that Open vSwitch cannot use is told", () => {
  const away = nodeTap({ sink: { remote: { address: "192.0.2.2", key: 7 } } });
  const [planned] = planTaps([away], tappingOf(["a"])).tunnels;
  const tunnel = {
    uuid: "p",
    interfaceUuid: "i",
    tap: "t1",
    name: planned?.name ?? "",
    type: "geneve",
    options: new Map(),
  };
  const { seen } = planTaps([away], tappingOf(["a"], { tunnels: [{ ...tunnel, fault: "no such device" }] }));
  assert.deepEqual([seen[0]?.reason, seen[0]?.sources], ["TunnelFault", []]);
});
