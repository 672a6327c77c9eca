import assert from "node:assert/strict";
import { test } from "node:test";
import { linkOfGuest } from "#cni/plumbing/guest-binding.ts";
import { parseNetworkState } from "#cni/plumbing/network-state.ts";

const state = parseNetworkState([
  "link net1-nic 02:00:00:00:00:01 1400 up 2 - carrier k6t-net1 -",
  "link net1 0a:58:0a:01:00:07 1400 down 3 - - - -",
  "link 37a8eec1ce1-nic 02:00:00:00:00:02 1400 up 4 - carrier k6t-37a8eec1ce1 -",
  "link net2-nic 02:00:00:00:00:03 1400 up 5 - carrier - -",
]);

test("a link is bound by the names that KubeVirt gives, and only while a bridge has it", () => {
  assert.equal(linkOfGuest("net1", state)?.name, "net1-nic");
  assert.equal(linkOfGuest("pod37a8eec1ce1", state)?.index, 4);
  assert.equal(linkOfGuest("net2", state), undefined);
  assert.equal(linkOfGuest("net3", state), undefined);
});
