// Each source has its unit test at the mirrored path, or a reason here why not.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { productFolders, root, sourceFiles } from "#tools/source-files.ts";

/** Sources that hold nothing to run by itself: path or folder, and what tests them instead. */
const excused: Readonly<Record<string, string>> = {
  "packages/ovsdb-client/src/ovsdb-client.ts":
    "the entry of the package, which only names; the whole product imports it",
  "src/main.ts": "only hands the process over; test/unit/commands/version.test.ts runs it",
  "src/commands/command.ts": "types only",
  "src/commands/command-table.ts": "data; test/structure/docs.test.ts compares it with the documents",
  "src/commands/exit-codes.ts": "data; test/unit/commands/program.test.ts asserts the statuses",
  "src/commands/flags/install-flags.ts": "data; test/unit/commands/flags/flags.test.ts reads the whole table",
  "src/commands/flags/topology-flags.ts": "data; test/unit/commands/flags/flags.test.ts reads the whole table",
  "src/commands/inspect/adopt-cluster.ts": "composition; test/e2e/operator/check.test.ts runs it",
  "src/commands/inspect/check.ts": "composition; test/e2e/lifecycle/lifecycle.test.ts runs it",
  "src/commands/controller/controller.ts": "composition; test/e2e/lifecycle/lifecycle.test.ts runs it",
  "src/commands/flags/controller-flags.ts": "data; test/unit/commands/flags/flags.test.ts reads the whole table",
  "src/controllers/allocations/allocation-controller.ts":
    "wiring of informers, queue and database; test/e2e/lifecycle/lifecycle.test.ts runs it",
  "src/ovn/topology-tables.ts":
    "data; test/integration/controllers/controller-tables.test.ts holds it against the schema",
  "src/controllers/allocations/nb-view.ts":
    "wiring of client and indexes; test/e2e/lifecycle/lifecycle.test.ts runs it",
  "src/commands/controller/late-admissions.ts": "composition; test/e2e/lifecycle/late-allocation.test.ts runs it",
  "src/controllers/late-allocation/late-controller.ts":
    "wiring of informer and queue; test/e2e/lifecycle/late-allocation.test.ts runs it",
  "src/controllers/northbound/controller-tables.ts":
    "data; test/integration/controllers/controller-tables.test.ts holds it against the schema",
  "src/controllers/northbound/nb-feed.ts": "wiring of the client; test/e2e/networks/networks.test.ts follows by it",
  "src/controllers/networks/network-controller.ts":
    "wiring of informer, queue and database; test/e2e/networks/networks.test.ts runs it",
  "certs/certificate-writer.ts": "test/unit/certs/authority.test.ts reads what it wrote",
  "certs/bundle-file.ts": "watches real folders: test/integration/certs/files.test.ts",
  "certs/file-watch.ts": "watches real folders: test/integration/certs/files.test.ts",
  "certs/files.ts": "watches real folders: test/integration/certs/files.test.ts",
  "certs/reloaded-files.ts": "watches real folders: test/integration/certs/files.test.ts",
  "certs/secret-certificate.ts": "keeps objects of the API server: test/integration/certs/secret-certificate.test.ts",
  "certs/rsa-key.ts": "test/unit/certs/authority.test.ts signs with it",
  "cni/plumbing/ovs-tables.ts": "data; test/unit/cni/plumbing/ovs-ports.test.ts writes and reads by it",
  "cni/compile.ts": "runs gcc: every test of the shim and of ovn4nfv-netlink starts with it",
  "src/commands/doctor/read-endpoint.ts": "needs sockets: test/integration/commands/doctor.test.ts",
  "src/commands/doctor/read-ovn.ts": "needs OVN: test/integration/commands/doctor.test.ts",
  "src/commands/doctor/finding.ts": "constructors only; test/unit/commands/doctor/judge.test.ts reads what they make",
  "src/commands/support/support-bundle.ts": "composition; test/e2e/operator/doctor.test.ts runs it",
  "src/commands/support/bundle-folder.ts": "writes files: test/e2e/operator/doctor.test.ts reads them",
  "src/commands/uninstall/uninstall.ts": "composition; test/e2e/operator/uninstall.test.ts runs it",
  "src/commands/uninstall/uninstall-cluster.ts":
    "calls of the API server in order; test/e2e/operator/uninstall.test.ts makes them",
  "src/commands/webhook/webhook.ts": "composition; test/e2e runs it",
  "src/commands/keys/keys.ts": "composition; test/integration/tokens/stored-keys.test.ts runs it",
  "src/commands/flags/token-flags.ts": "data; test/unit/commands/flags/flags.test.ts reads the whole table",
  "src/tokens/stored-signer.ts": "keeps objects of the API server: test/integration/tokens/stored-keys.test.ts",
  "src/tokens/key-rotation.ts": "keeps objects of the API server: test/integration/tokens/stored-keys.test.ts",
  "src/commands/webhook/webhook-certificate.ts": "composition; test/e2e runs it",
  "src/commands/flags/certificate-flags.ts": "data; test/unit/commands/flags/flags.test.ts reads the whole table",
  "src/ipam/commit/backend-unavailable.ts":
    "one constructor; test/unit/ipam/commit/committer.test.ts asserts its messages",
  "src/ipam/commit/settlement.ts":
    "test/unit/ipam/commit/committer.test.ts asks for each decision, through the committer",
  "src/ipam/nb-allocator.ts": "composition; test/integration/ipam runs it",
  "webhooks/pod/pod-patch.ts": "test/unit/webhooks/pod/pod-handler.test.ts looks at each patch that it makes",
  "webhooks/server/admission-listener.ts": "a TLS server: test/integration/webhooks/server/bad-peers.test.ts",
  "webhooks/server/admission-route.ts": "test/unit/webhooks/server/admission-app.test.ts sends reviews through it",
  "webhooks/server/client-certificate.ts": "needs a TLS socket: test/integration/webhooks/server/certificates.test.ts",
  "webhooks/server/head-watch.ts": "needs sockets: test/integration/webhooks/server/bad-peers.test.ts",
  "src/health/listening.ts": "binds ports: test/integration/webhooks/server/drain.test.ts",
  "webhooks/server/webhook-server.ts": "a process with two ports: test/integration/webhooks/server/drain.test.ts",
  "src/commands/flags/flag-options.ts": "test/unit/commands/program.test.ts drives it through commander",
};

/**
 * Where the unit test of a source is: `src/net/ip.ts` has `test/unit/net/ip.test.ts`, `certs/rollover.ts` has
 * `test/unit/certs/rollover.test.ts`. A package of the workspace has its tests inside.
 */
function mirrorOf(source: string): string {
  if (source.startsWith("packages/")) return source.replace("/src/", "/test/unit/").replace(/\.ts$/, ".test.ts");
  return `test/unit/${source.replace(/^src\//, "").replace(/\.ts$/, ".test.ts")}`;
}

/** A file that only declares: stripping the types leaves nothing that could be wrong. */
async function isTypesOnly(source: string): Promise<boolean> {
  const exported = (await import(`${root}/${source}`)) as Record<string, unknown>;
  return Object.keys(exported).length === 0;
}

test("every source of the product has a unit test beside it, or a reason why not", async () => {
  const missing: string[] = [];
  for (const source of sourceFiles(productFolders)) {
    if (existsSync(`${root}/${mirrorOf(source)}`) || Object.hasOwn(excused, source)) continue;
    if (!(await isTypesOnly(source))) missing.push(`${source} has no ${mirrorOf(source)}`);
  }
  assert.equal(missing.join("\n"), "");
});

test("nobody is excused who has a test, or who is gone", () => {
  for (const source of Object.keys(excused)) {
    assert.ok(existsSync(`${root}/${source}`), `${source} is gone`);
    assert.ok(!existsSync(`${root}/${mirrorOf(source)}`), `${source} has a test now`);
  }
});

test("every unit test of the product mirrors a source that exists (the shim's are in C)", () => {
  const sources = new Set(sourceFiles(productFolders).map(mirrorOf));
  const productTests = sourceFiles(["test/unit", "packages/*/test/unit"]).filter((path) => {
    return path.endsWith(".test.ts") && !/^test\/unit\/(tools|runner|lab|bench|cni\/shim)\//.test(path);
  });
  assert.equal(productTests.filter((path) => !sources.has(path)).join("\n"), "");
});
