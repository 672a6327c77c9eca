import assert from "node:assert/strict";
import { test } from "node:test";
import { processClock } from "../../../src/time/clock.ts";
import type { TlsFiles } from "../../../src/connection/open-socket.ts";
import { parseEndpoint } from "../../../src/connection/endpoint.ts";
import { openSocket } from "../../../src/connection/open-socket.ts";

function open(endpoint: string, tls?: TlsFiles, signal = new AbortController().signal): Promise<unknown> {
  return openSocket({
    endpoint: parseEndpoint(endpoint),
    clock: processClock,
    timeoutMs: 5_000,
    signal,
    ...(tls && { tls }),
  });
}

test("an endpoint where nobody listens is told by its name", async () => {
  await assert.rejects(open("unix:/nonexistent/sock"), {
    code: "NotConnected",
    message: /cannot connect to unix:\/nonexistent\/sock: .*ENOENT/,
  });
});

test("ssl needs the file of an authority, and one that can be read", async () => {
  await assert.rejects(open("ssl:127.0.0.1:1"), { code: "ConfigInvalid" });
  await assert.rejects(open("ssl:127.0.0.1:1", { caFile: "/nonexistent/ca.pem" }), {
    code: "NotConnected",
    message: /TLS file: .*ENOENT/,
  });
});

test("a caller that has given up opens nothing", async () => {
  await assert.rejects(open("unix:/nonexistent/sock", undefined, AbortSignal.abort()), { code: "Aborted" });
});
