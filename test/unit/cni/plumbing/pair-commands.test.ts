import assert from "node:assert/strict";
import { test } from "node:test";
import { hostVethName } from "#cni/plumbing/host-veth.ts";
import { pairCommands } from "#cni/plumbing/pair-commands.ts";
import { podInterfaces } from "#cni/plumbing/pod-interface.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";

test("a pair is born with its names, MAC and MTU", () => {
  assert.deepEqual(pairCommands(podInterfaces("abc", sampleResults, 1400)).slice(0, 2), [
    `pair ${hostVethName("abc", "net1")} net1 0a:58:0a:01:00:07 1400`,
    `pair ${hostVethName("abc", "net2")} net2 0a:58:0a:02:00:07 1300`,
  ]);
});
