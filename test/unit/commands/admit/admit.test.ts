import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";

test("without a manifest, or without a pod in it, admit ends with status 2 and says what to do", async () => {
  const none = await runCommandLine(["admit"]);
  assert.deepEqual(
    [none.status, none.stderr],
    [2, "ovn4nfv: no manifest: name one with -f, or - for standard input\n"],
  );
  const service = await runCommandLine(["admit", "-f", "-"], {}, "kind: Service\n");
  assert.equal(service.status, 2);
  assert.equal(
    service.stderr,
    "standard input: Service has no pods and is skipped\novn4nfv: no pod or workload in standard input\n",
  );
});

test("a folder in place of a manifest is named as one", async () => {
  const { status, stderr } = await runCommandLine(["admit", "-f", "/"]);
  assert.deepEqual([status, stderr], [2, "ovn4nfv: --filename / is a folder; name its files\n"]);
});

test("admit ends with status 1 when NB cannot be reached in time, dry run or not", async () => {
  for (const dryRun of ["--dry-run", "--no-dry-run"]) {
    const argv = [
      "admit",
      dryRun,
      "--kubeconfig",
      "none",
      "-f",
      "-",
      "--nb",
      "unix:/nowhere/nb.sock",
      "--timeout",
      "50ms",
    ];
    const { status, stdout } = await runCommandLine(argv, {}, "kind: Pod\nmetadata: {name: a}\n");
    assert.deepEqual([status, stdout], [1, ""]);
  }
});

test("without a database admit checks the syntax alone, and says so", async () => {
  const pod = (request: string) =>
    JSON.stringify({
      kind: "Pod",
      metadata: { name: "a", annotations: { "k8s.plugin.opnfv.org/nfn-network": request } },
    });
  const admit = (request: string, ...flags: readonly string[]) =>
    runCommandLine(["admit", ...flags, "-f", "-"], { OVN4NFV_NB: "" }, pod(request));
  const good = '{"type":"ovn4nfv","interface":[{"name":"blue","ipAddress":"10.1.0.7"},{"name":"nowhere"}]}';
  const checked = await admit(good);
  assert.equal(checked.status, 0, checked.stderr);
  assert.match(
    checked.stdout,
    /^POD +INTERFACE +NETWORK +ASKS FOR\ndefault\/a +net1 +blue +10\.1\.0\.7\ndefault\/a +net2 +nowhere +any address\n$/,
  );
  assert.match(checked.stderr, /^Warning: only the syntax was checked, because no Northbound database is named: /);
  assert.deepEqual(JSON.parse((await admit(good, "-o", "json")).stdout), [
    { pod: "default/a", interface: "net1", network: "blue", addresses: ["10.1.0.7"] },
    { pod: "default/a", interface: "net2", network: "nowhere", addresses: [] },
  ]);
  const wrong = await admit('{"type":"ovn4nfv","interface":[{"name":"blue","ipAddress":"10.1.0"}]}');
  assert.deepEqual([wrong.status, wrong.stdout], [3, ""]);
  assert.match(wrong.stderr, /^refused: default\/a: Malformed: [^]*Warning: only the syntax/);
  assert.equal((await admit(good, "--no-dry-run", "--kubeconfig", "none")).status, 2, "nothing can be reserved");
});
