import assert from "node:assert/strict";
import { test } from "node:test";
import { type OvsdbClock, processClock } from "../../src/time/clock.ts";
import type { OvsdbClientOptions } from "../../src/client/client-options.ts";
import { comment } from "../../src/transaction/operations.ts";
import { column, table } from "../../src/values/table.ts";
import { answer, type FakeHandler, FakeServer } from "./fake-server.ts";
import { deadlineIn, RecordedClient, rejection } from "./recorded-client.ts";

const thing = table("Thing", { name: column.string(), size: column.integer() });

function clientOf(fake: FakeServer, options: Partial<OvsdbClientOptions> = {}): RecordedClient {
  const backoff = { initialMs: 5, maxMs: 20, factor: 2, jitter: 0, resetAfterMs: 60_000 };
  return new RecordedClient([fake.endpoint], { database: "Fake", tables: [thing], backoff, ...options });
}

function lossOf(recorded: RecordedClient): string | undefined {
  const lost = recorded.events.find((event) => event.kind === "lost");
  return lost && `${lost.error.code}: ${lost.error.message}`;
}

async function lossAfter(fake: FakeServer, bytes: string, options: Partial<OvsdbClientOptions> = {}): Promise<string> {
  await using recorded = clientOf(fake, options);
  await recorded.session();
  fake.send(bytes);
  await recorded.until("the next session", () => recorded.syncs.length === 2);
  assert.deepEqual(recorded.syncs, ["full", "full"]);
  return lossOf(recorded) ?? "";
}

test("a server that knows RFC 7047 alone is served by it", async () => {
  await using fake = await FakeServer.start({});
  await using recorded = clientOf(fake);
  await recorded.session();
  fake.send(
    JSON.stringify({
      method: "update",
      params: [
        "rows",
        { Thing: { u1: { old: { size: 1 }, new: { name: "one", size: 2 } }, u2: { new: { name: "two", size: 1 } } } },
      ],
      id: null,
    }),
  );
  await recorded.until("the second row", () => recorded.client.rows(thing).size === 2);
  assert.deepEqual(Object.fromEntries(recorded.client.rows(thing)), {
    u1: { name: "one", size: 2 },
    u2: { name: "two", size: 1 },
  });
  fake.send(
    JSON.stringify({
      method: "update",
      params: ["rows", { Thing: { u1: { old: { name: "one", size: 2 } } } }],
      id: null,
    }),
  );
  await recorded.until("the deletion", () => recorded.client.rows(thing).size === 1);
});

const wrongBytes: readonly (readonly [string, string, RegExp])[] = [
  ["garbage", "HTTP/1.1 400 Bad Request", /ProtocolError: .*at "H"/],
  ["a message that is not an object", "[1,2,3]", /ProtocolError: .*at "\["/],
  ["a message that only looks like JSON", '{"method":"echo","params":}', /ProtocolError: .*not JSON/],
  ["an answer to nothing", '{"id":12345,"result":{},"error":null}', /ProtocolError: .*never made/],
  [
    "rows of a table that was not asked for",
    '{"id":null,"method":"update","params":["rows",{"Other":{"u":{"new":{}}}}]}',
    /ProtocolError: .*Other/,
  ],
  [
    "the deletion of a row that is not there",
    '{"id":null,"method":"update2","params":["rows",{"Thing":{"u9":{"delete":null}}}]}',
    /ProtocolError: .*Thing u9/,
  ],
  [
    "a value of another type",
    '{"id":null,"method":"update","params":["rows",{"Thing":{"u1":{"new":{"name":5,"size":1}}}}]}',
    /ProtocolError: .*string/,
  ],
  [
    "an update that is no object",
    '{"id":null,"method":"update","params":["rows",{"Thing":{"u1":null}}]}',
    /ProtocolError: .*row update/,
  ],
  [
    "the end of the monitor",
    '{"id":null,"method":"monitor_canceled","params":["rows"]}',
    /ProtocolError: .*no longer shows/,
  ],
];

for (const [what, bytes, message] of wrongBytes) {
  test(`${what} ends the session, and the next one reads everything again`, async () => {
    await using fake = await FakeServer.start({});
    assert.match(await lossAfter(fake, bytes), message);
  });
}

/** A client whose waits are noted, each with the number of times that rows were asked for before. */
function timedClient(fake: FakeServer) {
  const waits: [ms: number, asked: number][] = [];
  const asked = (): number =>
    fake.requests.filter(({ method, params }) => method === "monitor_cond_since" && params[0] === "Fake").length;
  const sleep: OvsdbClock["sleep"] = (ms, signal) => {
    waits.push([ms, asked()]);
    return processClock.sleep(0, signal);
  };
  const clock = { ...processClock, sleep };
  const recorded = clientOf(fake, { clock, random: () => 0.25, rereadJitterMs: 400_000 });
  const jitter = (): readonly [number, number][] => waits.filter(([ms]) => ms > 1_000);
  return { recorded, jitter };
}

test("reading everything again is put off by a random part of the jitter, the first reading is not", async () => {
  await using fake = await FakeServer.start({});
  const { recorded, jitter } = timedClient(fake);
  await using _client = recorded;
  for (const times of [1, 2, 3]) {
    await recorded.until("the session", () => recorded.syncs.length === times);
    assert.deepEqual(jitter(), [[100_000, 1] as const, [100_000, 2] as const].slice(0, times - 1));
    fake.drop();
  }
});

test("reading what was missed is not put off", async () => {
  const since: FakeHandler = (socket, request) => {
    const known = request.params[3] === "known";
    if (request.params[0] === "_Server") answer(socket, request, null, { error: "unknown database" });
    else answer(socket, request, [known, "known", known ? {} : { Thing: {} }]);
  };
  await using fake = await FakeServer.start({ monitor_cond_since: since });
  const { recorded, jitter } = timedClient(fake);
  await using _client = recorded;
  await recorded.session();
  fake.drop();
  await recorded.until("the next session", () => recorded.syncs.length === 2);
  assert.deepEqual([recorded.syncs, jitter()], [["full", "resumed"], []]);
});

test("a message longer than allowed ends the session, before it is complete", async () => {
  await using fake = await FakeServer.start({});
  const half = `{"id":null,"method":"update","params":["rows",{"Thing":{"u2":{"new":{"name":"${"x".repeat(20_000)}`;
  assert.match(await lossAfter(fake, half, { maxFrameBytes: 10_000 }), /more than 10000 bytes/);
});

test("half a message and then silence ends the session by the probe", async () => {
  await using fake = await FakeServer.start({ echo: () => {} });
  assert.match(
    await lossAfter(fake, '{"id":null,"method":"upd', { probeIntervalMs: 50 }),
    /NotConnected: .*silent for/,
  );
});

test("a silent but living server is probed and kept", async () => {
  await using fake = await FakeServer.start({});
  await using recorded = clientOf(fake, { probeIntervalMs: 400 });
  const session = await recorded.session();
  const probes = () => fake.requests.filter(({ method }) => method === "echo").length;
  await fake.until(() => probes() >= 3);
  assert.equal(recorded.client.session, session);
});

test("a server that is silent while it puts all rows together is not given up", async () => {
  let looks = 0;
  let reply: (() => void) | undefined;
  // The rows come when the client has looked five times at a silence that would otherwise be over at its second look.
  const after: OvsdbClock["after"] = (ms, fn) =>
    processClock.after(ms, () => {
      fn();
      if (reply === undefined) return;
      looks += 1;
      if (looks < 5) return;
      reply();
      reply = undefined;
    });
  const monitor: FakeHandler = (socket, request) => {
    reply = () => {
      answer(socket, request, { Thing: {} });
    };
  };
  await using fake = await FakeServer.start({ monitor, echo: () => {} });
  await using recorded = clientOf(fake, { clock: { ...processClock, after }, probeIntervalMs: 50 });
  await recorded.session();
  assert.equal(fake.requests.filter(({ method }) => method === "monitor").length, 1);
});

test("an echo request is answered with its parameters", async () => {
  await using fake = await FakeServer.start({});
  await using recorded = clientOf(fake);
  await recorded.session();
  fake.send('{"method":"echo","params":["still there?"],"id":"e1"}');
  const reply = '{"id":"e1","result":["still there?"],"error":null}';
  await fake.until(() => fake.requests.some((request) => JSON.stringify(request) === reply));
});

test("a transaction whose reply is a plain error is refused with it", async () => {
  const transact: FakeHandler = (socket, request) => {
    answer(socket, request, null, { error: "permission error", details: "read only" });
  };
  await using fake = await FakeServer.start({ transact });
  await using recorded = clientOf(fake);
  const error = await rejection((await recorded.session()).transact([comment("x")]));
  assert.ok(error.code === "TransactionFailed");
  assert.deepEqual([error.details.reason, error.details.serverDetails], ["permission error", "read only"]);
});

test("a schema that does not fit is told with table and column, and no session begins", async () => {
  await using fake = await FakeServer.start({});
  const wrong = table("Thing", { name: column.set(column.string()), colour: column.string() });
  await using recorded = clientOf(fake, { tables: [wrong] });
  await recorded.refused(/Thing.name is 1 to 1 of string, not set of string; Thing has no column colour/);
});

test("a session that breaks in the middle of a dump leaves the rows of the one before", async () => {
  let dumps = 0;
  const monitor: FakeHandler = (socket, request) => {
    dumps += 1;
    if (dumps === 2) {
      socket.write(
        `{"id":${String(request.id)},"error":null,"result":{"Thing":{"u2":{"new":{"name":"two","size":2}},`,
        () => socket.destroy(),
      );
    } else {
      answer(socket, request, { Thing: { [`u${dumps}`]: { new: { name: "one", size: dumps } } } });
    }
  };
  await using fake = await FakeServer.start({ monitor });
  await using recorded = clientOf(fake);
  await recorded.session();
  fake.send("garbage");
  await recorded.until("the second session", () => recorded.syncs.length === 2);
  assert.equal(dumps, 3);
  const changes = recorded.events.flatMap((event) =>
    event.kind === "changed" ? [event.changes.map(({ uuid, after }) => [uuid, after?.["size"]])] : [],
  );
  assert.deepEqual(changes, [
    [["u1", 1]],
    [
      ["u3", 3],
      ["u1", undefined],
    ],
  ]);
});

test("transactions are held back while the socket takes no more, and are refused unsent at their deadline", async () => {
  await using fake = await FakeServer.start({});
  await using recorded = clientOf(fake, { maxQueuedBytes: 1_000, probeIntervalMs: 0 });
  const session = await recorded.session();
  fake.pause();
  const bulky = comment("x".repeat(1 << 20));
  const first = [1, 2, 3].map(() => rejection(session.transact([bulky], deadlineIn(60_000))));
  const held = await rejection(session.transact([comment("held back")], deadlineIn(100)));
  assert.equal(held.code, "DeadlineExceeded");
  await recorded.client.close();
  const codes = (await Promise.all(first)).map(({ code }) => code);
  assert.deepEqual([codes[0], codes.at(-1)], ["OutcomeUnknown", "NotConnected"]);
});
