import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { type Clock, systemClock } from "#src/core/clock.ts";
import { type AdmissionContext } from "#webhooks/admission/handler.ts";
import { patched } from "#webhooks/admission/response.ts";
import { dial, post } from "#test/stacks/webhooks/raw-peer.ts";
import { eventually, startServer } from "#test/stacks/webhooks/started-server.ts";

const withinMs = { timeout: 40_000 };

/** A handler whose answers the test gives. It records what becomes of them. */
function manualHandler() {
  const calls: { uid: string; context: AdmissionContext; answer: () => void }[] = [];
  const rolledBack: string[] = [];
  const handedOver: string[] = [];
  return {
    calls,
    rolledBack,
    handedOver,
    handler: ({ uid }: { uid: string }, context: AdmissionContext) =>
      new Promise<ReturnType<typeof patched>>((resolve) => {
        const hooks = {
          rollBack: () => {
            rolledBack.push(uid);
            return Promise.resolve();
          },
          onHandedOver: () => {
            handedOver.push(uid);
          },
        };
        calls.push({
          uid,
          context,
          answer: () => {
            resolve(patched([], hooks));
          },
        });
      }),
  };
}

test(
  "a peer that hangs up before the answer makes the signal abort and the answer be rolled back",
  withinMs,
  async (t) => {
    const { calls, rolledBack, handedOver, handler } = manualHandler();
    const { ports, ca, series } = await startServer(t, handler);
    const socket = await dial(t, ports.admission, ca);
    socket.write(post({ uid: "a" }));
    const call = await eventually(() => calls[0]);
    assert.equal(call.context.signal.aborted, false);
    socket.destroy();
    await once(call.context.signal, "abort");
    call.answer();
    await eventually(() => rolledBack[0]);
    assert.deepEqual([rolledBack, handedOver], [["a"], []]);
    await eventually(() => series("ovn4nfv_admission_undone_total", { entry: "pods", outcome: "undone" }));
  },
);

test("a peer that only ends its side politely is as gone as one that resets", withinMs, async (t) => {
  const { calls, rolledBack, handler } = manualHandler();
  const { ports, ca } = await startServer(t, handler);
  const socket = await dial(t, ports.admission, ca);
  socket.write(post({ uid: "a" }));
  const call = await eventually(() => calls[0]);
  socket.end();
  await once(call.context.signal, "abort");
  call.answer();
  assert.equal(await eventually(() => rolledBack[0]), "a");
});

test("an answer that was handed over is never rolled back, whatever becomes of the connection", withinMs, async (t) => {
  const { calls, rolledBack, handedOver, handler } = manualHandler();
  const { ports, ca } = await startServer(t, handler);
  const socket = await dial(t, ports.admission, ca);
  socket.write(post({ uid: "a" }));
  (await eventually(() => calls[0])).answer();
  await eventually(() => handedOver[0]);
  socket.write(post({ uid: "b" }));
  const second = await eventually(() => calls[1]);
  socket.destroy();
  await once(second.context.signal, "abort");
  assert.equal(calls[0]?.context.signal.aborted, false);
  second.answer();
  await eventually(() => rolledBack[0]);
  assert.deepEqual([rolledBack, handedOver], [["b"], ["a"]]);
});

test(
  "of pipelined requests the answer that is ready too early waits, and is rolled back when its turn never comes",
  withinMs,
  async (t) => {
    const { calls, rolledBack, handedOver, handler } = manualHandler();
    const { ports, ca } = await startServer(t, handler);
    const socket = await dial(t, ports.admission, ca);
    socket.write(post({ uid: "a" }) + post({ uid: "b" }));
    const second = await eventually(() => calls[1]);
    second.answer();
    // The answer on a third connection shows that the event loop has gone round, and that nothing was reported of "b"
    // meanwhile.
    const other = await dial(t, ports.admission, ca);
    other.write(post({ uid: "c" }));
    (await eventually(() => calls[2])).answer();
    await eventually(() => handedOver.find((uid) => uid === "c"));
    assert.deepEqual([rolledBack, handedOver], [[], ["c"]]);
    socket.destroy();
    await once(calls[0]?.context.signal ?? new AbortController().signal, "abort");
    calls[0]?.answer();
    await eventually(() => (rolledBack.length === 2 ? rolledBack : undefined));
    assert.deepEqual([rolledBack.toSorted(), handedOver], [["a", "b"], ["c"]]);
  },
);

test("pipelined answers come in the order of their requests", withinMs, async (t) => {
  const { calls, handedOver, handler } = manualHandler();
  const { ports, ca } = await startServer(t, handler);
  const socket = await dial(t, ports.admission, ca);
  let received = "";
  socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
  socket.write(post({ uid: "a" }) + post({ uid: "b" }));
  (await eventually(() => calls[1])).answer();
  calls[0]?.answer();
  await eventually(() => (received.includes('"uid":"b"') ? true : undefined));
  assert.ok(received.indexOf('"uid":"a"') < received.indexOf('"uid":"b"'));
  assert.deepEqual(handedOver, ["a", "b"]);
});

test(
  "a handler that is late is answered for within the API server's timeout, told to stop, and rolled back",
  withinMs,
  async (t) => {
    const { calls, rolledBack, handedOver, handler } = manualHandler();
    // These are the times that the server wants to wait. The time that it really takes depends on the machine.
    const waitsMs: number[] = [];
    const after: Clock["after"] = (ms, fn) => {
      waitsMs.push(ms);
      return systemClock.after(ms, fn);
    };
    const { ports, ca } = await startServer(t, handler, { clock: { ...systemClock, after } });
    const socket = await dial(t, ports.admission, ca);
    let received = "";
    socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
    const sentMs = systemClock.monotonicMs();
    socket.write(post({ uid: "a" }, "?timeout=2s"));
    const call = await eventually(() => calls[0]);
    const { deadlineMs } = call.context;
    // The time counts from the arrival, which was between the two moments.
    const [mostMs, leastMs] = [deadlineMs - sentMs, deadlineMs - systemClock.monotonicMs()];
    assert.ok(leastMs <= 1_500 && mostMs >= 1_500, `the handler was given ${leastMs} to ${mostMs} ms`);
    await eventually(() => (received.includes("DeadlineExceeded") ? true : undefined));
    assert.ok(
      waitsMs.some((ms) => ms > 0 && ms <= 1_750),
      `within ${waitsMs.join()} ms`,
    );
    assert.ok(call.context.signal.aborted);
    call.answer();
    await eventually(() => rolledBack[0]);
    assert.deepEqual(handedOver, []);
  },
);

test("a rollback that fails is counted, and the server lives on", withinMs, async (t) => {
  const failing = { rollBack: () => Promise.reject(new Error("no database")) };
  const { ports, ca, series } = await startServer(t, async (_request, { signal }) => {
    await once(signal, "abort");
    return patched([], failing);
  });
  const socket = await dial(t, ports.admission, ca);
  socket.write(post());
  await eventually(() => (socket.bytesWritten > 0 ? true : undefined));
  socket.end();
  await eventually(() => series("ovn4nfv_admission_undone_total", { entry: "pods", outcome: "failed" }));
});
