import assert from "node:assert/strict";
import { test } from "node:test";
import { timesByPart } from "#test/bench/profile/cpu-profile.ts";

const frame = (functionName: string, url = "") => ({ functionName, url });

test("time counts for the file of a function, and what V8 has built in for its caller; nobody is charged for waiting", () => {
  const nodes = [
    { id: 1, callFrame: frame("(root)"), children: [2, 3, 5, 6] },
    { id: 2, callFrame: frame("(idle)") },
    { id: 3, callFrame: frame("plan", "file:///x/src/ipam/plan/planner.ts"), children: [4] },
    { id: 4, callFrame: frame("stringify") },
    { id: 5, callFrame: frame("(garbage collector)") },
    { id: 6, callFrame: frame("onStreamRead", "node:internal/stream_base_commons"), children: [7] },
    { id: 7, callFrame: frame("sign", "file:///x/src/tokens/token.ts") },
  ];
  const samples = [2, 3, 4, 5, 7, 6];
  const times = timesByPart({ nodes, samples, timeDeltas: [0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000] });
  assert.deepEqual(Object.fromEntries(times), { planning: 5, garbage: 4, signature: 5, socketsTlsHttp: 6 });
});
