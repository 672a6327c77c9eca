// The listings against a real Northbound database whose content changes, and whose names are hostile.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { northboundWithSamples } from "#test/stacks/commands/northbound-with-samples.ts";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";
import { watchCommandLine } from "#test/stacks/commands/watch-command.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

const alone = ["--kubeconfig", "none"];

test("a watch prints the list, then each change of it, and ends well when it is interrupted", {
  timeout: 120_000,
}, async (t) => {
  const nb = await northboundWithSamples(t);
  await using watch = watchCommandLine(["addresses", "blue", "--nb", nb, ...alone, "--watch", "-o", "json"]);
  await nbctl(nb, "lsp-add", "blue", "vm", "--", "lsp-set-addresses", "vm", "00:00:00:00:00:01 10.10.0.9");
  const added = await watch.next();
  await nbctl(nb, "lsp-set-addresses", "vm", "00:00:00:00:00:02 10.10.0.9");
  const modified = await watch.next();
  await nbctl(nb, "lsp-del", "vm");
  const deleted = await watch.next();
  const told = [added, modified, deleted].map(
    (line) => JSON.parse(line) as { type: string; object: { macs: string[] } },
  );
  assert.deepEqual(
    told.map(({ type, object }) => [type, ...object.macs]),
    [
      ["ADDED", "00:00:00:00:00:01"],
      ["MODIFIED", "00:00:00:00:00:02"],
      ["DELETED", "00:00:00:00:00:02"],
    ],
  );
  assert.equal(await watch.interrupt(), 0);
});

test("networks are watched as a table with one line of titles, also those that come later", {
  timeout: 120_000,
}, async (t) => {
  const nb = await northboundWithSamples(t);
  await using watch = watchCommandLine(["networks", "late", "blue", "--nb", nb, ...alone, "-w"]);
  assert.match(await watch.next(), /^EVENT +NAME +SUBNET/);
  assert.match(await watch.next(), /^ADDED +blue +10\.10\.0\.0\/24/);
  await nbctl(nb, "ls-add", "late", "--", "set", "logical_switch", "late", "other_config:subnet=10.99.0.0/24");
  assert.match(await watch.next(), /^ADDED +late +10\.99\.0\.0\/24/);
  await nbctl(nb, "ls-del", "late");
  assert.match(await watch.next(), /^DELETED +late +10\.99\.0\.0\/24/);
  assert.equal(await watch.interrupt(), 0);
});

const hostile = "evil\u001b]0;owned\u0007\u009b2J;$(reboot)";

test("the name of a network gives no orders to a terminal, and is not offered to a shell", async (t) => {
  const nb = await northboundWithSamples(t);
  await nbctl(nb, "ls-add", hostile, "--", "set", "logical_switch", hostile, "other_config:subnet=10.98.0.0/24");
  for (const output of ["table", "wide", "json", "yaml", "name"]) {
    const { status, stdout } = await runCommandLine(["networks", "--nb", nb, ...alone, "-o", output], {
      FORCE_COLOR: "0",
    });
    assert.equal(status, 0);
    assert.match(stdout, /evil\\u001b|evil\\e/, output);
    assert.doesNotMatch(stdout, /(?!\n)\p{Cc}/u, output);
  }
  const { status, stderr } = await runCommandLine(["networks", hostile.replace("evil", "evi"), "--nb", nb, ...alone]);
  assert.equal(status, 3);
  assert.doesNotMatch(stderr, /(?!\n)\p{Cc}/u);
  const { stdout } = await runCommandLine(["completion", "words", "--", "networks", ""], { OVN4NFV_NB: nb });
  assert.equal(stdout, "blue\ngreen\n");
});

test("names are printed as the subcommand takes them again, and a name that nearly fits is told of", async (t) => {
  const nb = await northboundWithSamples(t);
  const admitted = ["admit", "--nb", nb, "--no-dry-run", ...alone, "-f", "deploy/samples/dual-stack.yaml"];
  assert.equal((await runCommandLine(admitted)).status, 0);
  const { stdout: name } = await runCommandLine(["pods", "--nb", nb, ...alone, "-o", "name"]);
  assert.equal(name, "default/dual-stack\n");
  const { stdout } = await runCommandLine(["pods", name.trim(), "--nb", nb, ...alone, "-o", "name"]);
  assert.equal(stdout, name);
  const misspelt = await runCommandLine(["pods", "dual-stak", "--nb", nb, ...alone]);
  assert.deepEqual([misspelt.status, misspelt.stdout], [0, "none\n"]);
  assert.equal(misspelt.stderr, "ovn4nfv: no pod with an allocation is called dual-stak; did you mean dual-stack?\n");
});

test("completion gives up, and says nothing, where the database takes the call and never answers", async () => {
  using folder = createTemporaryFolder("silent");
  const silent = createServer(() => {});
  const path = join(folder.path, "nb.sock");
  silent.listen(path);
  await once(silent, "listening");
  try {
    const { status, stdout, stderr } = await runCommandLine(["completion", "words", "--", "networks", "b"], {
      OVN4NFV_NB: `unix:${path}`,
    });
    assert.deepEqual([status, stdout, stderr], [0, "", ""]);
  } finally {
    silent.close();
  }
});
