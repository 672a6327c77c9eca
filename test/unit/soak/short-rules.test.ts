import assert from "node:assert/strict";
import { test } from "node:test";
import { deployedRules } from "#test/stacks/monitoring/prometheus.ts";
import { shortenRules } from "#test/stacks/monitoring/short-rules.ts";

test("an alert waits for seconds and looks at seconds, and nothing else of it changes", () => {
  const rule = {
    alert: "A",
    expr: 'sum by (x) (rate(a_total{b="5m"}[10m])) > 300 or c offset 15m > 7 * 24 * 3600',
    for: "15m",
    labels: { severity: "warning" },
  };
  assert.deepEqual(shortenRules({ groups: [{ name: "g", rules: [rule] }] }), {
    groups: [
      {
        name: "g",
        rules: [
          { ...rule, expr: 'sum by (x) (rate(a_total{b="5m"}[15s])) > 300 or c offset 15s > 7 * 24 * 3600', for: "2s" },
        ],
      },
    ],
  });
});

test("a reservation is old after seconds, where it is after minutes in a cluster", () => {
  const [old] = shortenRules(deployedRules())
    .groups.flatMap(({ rules }) => rules)
    .filter(({ alert }) => alert === "Ovn4nfvReservationsNotBound");
  assert.equal(old?.expr, "max(ovn4nfv_reservation_oldest_seconds) > 15");
});

test("of the rules of deploy/monitoring all keep their words but for times", () => {
  const deployed = deployedRules();
  const words = (rules: unknown) =>
    JSON.stringify(rules).replaceAll(/"for":"\w+"|\[\w+\]|offset \w+|oldest_seconds\) > \d+/g, "");
  const short = shortenRules(deployed);
  assert.equal(words(short), words(deployed));
  assert.notDeepEqual(short, deployed);
  for (const rule of short.groups.flatMap(({ rules }) => rules)) {
    assert.doesNotMatch(rule.expr, /\d+[mhd]\]/);
    if (rule.for !== undefined) assert.equal(rule.for, "2s");
  }
});
