import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpReplyReader } from "#test/bench/load/http-reply.ts";

const ok = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"allowed":true}';
const chunked = 'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{"kind":\r\n6\r\n"Pod"}\r\n0\r\n\r\n';

test("A reply with a length is complete with its last byte, however it is cut", () => {
  for (let cut = 1; cut < ok.length; cut += 1) {
    const reader = new HttpReplyReader();
    assert.equal(reader.add(Buffer.from(ok.slice(0, cut))), undefined);
    assert.deepEqual(reader.add(Buffer.from(ok.slice(cut))), { status: 200, text: ok });
  }
});

test("A chunked reply ends with its empty chunk", () => {
  const reader = new HttpReplyReader();
  assert.equal(reader.add(Buffer.from(chunked.slice(0, -5))), undefined);
  assert.deepEqual(reader.add(Buffer.from(chunked.slice(-5))), { status: 201, text: chunked });
});

test("The next reply of a connection begins afresh", () => {
  const reader = new HttpReplyReader();
  reader.add(Buffer.from(chunked));
  assert.deepEqual(reader.add(Buffer.from(ok)), { status: 200, text: ok });
});
