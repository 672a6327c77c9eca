import assert from "node:assert/strict";
import { test } from "node:test";
import type { MonitorMethod } from "../../../src/monitor/monitor.ts";
import { Monitor, type ReadKind } from "../../../src/monitor/monitor.ts";
import { Replica } from "../../../src/monitor/replica.ts";
import { column, table } from "../../../src/values/table.ts";
import { isCollected } from "../garbage.ts";
import { ScriptedPeer } from "../scripted-peer.ts";

const thing = table("Thing", { name: column.string() });

function monitored(methods: readonly MonitorMethod[] = ["monitor_cond_since", "monitor_cond", "monitor"]) {
  const replica = new Replica([thing]);
  const seen: string[] = [];
  const onChanged = (changes: readonly { readonly uuid: string }[]) =>
    seen.push(changes.map(({ uuid }) => uuid).join());
  const monitor = new Monitor({ id: "rows", database: "D", replica, methods, onChanged });
  const peer = new ScriptedPeer((method, params) => monitor.accept(method, params));
  const start = (): Promise<void> => monitor.start(peer.connection, {}, (kind: ReadKind) => seen.push(kind));
  const names = (): unknown[] =>
    replica
      .rows("Thing")
      .values()
      .map((row) => row["name"])
      .toArray();
  return { monitor, peer, seen, start, names };
}

const zero = "00000000-0000-0000-0000-000000000000";

test("the first start reads everything, and updates go on from there in the same chunk", async () => {
  const { monitor, peer, seen, start, names } = monitored();
  const started = start();
  assert.deepEqual(peer.sent[0]?.params, ["D", "rows", { Thing: [{ columns: ["name"] }] }, zero]);
  peer.say(peer.reply([false, "t1", { Thing: { a: { initial: { name: "A" } } } }]), {
    method: "update3",
    params: ["rows", "t2", { Thing: { b: { insert: { name: "B" } } } }],
    id: null,
  });
  await started;
  assert.deepEqual(seen, ["a", "full", "b"]);
  assert.deepEqual(names(), ["A", "B"]);
  assert.equal(monitor.mayResume, true);
});

test("the next start asks for what came after the last transaction, and takes only that", async () => {
  const { peer, seen, start, names } = monitored();
  const first = start();
  peer.answer([false, "t1", { Thing: { a: { initial: { name: "A" } } } }]);
  await first;
  peer.notify("update3", "rows", "t2", {});
  const second = start();
  assert.equal(peer.sent.at(-1)?.params?.[3], "t2");
  peer.answer([true, "t3", { Thing: { a: { modify: { name: "AA" } }, b: { insert: { name: "B" } } } }]);
  await second;
  assert.deepEqual(seen, ["a", "full", "a,b", "resumed"]);
  assert.deepEqual(names(), ["AA", "B"]);
});

test("after forget, or where the server keeps no history, everything is read", async () => {
  const { monitor, peer, start } = monitored();
  const first = start();
  peer.answer([false, zero, {}]);
  await first;
  assert.equal(monitor.mayResume, false);
  peer.notify("update3", "rows", "t2", {});
  assert.equal(monitor.mayResume, true);
  monitor.forget();
  void start();
  assert.equal(peer.sent.at(-1)?.params?.[3], zero);
});

test("a server that knows a method less well is asked by the next one", async () => {
  const { peer, seen, start } = monitored();
  const started = start();
  peer.answer(null, "unknown method");
  await new Promise(setImmediate);
  peer.answer(null, { error: "unknown method" });
  await new Promise(setImmediate);
  peer.answer({ Thing: { a: { new: { name: "A" } } } });
  await started;
  assert.deepEqual(
    peer.sent.map(({ method }) => method),
    ["monitor_cond_since", "monitor_cond", "monitor"],
  );
  assert.deepEqual(seen, ["a", "full"]);
});

test("a refusal is told with what the server said", async () => {
  const { peer, start } = monitored(["monitor_cond"]);
  const refused = assert.rejects(start(), { code: "NotConnected", details: { serverError: "unknown database" } });
  peer.answer(null, { error: "unknown database" });
  await refused;
  const unknown = assert.rejects(start(), { code: "NotConnected", message: /knows none of monitor_cond/ });
  peer.answer(null, "unknown method");
  await unknown;
});

test("notifications of others are not accepted, the end of the monitor is a fault", () => {
  const { monitor } = monitored();
  assert.equal(monitor.accept("update2", ["other", {}]), false);
  assert.equal(monitor.accept("locked", ["rows"]), false);
  assert.throws(() => monitor.accept("monitor_canceled", ["rows"]), { code: "ProtocolError" });
});

test("an update that arrives row by row shows when it is complete, and never when its connection is lost before", async () => {
  const { monitor, seen, start, names, peer } = monitored();
  const first = start();
  peer.answer([false, "t1", { Thing: { a: { initial: { name: "A" } } } }]);
  await first;
  assert.equal(monitor.beginUpdate("server"), undefined);
  const lost = monitor.beginUpdate("rows");
  lost?.row("Thing", "b", { insert: { name: "B" } });
  const complete = monitor.beginUpdate("rows");
  complete?.row("Thing", "a", { delete: null });
  complete?.row("Thing", "c", { insert: { name: "C" } });
  assert.deepEqual(names(), ["A"]);
  assert.ok(monitor.accept("update3", ["rows", "t2", complete]));
  assert.deepEqual([names(), seen.at(-1)], [["C"], "a,c"]);
});

test("an update that did not arrive whole is not kept when the monitor starts anew", async () => {
  const { monitor, start } = monitored();
  let lost = new WeakRef({});
  const arrive = (): void => {
    const update = monitor.beginUpdate("rows");
    update?.row("Thing", "b", { insert: { name: "B" } });
    lost = new WeakRef(update ?? {});
  };
  arrive();
  assert.ok(!(await isCollected(lost)), "it may still be completed");
  void start();
  assert.ok(await isCollected(lost));
});
