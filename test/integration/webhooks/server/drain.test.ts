import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import type { TLSSocket } from "node:tls";
import { systemClock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";
import { podReview } from "#test/fixtures/webhooks/pod-review.ts";
import { allowed, type AllowedAnswer, patched } from "#webhooks/admission/response.ts";
import { reviewClient } from "#lab/webhook/review-client.ts";
import { dial, post } from "#test/stacks/webhooks/raw-peer.ts";
import { eventually, path, startServer } from "#test/stacks/webhooks/started-server.ts";
import { lastBytesMs, onTheWayMs } from "#webhooks/server/webhook-server.ts";

const withinMs = { timeout: 60_000 };
const body = JSON.stringify(podReview({}));
const allow = () => Promise.resolve(allowed());

const statusOf = async (port: number, at: string): Promise<number> =>
  (await fetch(`http://127.0.0.1:${port}${at}`)).status;

/** A clock whose sleeps end when the test says so, so that a drain lasts as long as the test wants. */
function heldClock() {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  return {
    clock: { ...systemClock, sleep: () => held },
    release: () => {
      release();
    },
  };
}

test(
  "readiness is withdrawn at once, reviews are served on, and each answer ends its connection",
  withinMs,
  async (t) => {
    const { clock, release } = heldClock();
    const { server, ports, ca } = await startServer(t, allow, { clock });
    const client = reviewClient(ports.admission, { ca }, 1);
    assert.equal(await statusOf(ports.operations, "/readyz"), 200);
    assert.equal((await client.post(path, body)).headers.connection, "keep-alive");
    const closed = server.close();
    assert.equal(await statusOf(ports.operations, "/readyz"), 503);
    assert.equal(await statusOf(ports.operations, "/healthz"), 200);
    for (let count = 0; count < 3; count += 1) {
      const { status, headers } = await client.post(path, body);
      assert.deepEqual([status, headers.connection], [200, "close"]);
    }
    release();
    await closed;
    await assert.rejects(client.post(path, body), { code: "ECONNREFUSED" });
  },
);

test("a review in flight when the listener closes is still answered", withinMs, async (t) => {
  let answer = (_answer: AllowedAnswer): void => undefined;
  let called = false;
  const { server, ports, ca } = await startServer(t, () => {
    called = true;
    return new Promise((resolve) => (answer = resolve));
  });
  const client = reviewClient(ports.admission, { ca });
  const review = client.post(path, body);
  await eventually(() => (called ? true : undefined));
  const closed = server.close();
  await eventually(async () => ((await refuses(ports.admission, ca)) ? true : undefined));
  answer(allowed());
  const { status, headers } = await review;
  assert.deepEqual([status, headers.connection], [200, "close"]);
  await closed;
});

test("a review that has arrived as the drain ends is answered", withinMs, async (t) => {
  const { clock, release } = heldClock();
  const { server, ports, ca } = await startServer(t, allow, { clock });
  const socket = await dial(t, ports.admission, ca);
  socket.write(post());
  assert.match(await nextAnswer(socket), /^HTTP\/1.1 200 /);
  const closed = server.close();
  // The event loop has no turn between these two, so the server has not read the review when its sleep ends.
  socket.write(post());
  release();
  assert.match(await nextAnswer(socket), /^HTTP\/1.1 200 [^]*connection: close/i);
  await closed;
});

test("a review that is on its way as the drain ends is waited for", withinMs, async (t) => {
  const { clock, release } = heldClock();
  let wait: (() => void) | undefined;
  const after = (ms: number, fn: () => void): (() => void) => {
    if (ms !== onTheWayMs) return systemClock.after(ms, fn);
    wait = fn;
    return () => undefined;
  };
  const { server, ports, ca } = await startServer(t, allow, { clock: { ...clock, after } });
  const socket = await dial(t, ports.admission, ca);
  socket.write(post());
  assert.match(await nextAnswer(socket), /^HTTP\/1.1 200 /);
  const closed = server.close();
  release();
  await eventually(() => wait);
  socket.write(post());
  assert.match(await nextAnswer(socket), /^HTTP\/1.1 200 [^]*connection: close/i);
  wait?.();
  await closed;
});

test("a review on a connection that had carried nothing is answered after the drain as well", withinMs, async (t) => {
  let answer = (_answer: AllowedAnswer): void => undefined;
  let called = false;
  let cut: (() => void) | undefined;
  // Connections get so long for sending their last bytes, and the test says when that is over.
  const after = (ms: number, fn: () => void): (() => void) => {
    if (ms !== lastBytesMs) return systemClock.after(ms, fn);
    cut = fn;
    return () => undefined;
  };
  const decide = (): Promise<AllowedAnswer> => {
    called = true;
    return new Promise((resolve) => (answer = resolve));
  };
  const { server, ports, ca } = await startServer(t, decide, { clock: { ...systemClock, after } });
  const socket = await dial(t, ports.admission, ca);
  const closed = server.close();
  await eventually(async () => ((await refuses(ports.admission, ca)) ? true : undefined));
  socket.write(post());
  const answered = nextAnswer(socket);
  await eventually(() => (called ? cut : undefined));
  cut?.();
  // Longer than the cut waits for what is on its way.
  await systemClock.sleep(200);
  answer(allowed());
  assert.match(await answered, /^HTTP\/1.1 200 /);
  await closed;
});

/** The text that comes next; empty when the connection ends first. */
async function nextAnswer(socket: TLSSocket): Promise<string> {
  const ended = new AbortController();
  socket.once("close", () => {
    ended.abort();
  });
  const [chunk] = (await once(socket, "data", { signal: ended.signal }).catch(() => [""])) as readonly unknown[];
  return String(chunk);
}

async function refuses(port: number, ca: string): Promise<boolean> {
  const client = reviewClient(port, { ca });
  try {
    await client.post("/nothing", "");
    return false;
  } catch {
    return true;
  } finally {
    client.close();
  }
}

test(
  "when the drain ends, a review that is still undecided is given up, and its late answer is rolled back",
  withinMs,
  async (t) => {
    const rolledBack: string[] = [];
    let reason: unknown;
    const rollBack = async () => {
      // The work is slow: it takes longer than connections get for sending their last bytes.
      await systemClock.sleep(800);
      rolledBack.push("rolled back");
    };
    const { server, ports, ca } = await startServer(t, async (_request, { signal }) => {
      await once(signal, "abort");
      reason = signal.reason;
      return patched([], { rollBack });
    });
    const client = reviewClient(ports.admission, { ca });
    const review = client.post(path, body);
    const rejected = assert.rejects(review);
    await eventually(async () => (/in_flight 1/.test(await scrape(ports.operations)) ? true : undefined));
    await server.close({ signal: AbortSignal.abort() });
    await rejected;
    assert.deepEqual(rolledBack, ["rolled back"]);
    assert.ok(reason instanceof AppError && /shutting down/.test(reason.message));
  },
);

const scrape = async (port: number): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

test("readiness names the parts that are not ready, and the drain as well", withinMs, async (t) => {
  const reasons = ["first sync of the Northbound index"];
  const { clock, release } = heldClock();
  const { server, ports } = await startServer(t, allow, { notReady: () => reasons, clock });
  const ready = async (): Promise<string> => (await fetch(`http://127.0.0.1:${ports.operations}/readyz`)).text();
  assert.match(await ready(), /not ready: first sync/);
  reasons.length = 0;
  assert.equal(await ready(), "ok\n");
  const closed = server.close();
  assert.match(await ready(), /not ready: draining/);
  release();
  await closed;
});

test("a port that is taken is an error of configuration, and nothing stays open", withinMs, async (t) => {
  const { ports } = await startServer(t, allow);
  const taken = { host: "127.0.0.1", port: ports.admission };
  await assert.rejects(startServer(t, allow, { admission: taken }), (error) => {
    return error instanceof AppError && error.code === "ConfigInvalid" && error.message.includes(`${ports.admission}`);
  });
});
