import type { DesiredRow } from "../owned/owned-rows.ts";
import { topologySwitchPort } from "../owned/topology-tables.ts";

export interface LocalnetPort {
  readonly id: string;
  readonly name: string;
  readonly switchId: string;
  /** The name in `ovn-bridge-mappings` of the chassis. */
  readonly physicalNetwork: string;
  /** The VLAN on the wire, and the kind of its tag where it is not 802.1q. Without the field, tags stay as somebody set them. */
  readonly vlan?: { readonly tag: number | undefined; readonly ethtype: string | undefined };
}

/** Gives the port by which frames of a switch go to the wire, ovn-nb(5) "localnet". */
export function localnetPort({ id, name, switchId, physicalNetwork, vlan }: LocalnetPort): DesiredRow {
  return {
    id,
    table: topologySwitchPort,
    columns: {
      name,
      type: "localnet",
      addresses: ["unknown"],
      ...(vlan === undefined ? {} : { tag: vlan.tag }),
      options: { network_name: physicalNetwork, ...(vlan === undefined ? {} : { ethtype: vlan.ethtype }) },
    },
    parent: { id: switchId, column: "ports" },
  };
}
