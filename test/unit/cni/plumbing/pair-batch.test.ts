import assert from "node:assert/strict";
import { test } from "node:test";
import { hostVethName } from "#cni/plumbing/host-veth.ts";
import { pairLines, unpairLines } from "#cni/plumbing/pair-batch.ts";
import { podInterfaces } from "#cni/plumbing/pod-interface.ts";
import { sampleResults } from "./sample-interfaces.ts";

test("a pair is born with its names, MAC, MTU and place", () => {
  const [line] = pairLines(podInterfaces("abc", sampleResults, 1400), "/var/run/netns/cni-1");
  const host = hostVethName("abc", "net1");
  assert.equal(
    line,
    `link add ${host} up mtu 1400 type veth peer name net1 address 0a:58:0a:01:00:07 mtu 1400 netns /var/run/netns/cni-1`,
  );
});

test("pairs are removed as one group, and only by their host's ends", () => {
  assert.deepEqual(unpairLines(["ovn1", "ovn2"], 77_777_777), [
    "link set ovn1 group 77777777",
    "link set ovn2 group 77777777",
    "link del group 77777777",
  ]);
});
