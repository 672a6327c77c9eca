// Finds the rows of NB that logical flows come from. ovn-northd leaves the first digits of a row's UUID with each flow, in
// `stage-hint`, which ovn-trace does not print.
import { column, select, selectedRows, table } from "ovsdb-client";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import { DatabaseClient } from "#src/ovsdb/database-client.ts";
import type { NbAllocatorOptions } from "#src/ipam/nb-allocator.ts";
import type { TracedFlow } from "./read-trace.ts";

const text = column.string();
const hintKey = "stage-hint";
const logicalFlow = table("Logical_Flow", {
  match: text,
  priority: column.integer(),
  external_ids: column.map(text, text, { keep: [hintKey] }),
});
/** The smallest table, because a client must follow one. */
const global = table("SB_Global", { nb_cfg: column.integer() });

export interface SouthboundPlace {
  /** The options of the Northbound database with the endpoints of the Southbound one. */
  readonly sb: NbAllocatorOptions["nb"];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Gives the hint of each flow by the first digits of the flow's own UUID. The flows are looked up one by one. */
export async function readFlowHints(
  { sb, clock, logger }: SouthboundPlace,
  flows: readonly TracedFlow[],
  call: CallOptions,
): Promise<ReadonlyMap<string, string>> {
  const hints = new Map<string, string>();
  const wanted = new Map(flows.flatMap(({ flow }) => (flow === undefined ? [] : [[flow.uuidPrefix, flow] as const])));
  if (wanted.size === 0) return hints;
  const listener = { changed: () => {}, synced: () => {}, lost: () => {} };
  const client = new DatabaseClient({ ...sb, database: "OVN_Southbound", tables: [global], listener, clock, logger });
  client.start(call.signal ?? new AbortController().signal);
  try {
    const session = await client.waitForSession(call);
    const operations = [...wanted.values()].map(({ match, priority }) =>
      select(
        logicalFlow,
        [
          ["match", "==", match],
          ["priority", "==", priority],
        ],
        ["_uuid", "external_ids"],
      ),
    );
    const results = await session.transact(operations, call);
    for (const { uuid = "", row } of results.flatMap((result) => selectedRows(logicalFlow, result))) {
      const hint = row.external_ids?.get(hintKey);
      const prefix = [...wanted.keys()].find((one) => uuid.startsWith(one));
      if (hint !== undefined && prefix !== undefined) hints.set(prefix, hint);
    }
    return hints;
  } finally {
    await client.close();
  }
}
