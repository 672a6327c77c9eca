import assert from "node:assert/strict";
import { test } from "node:test";
import { KnownItems } from "#page/live/known-items.ts";
import { type EventStream, LiveConnection } from "#page/live/live-connection.ts";
import { someRouter } from "#test/fixtures/view/some-items.ts";

const at = "2026-11-29T12:00:00Z";
const nothing = { source: "cluster", sees: "everything", version: "1", at, omitted: [] } as const;

class FakeStream implements EventStream {
  readyState = 1;
  readonly #listeners = new Map<string, (event: { readonly data?: unknown }) => void>();

  addEventListener(name: string, listen: (event: { readonly data?: unknown }) => void): void {
    this.#listeners.set(name, listen);
  }

  close(): void {
    this.readyState = 2;
  }

  tell(name: string, data?: object): void {
    this.#listeners.get(name)?.({ data: JSON.stringify(data) });
  }
}

function connect(whyRefused: () => Promise<string | undefined> = async () => undefined) {
  const streams: FakeStream[] = [];
  const waits: { readonly ms: number; readonly run: () => void }[] = [];
  const silence = { run: (): void => assert.fail("nothing was heard") };
  const store = new KnownItems();
  const connection = new LiveConnection({
    store,
    open: () => {
      const stream = new FakeStream();
      streams.push(stream);
      return stream;
    },
    after: (ms, run) => {
      if (ms === 45_000) silence.run = run;
      else waits.push({ ms, run });
      return () => {};
    },
    whyRefused,
  });
  connection.start();
  return { connection, store, streams, waits, silence };
}

test("a snapshot takes the place of everything, and changes follow it", () => {
  const { connection, store, streams } = connect();
  assert.equal(connection.state.value.kind, "connecting");
  streams[0]?.tell("snapshot", { ...nothing, items: [someRouter("a")] });
  streams[0]?.tell("change", { at: "2026-11-29T12:00:01Z", items: [someRouter("b")], gone: ["router/a"] });
  assert.deepEqual(
    store.all("router").map(({ name }) => name),
    ["b"],
  );
  assert.equal(connection.state.value.kind, "live");
  assert.equal(connection.source.value?.sees, "everything");
  assert.equal(connection.heardAt.value, "2026-11-29T12:00:01Z");
});

test("a server that gets no news itself makes the page old, with its reason, until it says otherwise", () => {
  const { connection, streams } = connect();
  streams[0]?.tell("snapshot", { ...nothing, items: [] });
  streams[0]?.tell("state", { at, live: false, why: "NB is away" });
  assert.deepEqual(connection.state.value, { kind: "stale", why: "NB is away" });
  streams[0]?.tell("state", { at, live: true });
  assert.equal(connection.state.value.kind, "live");
});

test("a stream that the browser opens again is waited for, and one that it gave up is opened anew, later each time", async () => {
  const { connection, streams, waits } = connect();
  streams[0]?.tell("error");
  assert.deepEqual(connection.state.value, { kind: "lost", tries: 1 });
  assert.equal(waits.length, 0);
  for (let tries = 0; tries < 8; tries += 1) {
    const stream = streams.at(-1);
    stream?.close();
    stream?.tell("error");
    await Promise.resolve();
    await Promise.resolve();
    waits.at(-1)?.run();
  }
  assert.equal(streams.length, 9);
  const times = waits.map(({ ms }) => ms);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  assert.deepEqual([times[0], times.at(-1)], [2_000, 15_000]);
});

test("a page that the server refuses says why and asks no more", async () => {
  const { connection, streams, waits } = connect(async () => "The session has ended.");
  streams[0]?.close();
  streams[0]?.tell("error");
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(connection.state.value, { kind: "refused", why: "The session has ended." });
  assert.equal(waits.length, 0);
});

test("a connection that was closed while it asked why it is refused stays closed, and may be started again", async () => {
  let answer = (_why: string | undefined): void => assert.fail("nobody asked");
  const { connection, streams, waits } = connect(() => new Promise((resolve) => (answer = resolve)));
  streams[0]?.close();
  streams[0]?.tell("error");
  connection.close();
  answer(undefined);
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual([waits.length, streams.length], [0, 1]);
  connection.start();
  streams[1]?.tell("snapshot", { ...nothing, items: [] });
  assert.equal(connection.state.value.kind, "live");
});

test("a connection on which nothing is heard is given up and opened anew, and a word of the server is enough", async () => {
  const { connection, streams, waits, silence } = connect();
  streams[0]?.tell("snapshot", { ...nothing, items: [] });
  const first = silence.run;
  streams[0]?.tell("beat", { at: "2026-11-29T12:00:15Z" });
  assert.notEqual(silence.run, first);
  assert.equal(connection.heardAt.value, at, "nothing is asked anew for it");
  silence.run();
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual([connection.state.value.kind, streams[0]?.readyState], ["lost", 2]);
  waits.at(-1)?.run();
  streams[1]?.tell("snapshot", { ...nothing, items: [] });
  assert.equal(connection.state.value.kind, "live");
});
