import assert from "node:assert/strict";
import { test } from "node:test";
import {
  admitsNamespace,
  findSelectorProblem,
  matchesSelector,
  printSelector,
} from "#src/api/network/label-selector.ts";
import type { LabelSelector } from "#src/api/network/network-fields.ts";

const labels = { team: "blue", tier: "front" };

const cases: readonly (readonly [string, LabelSelector, boolean])[] = [
  ["an empty selector matches everything", {}, true],
  ["all labels must be equal", { matchLabels: { team: "blue", tier: "back" } }, false],
  ["equal labels match", { matchLabels: { team: "blue" } }, true],
  ["In needs the label", { matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] }, false],
  ["In takes one of the values", { matchExpressions: [{ key: "team", operator: "In", values: ["a", "blue"] }] }, true],
  ["NotIn holds without the label", { matchExpressions: [{ key: "zone", operator: "NotIn", values: ["a"] }] }, true],
  ["NotIn refuses its values", { matchExpressions: [{ key: "team", operator: "NotIn", values: ["blue"] }] }, false],
  ["Exists needs the label", { matchExpressions: [{ key: "zone", operator: "Exists" }] }, false],
  ["DoesNotExist refuses the label", { matchExpressions: [{ key: "team", operator: "DoesNotExist" }] }, false],
  [
    "labels and expressions must both hold",
    { matchLabels: { team: "blue" }, matchExpressions: [{ key: "zone", operator: "Exists" }] },
    false,
  ],
];

for (const [title, selector, matches] of cases) {
  test(title, () => {
    assert.equal(matchesSelector(selector, labels), matches);
  });
}

test("a label called like a member of every object is not there by itself", () => {
  assert.equal(matchesSelector({ matchExpressions: [{ key: "constructor", operator: "Exists" }] }, {}), false);
});

test("a network admits named namespaces and those that match; text that cannot be read admits nobody", () => {
  const text = JSON.stringify({ names: ["default"], selector: { matchLabels: { team: "blue" } } });
  assert.equal(admitsNamespace(text, "default", {}), true);
  assert.equal(admitsNamespace(text, "other", labels), true);
  assert.equal(admitsNamespace(text, "other", {}), false);
  for (const wrong of ["", "{", "{}", '{"names":["default"]}'])
    assert.equal(admitsNamespace(wrong, "default", labels), false);
});

test("a selector is written as the API server reads it, and as nothing when it selects everything", () => {
  const matchExpressions = [
    { key: "tier", operator: "NotIn" as const, values: ["a", "b"] },
    { key: "old", operator: "DoesNotExist" as const },
    { key: "team", operator: "Exists" as const },
  ];
  assert.equal(
    printSelector({ matchLabels: { way: "west" }, matchExpressions }),
    "way=west,tier notin (a,b),!old,team",
  );
  assert.equal(printSelector({}), "");
});

test("keys and values are those that a label can have", () => {
  const problemOf = (key: string, value = "") => findSelectorProblem({ matchLabels: { [key]: value } })?.field;
  const long = "a".repeat(63);
  for (const key of ["a", "A_b.c-9", long, `example.com/${long}`, `${"a.".repeat(126)}a/b`]) {
    assert.equal(problemOf(key), undefined, key);
  }
  for (const key of [
    "",
    "-a",
    "a-",
    `${long}a`,
    "/a",
    "a/",
    "a/b/c",
    "Example.com/a",
    "a..b/c",
    `${"a.".repeat(127)}a/b`,
  ]) {
    assert.equal(problemOf(key), "matchLabels", key);
  }
  for (const value of ["a b", "a,b", "-a", `${long}a`]) assert.equal(problemOf("a", value), "matchLabels[a]", value);
});
