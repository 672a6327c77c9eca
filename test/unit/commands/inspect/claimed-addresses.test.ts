import assert from "node:assert/strict";
import { test } from "node:test";
import type { HeldAddress } from "#src/commands/inspect/address-holders.ts";
import { lostAddresses, markOrphans } from "#src/commands/inspect/claimed-addresses.ts";
import { claimObject } from "#test/fixtures/controllers/ipam-claims.ts";

const told = claimObject({ status: { ips: ["10.0.0.5/24"] } });
const line = (owner: string, port: string, kind: HeldAddress["kind"] = "IPAMClaim"): HeldAddress => {
  return { network: "blue", address: "10.0.0.5", macs: [], port, kind, owner };
};

test("an address that is kept for a claim which does not exist is marked, and those of other clusters are not", () => {
  const held = [
    line("default/db", "claim:c:default/db"),
    line("default/gone", "claim:c:default/gone"),
    line("default/gone", "claim:d:default/gone"),
    line("default/web", "a-net1", "pod"),
  ];
  assert.deepEqual(
    markOrphans(held, { cluster: "c", objects: [told] }).map(({ owner }) => owner),
    ["default/db", "default/gone (no such claim)", "default/gone", "default/web"],
  );
});

test("an address of a claim whose row NB lost has a line of its own", () => {
  const lost = (hasRow: boolean, ...objects: readonly ReturnType<typeof claimObject>[]) =>
    lostAddresses({ cluster: "c", objects }, () => hasRow);
  assert.deepEqual(lost(false, told), [
    {
      network: "blue",
      address: "10.0.0.5",
      macs: ["0a:58:0a:00:00:05"],
      port: undefined,
      kind: "IPAMClaim",
      owner: "default/db (its row is lost)",
    },
  ]);
  assert.deepEqual(lost(true, told), []);
  assert.deepEqual(lost(false, claimObject(), claimObject({ marked: false, status: { ips: ["10.0.0.5/24"] } })), []);
  assert.deepEqual(lost(false, claimObject({ deleting: true, status: { ips: ["10.0.0.5/24"] } })), []);
});
