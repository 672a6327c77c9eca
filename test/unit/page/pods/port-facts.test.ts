import assert from "node:assert/strict";
import { test } from "node:test";
import { portFacts } from "#page/pods/port-facts.ts";

const port = { name: "p", interface: "net1" };
const said = (facts: ReturnType<typeof portFacts>) => facts.map(({ says, tone }) => `${tone} ${says}`);

test("a port that is up on a chassis has nothing but good facts", () => {
  const facts = portFacts({
    ...port,
    northbound: { network: "blue", addresses: [], up: true },
    southbound: { chassis: "c1", up: true },
  });
  assert.deepEqual(said(facts), ["good NB: on blue", "good NB: up", "good SB: chassis c1", "good SB: up"]);
});

test("a port that is missing, or waits for a chassis, says so", () => {
  assert.deepEqual(said(portFacts(port)), ["bad not in NB"]);
  const waiting = portFacts({ ...port, northbound: { addresses: [], up: false }, southbound: {} });
  assert.deepEqual(said(waiting), [
    "good NB: on a switch that is no network",
    "warn NB: down",
    "warn SB: on no chassis",
    "calm SB: has not told whether it is up",
  ]);
});
