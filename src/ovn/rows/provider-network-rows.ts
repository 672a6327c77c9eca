import { localnetPort } from "../links/localnet-port.ts";
import { dhcpRows } from "./dhcp-rows.ts";
import { logicalSwitch } from "../nb-tables.ts";
import { type NetworkSettings, switchRowId, switchSettings } from "./network-rows.ts";
import type { DesiredRow } from "../owned/owned-rows.ts";

/** A ProviderNetwork with every default filled in, from which rows are made. */
export interface ProviderNetworkSettings extends Omit<NetworkSettings, "snat" | "routed"> {
  readonly physicalNetwork: string;
  /** The VLAN on the wire; undefined for frames without a tag of ours. */
  readonly tag: number | undefined;
  readonly trunk: boolean;
  readonly ethtype: string;
}

const defaultEthtype = "802.1q";

/**
 * Gives the rows of a ProviderNetwork: its switch, and the port by which frames go to the wire. It has no port on a router.
 */
export function providerNetworkRows(network: ProviderNetworkSettings): readonly DesiredRow[] {
  const { name, uid, physicalNetwork, tag, trunk, ethtype } = network;
  const switchId = switchRowId(uid);
  const merged = { other_config: { "vlan-passthru": trunk ? "true" : undefined } };
  const isPlain = ethtype === defaultEthtype || tag === undefined;
  return [
    { id: switchId, table: logicalSwitch, columns: { name }, merged, settings: switchSettings(network) },
    localnetPort({
      id: `${uid}/localnet`,
      name: localnetName(name),
      switchId,
      physicalNetwork,
      vlan: { tag, ethtype: isPlain ? undefined : ethtype },
    }),
    ...dhcpRows(network),
  ];
}

/** The name that Nodus gives to this port. */
function localnetName(network: string): string {
  return `server-localnet_${network}`;
}
