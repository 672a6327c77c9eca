// Allocations as the controller sees them: rows of NB and pods of Kubernetes, joined on the allocation id, and what is
// done when they do not agree. Binds, releases, sweeps and repairs; see DESIGN 3.
import { externalId } from "#src/ovn/external-ids.ts";
import {
  loadBalancer,
  logicalRouterPort,
  logicalSwitch,
  logicalSwitchPort,
  nat,
  nbGlobal,
} from "#src/ovn/nb-tables.ts";
import { column, table } from "#src/ovsdb/table.ts";

const text = column.string();
const ownKeys = ["owner", "allocation", "namespace", "pod", "pod-uid", "cluster"] as const;

/** The ports with all that says whose they are; the webhook's table keeps less. */
export const controllerPort = table("Logical_Switch_Port", {
  ...logicalSwitchPort.columns,
  external_ids: column.map(text, text, { keep: ownKeys.map(externalId) }),
});

/** What the controller reads of NB. */
export const controllerTables = [
  logicalSwitch,
  controllerPort,
  logicalRouterPort,
  nat,
  loadBalancer,
  nbGlobal,
] as const;
