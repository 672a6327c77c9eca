import { addToList } from "#src/core/lists-by-key.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import { networkOf } from "#src/ovn/switches/network-of-switch.ts";
import type { RowSource } from "#src/ovn/row-source.ts";
import { type BoundRow, boundRows } from "../northbound/bound-rows.ts";
import { controllerPort } from "../northbound/controller-tables.ts";

/** A bound port, as far as taps look at it. */
export interface TapPort extends Pick<BoundRow, "podUid"> {
  /** The name of the logical port, by which the agent of its node knows it. */
  readonly name: string;
  readonly interfaceName: string;
  /** The UID of its Network; undefined on a switch of somebody else. */
  readonly network: string | undefined;
}

export interface TapPorts {
  /** The ports that may be sources, by the UIDs of their Networks. */
  readonly ofNetwork: ReadonlyMap<string, readonly TapPort[]>;
  /** The ports that only receive, by the UIDs of their pods. */
  readonly sinksOf: ReadonlyMap<string, readonly TapPort[]>;
}

/** Reads the ports of all pods at once. */
export function readTapPorts(source: RowSource, cluster: string): TapPorts {
  const rows = source.rows(controllerPort);
  const ofNetwork = new Map<string, TapPort[]>();
  const sinksOf = new Map<string, TapPort[]>();
  for (const row of source.rows(logicalSwitch).values()) {
    const network = networkOf(row);
    for (const { podUid, row: port } of boundRows(row.ports, rows, cluster)) {
      const interfaceName = port.external_ids.get(externalId("interface")) ?? "";
      const found: TapPort = { name: port.name, podUid, interfaceName, network };
      if (port.external_ids.has(externalId("tap"))) addToList(sinksOf, podUid, found);
      else if (network !== undefined) addToList(ofNetwork, network, found);
    }
  }
  return { ofNetwork, sinksOf };
}
