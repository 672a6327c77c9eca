// Each part of the product has a test that can be found from it.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { productFolders, root, sourceFiles } from "#tools/source-files.ts";

/** Files of fewer lines of code are tested with their folder. */
const smallLines = 30;

/** Parts that only a whole process runs, each with the test that starts it. */
const byProcess: Readonly<Record<string, string>> = {
  "src/commands/allocation/open-allocator.ts": "test/e2e/admission/admission.test.ts",
  "src/commands/allocation/stored-objects.ts": "test/e2e/admission/admission.test.ts",
  "src/commands/controller/controller.ts": "test/e2e/lifecycle/lifecycle.test.ts",
  "src/commands/controller/late-connection.ts": "test/e2e/lifecycle/late-allocation.test.ts",
  "src/commands/check/adopt-cluster.ts": "test/e2e/operator/check.test.ts",
  "src/commands/check/check.ts": "test/e2e/operator/check.test.ts",
  "src/commands/inspect/claims.ts": "test/e2e/networks/claims.test.ts",
  "src/commands/inspect/objects/inspect-command.ts": "test/e2e/networks/gateway.test.ts",
  "src/commands/inspect/objects/nodes.ts": "test/e2e/networks/gateway.test.ts",
  "src/commands/inspect/watch/followed-objects.ts": "test/e2e/networks/networks-and-pods.test.ts",
  "src/commands/restore/restore.ts": "test/e2e/northbound/restore.test.ts",
  "src/commands/restore/restore-run.ts": "test/e2e/northbound/restore.test.ts",
  "src/commands/uninstall/uninstall.ts": "test/e2e/operator/uninstall.test.ts",
  "src/commands/trace/trace-between.ts": "test/integration/commands/trace/trace.test.ts",
  "src/commands/view/viewers/shared-view.ts": "test/e2e/operator/check.test.ts",
  "src/commands/view/view-answers.ts": "test/integration/commands/view/view.test.ts",
  "src/commands/view/view-sources.ts": "test/integration/commands/view/view.test.ts",
  "src/commands/webhook/webhook.ts": "test/e2e/admission/admission.test.ts",
  "page/main.ts": "test/e2e/page/views.test.ts",
  "page/map/use-layout.ts": "test/e2e/page/views.test.ts",
  "page/networks/use-space.ts": "test/e2e/page/views.test.ts",
  "src/controllers/allocations/allocation-controller.ts": "test/e2e/lifecycle/lifecycle.test.ts",
  "src/controllers/chains/chain-controller.ts": "test/e2e/networks/chains.test.ts",
  "src/controllers/claims/claim-controller.ts": "test/e2e/networks/claims.test.ts",
  "src/controllers/floating/floating-ip-controller.ts": "test/e2e/networks/floating-ip.test.ts",
  "src/controllers/taps/tap-controller.ts": "test/e2e/networks/taps.test.ts",
  "src/controllers/taps/tap-ports.ts": "test/e2e/networks/taps.test.ts",
  "src/controllers/networks/network-controller.ts": "test/e2e/networks/networks.test.ts",
  "src/controllers/policies/policy-controller.ts": "test/e2e/networks/policies.test.ts",
  "src/controllers/policies/policy-watch.ts": "test/e2e/networks/policies.test.ts",
  "src/controllers/services/service-controller.ts": "test/e2e/networks/services.test.ts",
};

/** Components are shown by a browser: each view of the page is opened in `test/e2e/page`. */
const isComponent = (path: string): boolean => path.endsWith(".tsx");

const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** The number of lines that are neither empty nor a comment. */
function codeLines(text: string): number {
  return text.split("\n").filter((line) => !/^\s*(\/\/|\/?\*|$)/.test(line)).length;
}

/** True for tables and types: a file without a function has nothing to run. */
function isData(text: string): boolean {
  const code = stripTypeScriptTypes(text).replace(/^\s*(\/\/|\/?\*).*$/gm, "");
  return !/=>|\bfunction\b|\bclass\b/.test(code);
}

/** The files from which `path` imports values. */
function importsOf(path: string): readonly string[] {
  const statements = read(path).matchAll(/^import (?!type\b)[^;]*?from "([.#][^"]+)"/gm);
  return [...statements].map(([, name = ""]) => {
    return name.startsWith("#") ? name.slice(1) : normalize(join(dirname(path), name));
  });
}

/**
 * The possible paths of a source's own test: `src/net/ip.ts` has `test/unit/net/ip.test.ts`, and could have the same path
 * under test/integration. A package of the workspace has its tests inside.
 */
function mirrorsOf(source: string): readonly string[] {
  const [, home = "", path = ""] = /^(packages\/[^/]+\/)?(?:src\/)?(.*)\.ts$/.exec(source) ?? [];
  return ["unit", "integration"].map((kind) => `${home}test/${kind}/${path}.test.ts`);
}

/** The sources among `sources` that have no test. */
function untested(sources: readonly string[], tests: readonly string[]): readonly string[] {
  const imported = new Set(tests.flatMap(importsOf));
  // The tests of a stack are about the parts that the stack starts.
  for (const stack of [...imported].filter((path) => path.startsWith("test/stacks/"))) {
    for (const path of importsOf(stack)) imported.add(path);
  }
  return sources.filter((source) => {
    const text = read(source);
    if (codeLines(text) <= smallLines || isData(text)) return false;
    return !mirrorsOf(source).some((path) => tests.includes(path)) && !imported.has(source);
  });
}

const sources = sourceFiles(productFolders).filter((path) => !isComponent(path));
const tests = sourceFiles(["test", "packages/*/test"]).filter((path) => path.endsWith(".test.ts"));

test("each source of more than a few lines has a test at its mirrored path, or one that imports it", () => {
  assert.deepEqual(
    untested(sources, tests).filter((source) => !Object.hasOwn(byProcess, source)),
    [],
  );
});

test("a source whose test is taken away is found", () => {
  const source = "src/ipam/commit/settlement.ts";
  const others = tests.filter((path) => !mirrorsOf(source).includes(path) && !importsOf(path).includes(source));
  assert.deepEqual(untested([source], tests), []);
  assert.deepEqual(untested([source], others), [source]);
  assert.ok(untested(sources, []).length > 200, "without tests nearly all are found");
});

test("what only a process runs is named with its test, and has no other", () => {
  const excused = Object.entries(byProcess);
  for (const [source, path] of excused) {
    assert.deepEqual(untested([source], tests), [source], `${source} has a test of its own now`);
    assert.ok(existsSync(join(root, path)), `${path} is gone`);
  }
});

test("each unit test of the product mirrors a source that exists (the shim's are in C)", () => {
  const mirrors = new Set(sources.flatMap(mirrorsOf));
  const others = /^test\/unit\/(tools|runner|lab|guides|bench|soak|cni\/shim)\//;
  const unit = tests.filter((path) => path.includes("test/unit/") && !others.test(path));
  assert.deepEqual(
    unit.filter((path) => !mirrors.has(path)),
    [],
  );
});
