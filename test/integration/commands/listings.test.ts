import assert from "node:assert/strict";
import { test } from "node:test";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";
import { northboundWithSamples } from "#test/stacks/commands/northbound-with-samples.ts";

test("networks shows a line for each subnet, and in JSON an object for each network", async (t) => {
  const nb = await northboundWithSamples(t);
  await nbctl(nb, "lsp-add", "blue", "vm", "--", "lsp-set-addresses", "vm", "00:00:00:00:00:01 10.10.0.9");
  const table = await runCommandLine(["networks", "--nb", nb]);
  const lines = table.stdout.trimEnd().split("\n");
  assert.match(lines[1] ?? "", /^blue +10\.10\.0\.0\/24 +10\.10\.0\.1 +253 +1 +252 +0 +- +default$/);
  assert.match(lines[3] ?? "", /^green +fd20::\/64 +fd20::1 +~2\^64 +0 +~2\^64 +0 +1400 +default$/);
  const { stdout } = await runCommandLine(["networks", "--nb", nb, "-o", "json"]);
  const [blue, green] = JSON.parse(stdout) as [object, { name: string; subnets: { capacity: string }[] }];
  assert.deepEqual(blue, {
    name: "blue",
    subnets: [{ cidr: "10.10.0.0/24", gateway: "10.10.0.1", capacity: "253", used: "1", free: "252" }],
    openReservations: 0,
    allowedNamespaces: ["default"],
  });
  assert.deepEqual([green.name, green.subnets[1]?.capacity], ["green", (2n ** 64n - 2n).toString()]);
});

test("networks shows those that are named, and suggests a name for one that is mistyped", async (t) => {
  const nb = await northboundWithSamples(t);
  const { stdout } = await runCommandLine(["networks", "green", "--nb", nb]);
  assert.match(stdout, /^NAME +SUBNET .* ALLOWED +PROBLEM\ngreen .*\ngreen .*\n$/);
  const { status, stderr } = await runCommandLine(["networks", "gren", "--nb", nb]);
  assert.equal(status, 3);
  assert.match(stderr, /^ovn4nfv: UnknownNetwork: network "gren" is not the name of a network; did you mean "green"\?/);
});

test("pods shows reservations and bound ports of NB alone, and of one namespace when it is named", async (t) => {
  const nb = await northboundWithSamples(t);
  const { status } = await runCommandLine([
    "admit",
    "--nb",
    nb,
    "--no-dry-run",
    "--kubeconfig",
    "none",
    "-f",
    "deploy/samples/dual-stack.yaml",
  ]);
  assert.equal(status, 0);
  const { stdout } = await runCommandLine(["pods", "--nb", nb, "--kubeconfig", "none"]);
  assert.match(
    stdout,
    /^NAMESPACE +POD +NODE +STATE +INTERFACES\ndefault +dual-stack +- +reserved +\w+=green:10\.[\d.]+,fd20::\S+\n$/,
  );
  const named = await runCommandLine(["pods", "another", "--nb", nb, "--kubeconfig", "none"]);
  assert.equal(named.stdout, "none\n");
  const other = await runCommandLine(["pods", "--nb", nb, "--kubeconfig", "none", "-n", "elsewhere", "-o", "json"]);
  assert.equal(other.stdout, "[]\n");
});

test("addresses shows the networks that are asked for, and refuses a name that is none", async (t) => {
  const nb = await northboundWithSamples(t);
  await nbctl(nb, "lsp-add", "blue", "vm", "--", "lsp-set-addresses", "vm", "00:00:00:00:00:01 10.10.0.9");
  const { stdout } = await runCommandLine(["addresses", "blue", "--nb", nb]);
  assert.match(stdout, /^blue +10\.10\.0\.9 +00:00:00:00:00:01 +vm +foreign port$/m);
  const empty = await runCommandLine(["addresses", "green", "--nb", nb, "-o", "json"]);
  assert.equal(empty.stdout, "[]\n");
  await nbctl(nb, "lsp-add", "green", "host", "--", "lsp-set-addresses", "host", "00:00:00:00:00:02 fd20::9");
  const one = await runCommandLine(["addresses", "FD20:0::9", "10.10.0.8", "--nb", nb]);
  assert.match(one.stdout, /^NETWORK .*\ngreen +fd20::9 +00:00:00:00:00:02 +host +foreign port\n$/);
  assert.equal((await runCommandLine(["addresses", "10.10.0.8", "--nb", nb])).stdout, "none\n");
  const { status, stderr } = await runCommandLine(["addresses", "bleu", "--nb", nb]);
  assert.equal(status, 3);
  assert.match(stderr, /^ovn4nfv: UnknownNetwork: network "bleu" is not the name of a network/);
});
