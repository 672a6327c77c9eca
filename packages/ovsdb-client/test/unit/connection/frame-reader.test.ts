import assert from "node:assert/strict";
import { test } from "node:test";
import { isCollected } from "../garbage.ts";
import { FrameReader, type FrameReaderOptions, type JsonRpcMessage } from "../../../src/connection/frame-reader.ts";

const messages: readonly JsonRpcMessage[] = [
  { method: "update3", params: ["rows", "t", { T: { u: { insert: { name: "a}{b", e: "Ünïcode 😀" } } } }], id: null },
  { id: 1, result: [{ uuid: ["uuid", "u"] }], error: null },
  { method: "echo", params: [], id: "echo" },
];
const bytes = Buffer.from(messages.map((message) => JSON.stringify(message)).join(""));

function reading(maxBytes: number, deliver: (message: JsonRpcMessage) => void, more: Partial<FrameReaderOptions> = {}) {
  return new FrameReader({ maxBytes, deliver, beginUpdate: () => undefined, ...more });
}

function read(pieces: readonly Buffer[]): JsonRpcMessage[] {
  const out: JsonRpcMessage[] = [];
  const reader = reading(10_000, (message) => out.push(message));
  for (const piece of pieces) reader.feed(piece);
  return out;
}

test("messages are read whole, several at once, and split at any byte", () => {
  assert.deepEqual(read([bytes]), messages);
  for (let at = 0; at <= bytes.length; at += 1) {
    assert.deepEqual(read([bytes.subarray(0, at), bytes.subarray(at)]), messages, `split at ${at}`);
  }
  assert.deepEqual(read(Array.from(bytes, (byte) => Buffer.from([byte]))), messages);
});

test("white space between messages is no part of them", () => {
  const spaced = Buffer.from(messages.map((message) => `${JSON.stringify(message, null, 2)}\n`).join("\r\n "));
  assert.deepEqual(read([spaced]), messages);
});

/** A reply with all rows: the parts that are handed out of it, the message that remains, and the messages around it. */
function readDump(result: unknown, idFirst: boolean) {
  const dump = idFirst ? { id: 7, error: null, result } : { result, error: null, id: 7 };
  const before = { method: "update2", params: ["server", {}], id: null };
  const text = Buffer.from(JSON.stringify(before) + JSON.stringify(dump) + bytes.toString());
  return Array.from({ length: text.length + 1 }, (_, at) => {
    const parts: [string, unknown][] = [];
    const out: JsonRpcMessage[] = [];
    const reader = reading(200, (message) => {
      out.push(message);
      if (message["id"] === 7) reader.streamResults(undefined);
    });
    reader.streamResults((path, value) => parts.push([path.join("/"), value]));
    reader.feed(text.subarray(0, at));
    reader.feed(text.subarray(at));
    assert.deepEqual(out, [before, { id: 7, error: null }, ...messages]);
    return parts;
  });
}

test("the rows of a dump are handed out one by one, whatever its length and order of members", () => {
  const rows = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`u${i}`, { initial: { name: `row ${i}` } }]));
  const expected = Object.entries(rows).map(([uuid, row]): [string, unknown] => [`T/${uuid}`, row]);
  for (const parts of [...readDump({ T: rows }, true), ...readDump({ T: rows }, false)])
    assert.deepEqual(parts, expected);
});

test("the dump of monitor_cond_since is handed out with what precedes the rows", () => {
  for (const parts of readDump([true, "txn", { T: { u: { delete: null } }, Empty: {} }], false)) {
    assert.deepEqual(parts, [
      ["0", true],
      ["1", "txn"],
      ["2/T/u", { delete: null }],
    ]);
  }
});

test("an error instead of a dump is a message like any other", () => {
  const out: JsonRpcMessage[] = [];
  const reader = reading(1_000, (message) => out.push(message));
  reader.streamResults(() => assert.fail("there is no row"));
  reader.feed(Buffer.from('{"error":{"error":"unknown database"},"id":3,"result":null}'));
  assert.deepEqual(out, [{ error: { error: "unknown database" }, id: 3, result: null }]);
});

test("a message longer than allowed is refused although it came whole", () => {
  const reader = reading(20, () => assert.fail("it is too long"));
  assert.throws(
    () => {
      reader.feed(bytes);
    },
    { code: "ProtocolError" },
  );
});

const manyRows = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`u${i}`, { insert: { name: `row ${i}` } }]));

/** Reads messages that arrive in two pieces, and takes the rows of the monitor `rows` one by one. */
function readUpdates(messages: readonly JsonRpcMessage[], at: number, maxBytes = 200) {
  const rows: [table: string, uuid: string, update: unknown][] = [];
  const taker = { row: (table: string, uuid: string, update: unknown) => rows.push([table, uuid, update]) };
  const out: JsonRpcMessage[] = [];
  const reader = reading(maxBytes, (message) => out.push(message), {
    beginUpdate: (monitor) => (monitor === "rows" ? taker : undefined),
  });
  const text = Buffer.from(messages.map((message) => JSON.stringify(message)).join(""));
  reader.feed(text.subarray(0, at));
  reader.feed(text.subarray(at));
  return { rows, out, taker };
}

for (const params of [
  ["rows", { T: manyRows, U: { v: { delete: null } } }],
  ["rows", "txn", { T: manyRows, U: { v: { delete: null } } }],
]) {
  test(`the rows of an update are handed out one by one when it is long, of ${params.length} parameters`, () => {
    for (let at = 0; at < 300; at += 1) {
      const { rows, out, taker } = readUpdates([{ method: "update", params, id: null }], at);
      assert.deepEqual(
        rows.slice(0, -1),
        Object.entries(manyRows).map(([uuid, update]) => ["T", uuid, update]),
      );
      assert.deepEqual(rows.at(-1), ["U", "v", { delete: null }]);
      assert.deepEqual(out, [{ method: "update", params: [...params.slice(0, -1), taker], id: null }]);
    }
  });
}

test("an update of another monitor, and other requests of the server, stay whole wherever they are split", () => {
  const whole: readonly JsonRpcMessage[] = [
    { method: "update2", params: ["server", { T: { u: { delete: null } } }], id: null },
    { method: "echo", params: [], id: "echo" },
    { method: "echo", params: ["rows", ["a", { b: [] }]], id: "e" },
    { method: "monitor_canceled", params: ["server"], id: null },
    { method: "other", params: { by: "name" }, id: null },
  ];
  for (const message of whole) {
    const { length } = JSON.stringify(message);
    for (let at = 1; at < length; at += 1) {
      assert.deepEqual(readUpdates([message], at).out, [message]);
    }
  }
});

test("an update whose rows are no objects is refused", () => {
  for (const tables of [{ T: 5 }, { T: [{ insert: {} }] }]) {
    const update = { method: "update2", params: ["rows", tables], id: null };
    assert.throws(() => readUpdates([update], 10), { code: "ProtocolError" });
  }
});

test("an update with one row that is longer than allowed is refused", () => {
  const params = ["rows", { T: { u: { insert: { name: "long ".repeat(50) } } } }];
  assert.throws(() => readUpdates([{ method: "update2", params, id: null }], 10), { code: "ProtocolError" });
});

test("the rows of an update are not kept when it has been delivered", async () => {
  const text = Buffer.from(JSON.stringify({ method: "update", params: ["rows", { T: manyRows }], id: null }));
  let taken = new WeakRef({});
  let delivered = 0;
  const reader = reading(
    200,
    () => {
      delivered += 1;
    },
    {
      beginUpdate: () => {
        const taker = { row: () => undefined };
        taken = new WeakRef(taker);
        return taker;
      },
    },
  );
  reader.feed(text.subarray(0, 50));
  reader.feed(text.subarray(50));
  assert.equal(delivered, 1);
  assert.ok(await isCollected(taken));
  reader.feed(Buffer.from("{"));
});
