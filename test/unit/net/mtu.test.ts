import assert from "node:assert/strict";
import { test } from "node:test";
import { leastMtu } from "#src/net/mtu.ts";

test("a network with IPv6 carries at least 1280 bytes, one with IPv4 alone 576", () => {
  assert.deepEqual([leastMtu([6]), leastMtu([4, 6]), leastMtu([4])], [1280, 1280, 576]);
});
