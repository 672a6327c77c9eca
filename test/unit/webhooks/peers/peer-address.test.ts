import assert from "node:assert/strict";
import { test } from "node:test";
import { peerOf } from "#webhooks/peers/peer-address.ts";

test("IPv4 addresses are told apart, however the socket writes them; of IPv6 the first 64 bits", () => {
  assert.equal(peerOf("10.0.0.1"), "10.0.0.1");
  assert.equal(peerOf("::ffff:10.0.0.1"), "10.0.0.1");
  assert.notEqual(peerOf("10.0.0.2"), peerOf("10.0.0.1"));
  assert.equal(peerOf("2001:db8::1"), peerOf("2001:db8::ffff:0:0:2"));
  assert.notEqual(peerOf("2001:db8::1"), peerOf("2001:db8:0:1::1"));
  assert.equal(peerOf("fe80::1%eth0"), peerOf("fe80::2"));
  assert.equal(peerOf(undefined), "");
});
