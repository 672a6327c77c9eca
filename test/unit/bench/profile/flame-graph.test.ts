import assert from "node:assert/strict";
import { test } from "node:test";
import { drawFlameGraph } from "#test/bench/profile/flame-graph.ts";

const frame = (functionName: string, url = "") => ({ functionName, url });
const profile = {
  nodes: [
    { id: 1, callFrame: frame("(root)"), children: [2, 3, 5] },
    { id: 2, callFrame: frame("(idle)") },
    {
      id: 3,
      callFrame: frame("serve", "file:///home/somebody/src/ovn4nfv/webhooks/server/admission-route.ts"),
      children: [4],
    },
    { id: 4, callFrame: frame("a<b>", "file:///home/somebody/src/ovn4nfv/node_modules/zod/parse.js") },
    { id: 5, callFrame: frame("early", "node:net") },
  ],
  samples: [5, 5, 5, 5, 3, 4, 4, 2],
  timeDeltas: [0, 10, 10, 10, 10, 10, 10, 10, 500],
};

test("each frame is as wide as its share of the time that was not waited, and hangs below its caller", () => {
  const svg = drawFlameGraph("a & b", profile, 0.5, "/home/somebody/src/ovn4nfv");
  assert.match(svg, /<text x="4" y="16" font-size="12">a &amp; b<\/text>/);
  assert.match(
    svg,
    /<title>serve webhooks\/server\/admission-route\.ts 100\.0 %<\/title><rect x="0\.0" y="50" width="1200\.0"/,
  );
  assert.match(svg, /<title>a&lt;b&gt; zod\/parse\.js 66\.7 %<\/title><rect x="0\.0" y="66" width="800\.0"/);
});

test("samples before the wanted part, waiting, and the folders of a machine are left out", () => {
  const svg = drawFlameGraph("title", profile, 0.5, "/home/somebody/src/ovn4nfv");
  assert.doesNotMatch(svg, /early|idle|somebody/);
  assert.match(drawFlameGraph("title", profile, 1, "/home/somebody/src/ovn4nfv"), /early node:net 57\.1 %/);
});
