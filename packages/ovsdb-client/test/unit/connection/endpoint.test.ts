import assert from "node:assert/strict";
import { test } from "node:test";
import { parseEndpoint } from "../../../src/connection/endpoint.ts";

test("the three kinds of endpoint are read", () => {
  assert.deepEqual(parseEndpoint("unix:/run/ovn/nb.sock"), {
    scheme: "unix",
    text: "unix:/run/ovn/nb.sock",
    path: "/run/ovn/nb.sock",
  });
  assert.deepEqual(parseEndpoint("tcp:10.0.0.1:6641"), {
    scheme: "tcp",
    text: "tcp:10.0.0.1:6641",
    host: "10.0.0.1",
    port: 6641,
  });
  assert.deepEqual(parseEndpoint("ssl:nb.example:6641"), {
    scheme: "ssl",
    text: "ssl:nb.example:6641",
    host: "nb.example",
    port: 6641,
  });
  assert.deepEqual(parseEndpoint("ssl:[2001:db8::1]:1"), {
    scheme: "ssl",
    text: "ssl:[2001:db8::1]:1",
    host: "2001:db8::1",
    port: 1,
  });
});

for (const text of [
  "",
  "unix:",
  "tcp:",
  "tcp:host",
  "tcp:host:",
  "tcp:host:0",
  "tcp:host:65536",
  "tcp:host:1x",
  "udp:h:1",
  "tcp:2001:db8::1:6641",
  "ptcp:6641",
]) {
  test(`"${text}" is refused with the notation that is wanted`, () => {
    assert.throws(() => parseEndpoint(text), { code: "ConfigInvalid", message: /write unix:\/path, tcp:host:port/ });
  });
}
