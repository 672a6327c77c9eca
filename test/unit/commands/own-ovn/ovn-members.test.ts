import assert from "node:assert/strict";
import { test } from "node:test";
import { commandTable } from "#src/commands/command-table.ts";
import { ovnMembers, wantedMembers } from "#src/commands/own-ovn/ovn-members.ts";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";

test("without a cluster nobody knows how many members there shall be, and that is said", async () => {
  assert.equal(await commandTable["ovn-members"]?.load(), ovnMembers);
  const { status, stderr } = await runCommandLine(["ovn-members", "--kubeconfig", "none"]);
  assert.notEqual(status, 0);
  assert.match(stderr, /--kubeconfig none: this subcommand does its work in a cluster/);
});

test("members leave for a smaller number only, and not when everything is deleted", () => {
  assert.equal(wantedMembers({ metadata: {}, spec: { replicas: 1 } }), 1);
  assert.equal(
    wantedMembers({ metadata: { deletionTimestamp: "2026-11-29T18:00:00Z" }, spec: { replicas: 3 } }),
    undefined,
  );
  assert.equal(wantedMembers({ metadata: {} }), undefined);
});
