import assert from "node:assert/strict";
import { test } from "node:test";
import { chainColumns, linesOfChain, reportChain } from "#src/commands/inspect/objects/chain-lines.ts";
import { printTable } from "#src/commands/output/text-table.ts";
import { projectChain } from "#src/controllers/chains/chain-object.ts";

const condition = (type: string, status: string, reason: string, message: string) => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: "2026-11-28T20:00:00Z",
});
const chain = (name: string, status?: object) =>
  projectChain({
    metadata: { name, namespace: "default", uid: name, resourceVersion: "1" },
    spec: { routingSpec: { networkChain: "net=a,app=fw,net=b" } },
    ...(status === undefined ? {} : { status }),
  });
const table = (...chains: readonly ReturnType<typeof chain>[]): string =>
  printTable(chains.map(reportChain).flatMap(linesOfChain), chainColumns);

test("each hop has a line with its pods, and a chain that lacks one says so", () => {
  const hops = [
    { name: "app=fw", left: "a", right: "m", pods: [{ name: "fw-0", slices: 64 }], slices: 64 },
    { name: "app=dpi", left: "m", right: "b", pods: [], slices: 0 },
  ];
  const conditions = [
    condition("Ready", "False", "Dropped", "function app=dpi: the traffic is dropped"),
    condition("Degraded", "True", "NoReplica", "function app=dpi: there is no such pod"),
  ];
  const text = table(chain("one", { hops, conditions }));
  assert.match(text, /default +one +Dropped +a +app=fw +m +fw-0=64 +function app=dpi: there is no such pod\n/);
  assert.match(text, /default +one +Dropped +m +app=dpi +b +- +function app=dpi/);
});

test("a chain that is refused, or that nobody has looked at yet, has a line too", () => {
  const conditions = [condition("Ready", "False", "UnknownNetwork", "right end: there is no Network net=b")];
  const text = table(chain("one", { conditions }), chain("new"));
  assert.match(text, /default +one +UnknownNetwork +- +- +- +- +right end: there is no Network net=b\n/);
  assert.match(text, /default +new +Unknown +- /);
});
