import { join } from "node:path";
import { parseNetwork } from "#src/api/network/network-config.ts";
import { isRefusal } from "#src/core/errors.ts";
import { networkRows, type WayOut } from "#src/ovn/rows/network-rows.ts";
import { sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";
import { goldenPairs } from "./golden-pairs.ts";

goldenPairs(join(import.meta.dirname, "network"), 10, (input) => {
  const { uplink = false, wayOut, ...object } = input as { uplink?: boolean; wayOut?: Omit<WayOut, "addresses"> };
  const topology = sampleTopology(uplink);
  const named = wayOut && { ...wayOut, addresses: sampleTopology(true).uplink?.addresses ?? [] };
  try {
    return networkRows(parseNetwork(object), topology, named).map(({ table, ...row }) => ({
      ...row,
      table: table.name,
    }));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { refusal: error.message };
  }
});
