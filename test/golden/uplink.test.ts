import { join } from "node:path";
import { parseUplink } from "#src/api/uplink/uplink-config.ts";
import { isRefusal } from "#src/core/errors.ts";
import { uplinkRows } from "#src/ovn/rows/uplink-rows.ts";
import { sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";
import { goldenPairs } from "./golden-pairs.ts";

goldenPairs(join(import.meta.dirname, "uplink"), 6, (input) => {
  const { providerSwitchId, ...object } = input as { providerSwitchId?: string };
  const { joinSubnets, gatewayChassis: chassis } = sampleTopology(false);
  try {
    const rows = uplinkRows(parseUplink(object), { joinSubnets, joinPlace: 3, providerSwitchId, chassis });
    return rows.map(({ table, ...row }) => ({ ...row, table: table.name }));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { refusal: error.message };
  }
});
