import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { ask } from "#page/live/ask.ts";

const server = createServer(({ url }, response) => {
  if (url === "/told") response.end('{"a":1}');
  else if (url === "/error") response.writeHead(404).end('{"code":"NotFound","message":"there is no such pod"}');
  else response.writeHead(502, "Bad Gateway").end("<html>");
}).listen(0, "127.0.0.1");
await once(server, "listening");
after(() => server.close());
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const signal = AbortSignal.timeout(60_000);

test("an answer is its value, and an error of the server its code and message", async () => {
  assert.deepEqual(await ask(`${base}/told`, signal), { kind: "told", value: { a: 1 } });
  const failed = { kind: "failed", status: 404, code: "NotFound", message: "there is no such pod" };
  assert.deepEqual(await ask(`${base}/error`, signal), failed);
});

test("an error of something between is its status, and no server at all is an answer too", async () => {
  assert.deepEqual(await ask(`${base}/proxy`, signal), {
    kind: "failed",
    status: 502,
    code: "HTTP 502",
    message: "Bad Gateway",
  });
  const none = await ask("http://127.0.0.1:1/", signal);
  assert.equal(none.kind === "failed" && none.code, "Unreachable");
});
