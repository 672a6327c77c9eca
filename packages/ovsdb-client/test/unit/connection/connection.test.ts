import assert from "node:assert/strict";
import { test } from "node:test";
import { OvsdbError } from "../../../src/errors/ovsdb-error.ts";
import { ScriptedPeer } from "../scripted-peer.ts";

test("a call is written before it returns, and gets the reply with its id, in whatever order they come", async () => {
  const peer = new ScriptedPeer();
  const [first, second] = [peer.connection.call("a", [1]), peer.connection.call("b", [])];
  assert.deepEqual(peer.sent, [
    { method: "a", params: [1], id: 1 },
    { method: "b", params: [], id: 2 },
  ]);
  peer.say({ id: 2, result: "B", error: null }, { id: 1, result: null, error: "no" });
  assert.deepEqual(await first, { result: null, error: "no" });
  assert.deepEqual(await second, { result: "B", error: null });
});

test("what comes before a reply is told before it, and what comes after is told after onReply", async () => {
  const peer = new ScriptedPeer();
  const order: unknown[] = [];
  const call = peer.connection.call("a", [], {}, () => order.push([...peer.notifications]));
  peer.say(
    { method: "m", params: [1], id: null },
    { id: 1, result: {}, error: null },
    { method: "m", params: [2], id: null },
  );
  assert.deepEqual(order, [[["m", [1]]]]);
  await call;
  assert.equal(peer.notifications.length, 2);
});

test("the server's echo is answered, any other request refused", () => {
  const peer = new ScriptedPeer();
  peer.say({ method: "echo", params: ["x"], id: "e" }, { method: "steal", params: [], id: 9 });
  assert.deepEqual(peer.sent, [
    { id: "e", result: ["x"], error: null },
    { id: 9, result: null, error: "unknown method" },
  ]);
});

test("when the connection ends, calls in flight are of unknown outcome and later ones are not sent", async () => {
  const peer = new ScriptedPeer();
  const call = assert.rejects(peer.connection.call("a", []), { code: "OutcomeUnknown" });
  peer.connection.close(new OvsdbError("NotConnected", "over"));
  peer.connection.close(new OvsdbError("NotConnected", "again"));
  await call;
  await assert.rejects(peer.connection.call("b", []), { code: "NotConnected", message: "not sent: over" });
  assert.deepEqual(
    peer.closed.map(({ message }) => message),
    ["over"],
  );
  peer.notify("m");
  assert.deepEqual([peer.sent.length, peer.notifications.length], [1, 0]);
});

test("the late reply of a call that was given up is recognised and dropped", async () => {
  const peer = new ScriptedPeer();
  const abort = new AbortController();
  const call = assert.rejects(peer.connection.call("a", [], { signal: abort.signal }), { code: "OutcomeUnknown" });
  abort.abort();
  await call;
  peer.answer("late");
  assert.equal(peer.closed.length, 0);
  peer.answer("twice");
  assert.equal(peer.closed[0]?.code, "ProtocolError");
});

test("a fault of the protocol ends the connection, a defect of a listener also comes to the light", () => {
  const faulty = new ScriptedPeer(() => {
    throw new OvsdbError("ProtocolError", "does not fit");
  });
  faulty.notify("update");
  assert.equal(faulty.closed[0]?.message, "does not fit");
  const defective = new ScriptedPeer(() => {
    throw new RangeError("defect");
  });
  assert.throws(() => {
    defective.notify("update");
  }, RangeError);
  assert.equal(defective.closed[0]?.code, "Internal");
});

test("a streamed result comes in parts, and the next reply is whole again", async () => {
  const peer = new ScriptedPeer();
  const parts: unknown[] = [];
  const streamed = peer.connection.callStreamed(
    "monitor",
    [],
    {},
    (path, value) => parts.push([path.join("/"), value]),
    () => parts.push("reply"),
  );
  peer.answer({ T: { u: { new: {} } } });
  await streamed;
  assert.deepEqual(parts, [["T/u", { new: {} }], "reply"]);
  const whole = peer.connection.call("transact", []);
  peer.answer({ T: 1 });
  assert.deepEqual((await whole).result, { T: 1 });
});
