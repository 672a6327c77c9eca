import { join } from "node:path";
import { parseProviderNetwork } from "#src/api/provider-network/provider-network-config.ts";
import { isRefusal } from "#src/core/errors.ts";
import { providerNetworkRows } from "#src/ovn/rows/provider-network-rows.ts";
import { goldenPairs } from "./golden-pairs.ts";

goldenPairs(join(import.meta.dirname, "provider-network"), 6, (object) => {
  try {
    const config = parseProviderNetwork(object);
    const rows = providerNetworkRows(config).map(({ table, ...row }) => ({ ...row, table: table.name }));
    const { selected, interface: name, warnings } = config;
    return { rows, selected, interface: name, warnings };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { refusal: error.message };
  }
});
