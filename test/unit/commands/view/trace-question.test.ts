import assert from "node:assert/strict";
import { test } from "node:test";
import { traceQuestion } from "#src/commands/view/trace-question.ts";

test("a question of the page becomes one of the subcommand", () => {
  assert.deepEqual(traceQuestion({ from: "shop/web/net1", to: "192.0.2.1" }), {
    source: "shop/web/net1",
    target: "192.0.2.1",
    namespace: "default",
    kind: { proto: "icmp", port: 80 },
  });
  assert.deepEqual(traceQuestion({ from: "a", to: "b", proto: "udp", port: "53" }, "shop").kind, {
    proto: "udp",
    port: 53,
  });
});

test("what is missing or is no protocol or port is refused", () => {
  const wrong = [
    {},
    { from: "a" },
    { from: "a", to: "b", proto: "x; rm" },
    { from: "a", to: "b", port: "0" },
    { from: "a", to: "b", port: "1e3" },
  ];
  for (const query of wrong) assert.throws(() => traceQuestion(query), /needs from|proto is|port is/);
});
