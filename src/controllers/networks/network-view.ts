import type { Row } from "ovsdb-client";
import { externalId } from "#src/ovn/external-ids.ts";
import { adopterOf } from "#src/ovn/network-rows-adopted.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import { portAddresses } from "#src/ovn/port-addresses.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { topologySwitchPort } from "#src/ovn/topology-tables.ts";
import type { RowSource } from "#src/ovn/row-source.ts";
import type { PortOnSwitch } from "./pool-usage.ts";

type SwitchRow = Row<typeof logicalSwitch>;

/** A switch in NB, whoever made it. */
export interface FoundSwitch {
  readonly uuid: string;
  readonly row: SwitchRow;
}

/** UID of the Network that a switch was made for or adopted by. */
export function networkOf(row: SwitchRow): string | undefined {
  const id = row.external_ids.get(externalId("row"));
  return adopterOf(row) ?? (id?.endsWith("/switch") === true ? id.slice(0, -"/switch".length) : undefined);
}

/** The switches of this name; two are somebody's mistake. */
export function switchesNamed(source: RowSource, name: string): readonly FoundSwitch[] {
  return [...source.rows(logicalSwitch)].filter(([, row]) => row.name === name).map(([uuid, row]) => ({ uuid, row }));
}

/** Every port on the switch but those to routers of ours. */
export function portsOn(source: RowSource, row: SwitchRow): readonly PortOnSwitch[] {
  const ports = source.rows(topologySwitchPort);
  return [...row.ports].flatMap((uuid): PortOnSwitch[] => {
    const port = ports.get(uuid);
    if (port === undefined || port.external_ids.has(externalId("row"))) return [];
    const owner = portOwner(port.external_ids);
    const pod = owner && `${owner.namespace}/${owner.pod === "" ? "a pod that is being created" : owner.pod}`;
    return [{ name: port.name, pod, ips: portAddresses(port).ips }];
  });
}
