import { join } from "node:path";
import { parseNetwork } from "#src/api/network/network-config.ts";
import { isRefusal } from "#src/core/errors.ts";
import { networkRows } from "#src/ovn/network-rows.ts";
import { sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";
import { goldenPairs } from "./golden-pairs.ts";

goldenPairs(join(import.meta.dirname, "network"), 10, (input) => {
  const { uplink = false, ...object } = input as { uplink?: boolean };
  try {
    return networkRows(parseNetwork(object), sampleTopology(uplink)).map(({ table, ...row }) => ({
      ...row,
      table: table.name,
    }));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { refusal: error.message };
  }
});
