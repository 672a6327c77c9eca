import assert from "node:assert/strict";
import { test } from "node:test";
import { countWays, uplinksWithRows } from "#src/controllers/uplinks/uplink-controller.ts";
import { networksWithRows } from "#src/controllers/networks/networks-with-rows.ts";
import type { OwnedRow } from "#src/ovn/owned/read-owned-rows.ts";

test("rows of Uplinks are not taken for those of Networks that are gone, and the other way round", () => {
  const network = "5b1f0c6e-3c1d-4a53-9d7e-0f2f6a2f8a10";
  const ids = ["topology/ovn4nfv-join", `${network}/switch`, "uplink/u9/gateway", "uplink/u9/outside"];
  const owned = { rows: new Map(ids.map((id) => [id, {} as OwnedRow])), foreignNames: new Set<string>() };
  assert.deepEqual([...uplinksWithRows(owned)], ["u9"]);
  assert.deepEqual([...networksWithRows(owned)], [network]);
});

test("ways out are counted by state, and a state that none has is zero", () => {
  const there = (...chassis: readonly string[]) => {
    const wayOut = { routeTable: "west", gatewayId: "g", addresses: [], natsIpv6: true };
    return { kind: "there", wayOut, chassis } as const;
  };
  const ways = [there("n1"), there("n1", "n2"), there()];
  assert.deepEqual(
    [...countWays(ways)],
    [
      ["ready", 2],
      ["waiting", 1],
      ["refused", 0],
    ],
  );
  assert.equal(countWays([{ kind: "waits", message: "the address is taken" }]).get("refused"), 1);
});
