import assert from "node:assert/strict";
import { test } from "node:test";
import { podLines } from "#cni/plumbing/pod-batch.ts";
import { podInterfaces } from "#cni/plumbing/pod-interface.ts";
import { sampleResults } from "./sample-interfaces.ts";

test("every address comes before every route, and the default route last", () => {
  assert.deepEqual(podLines(podInterfaces("abc", sampleResults, 1400), [], []), [
    "link set dev net1 up",
    "addr add 10.1.0.7/24 dev net1",
    "link set dev net2 up",
    "addr add 10.2.0.7/24 dev net2",
    "addr add fd00:2::7/64 dev net2 nodad",
    "link set dev net3 up",
    "addr add 10.3.0.7/24 dev net3",
    "addr add 10.3.0.8/24 dev net3",
    "route add 172.30.0.0/16 via 10.3.0.254 dev net3",
    "route add 172.31.0.0/16 dev net3",
    "route add default nexthop via 10.2.0.1 dev net2",
    "route add default nexthop via fd00:2::1 dev net2",
  ]);
});

test("an interface may be called like a word of ip: its name is never where ip looks for one", () => {
  const [result] = sampleResults;
  assert.ok(result);
  const lines = podLines(podInterfaces("abc", [{ ...result, interface: "up" }], 1400), [], []);
  assert.deepEqual(lines, ["link set dev up up", "addr add 10.1.0.7/24 dev up"]);
});
