import type { Row } from "ovsdb-client";
import { allocationTimeMs } from "#src/ipam/allocation-time.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import { portAddresses } from "#src/ovn/ports/port-addresses.ts";
import { claimOf } from "#src/ovn/claims/port-claim.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import type { RowSource } from "#src/ovn/row-source.ts";
import { controllerPort } from "../northbound/controller-tables.ts";
import type { PortOnSwitch } from "./port-on-switch.ts";

type SwitchRow = Row<typeof logicalSwitch>;

/** A switch in NB, whoever made it. */
export interface FoundSwitch {
  readonly uuid: string;
  readonly row: SwitchRow;
}

/** Finds the switches of this name. A second one is somebody's mistake. */
export function switchesNamed(source: RowSource, name: string): readonly FoundSwitch[] {
  return [...source.rows(logicalSwitch)].filter(([, row]) => row.name === name).map(([uuid, row]) => ({ uuid, row }));
}

/** Finds every port on the switch except our ports to routers. */
export function portsOn(source: RowSource, row: SwitchRow): readonly PortOnSwitch[] {
  const ports = source.rows(controllerPort);
  return [...row.ports].flatMap((uuid): PortOnSwitch[] => {
    const port = ports.get(uuid);
    if (port === undefined || port.external_ids.has(externalId("row"))) return [];
    const owner = portOwner(port.external_ids);
    const claim = claimOf(port.external_ids);
    if (owner === undefined && claim !== undefined) {
      // It keeps the addresses as a pod would, so that it is in the way of whoever deletes the network.
      const pod = `the IPAMClaim ${claim.namespace}/${claim.name}`;
      return [{ name: port.name, pod, ips: portAddresses(port).ips, reservedAtMs: undefined }];
    }
    const pod = owner && `${owner.namespace}/${owner.pod === "" ? "a pod that is being created" : owner.pod}`;
    const reservedAtMs = owner && allocationTimeMs(owner.allocation);
    return [{ name: port.name, pod, ips: portAddresses(port).ips, reservedAtMs }];
  });
}
