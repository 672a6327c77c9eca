import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type GroupedPod,
  type GroupSelector,
  isGrouped,
  printGroupSelector,
  readGroupSelector,
} from "#src/api/policy/group-selector.ts";

const pod: GroupedPod = {
  namespace: "default",
  labels: { app: "db" },
  namespaceLabels: { team: "blue" },
  ports: [{ name: "sql", protocol: "TCP", number: 5432 }],
};
const selector = (more: Partial<GroupSelector> = {}): GroupSelector => ({ network: "blue", pods: {}, ...more });

describe("the selector of a port group", () => {
  it("is written alike, whatever the order of what it asks for", () => {
    const expression = (key: string, ...values: readonly string[]) => ({
      key,
      operator: "In" as const,
      values: [...values],
    });
    const one = selector({
      pods: { matchLabels: { a: "1", b: "2" }, matchExpressions: [expression("x", "1", "2"), expression("y", "3")] },
    });
    const other = selector({
      pods: { matchLabels: { b: "2", a: "1" }, matchExpressions: [expression("y", "3"), expression("x", "2", "1")] },
    });
    assert.equal(printGroupSelector(one), printGroupSelector(other));
    assert.notEqual(printGroupSelector(selector()), printGroupSelector(selector({ namespaces: {} })));
  });

  it("is read as it was written, and nothing else is read", () => {
    const full = selector({
      namespace: "default",
      namespaces: { matchLabels: { team: "blue" } },
      pods: { matchLabels: { app: "db" } },
      port: { name: "sql", protocol: "TCP", number: 5432 },
    });
    assert.deepEqual(readGroupSelector(printGroupSelector(full)), full);
    for (const text of ["", "{", "7", '{"network":7,"pods":{}}']) assert.equal(readGroupSelector(text), undefined);
  });

  it("takes pods by their namespace or its labels, by their labels, and by their ports", () => {
    assert.ok(isGrouped(selector(), pod));
    assert.ok(isGrouped(selector({ namespace: "default", pods: { matchLabels: { app: "db" } } }), pod));
    assert.ok(isGrouped(selector({ namespaces: { matchLabels: { team: "blue" } } }), pod));
    assert.ok(isGrouped(selector({ port: { name: "sql", protocol: "TCP", number: 5432 } }), pod));
    const others: readonly Partial<GroupSelector>[] = [
      { namespace: "other" },
      { namespaces: { matchLabels: { team: "red" } } },
      { pods: { matchLabels: { app: "web" } } },
      { port: { name: "sql", protocol: "UDP", number: 5432 } },
      { port: { name: "sql", protocol: "TCP", number: 5433 } },
    ];
    for (const more of others) assert.ok(!isGrouped(selector(more), pod), JSON.stringify(more));
  });
});
