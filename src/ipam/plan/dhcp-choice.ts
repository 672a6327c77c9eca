// Finds the rows by which OVN answers the DHCP requests of a guest, so that its port refers to them from the beginning.
import { refusal } from "#src/core/errors.ts";
import { printCidr } from "#src/net/cidr.ts";
import type { Network } from "#src/ovn/network.ts";
import type { PortDhcp } from "#src/ovn/ports/port-operations.ts";
import type { PlannedAddress, PortRequest } from "../allocation.ts";
import type { DhcpDirectory } from "../index/dhcp-directory.ts";

/**
 * Gives the rows for the first address of each family. Throws `NotAllowed` when the network gives no addresses by DHCP, and
 * `BackendUnavailable` while the row of a subnet is not in NB.
 */
export function planDhcp(
  port: PortRequest,
  network: Network,
  addresses: readonly PlannedAddress[],
  directory: DhcpDirectory,
): PortDhcp | undefined {
  const { dhcp } = port;
  if (dhcp === undefined) return undefined;
  const { objectUid } = network;
  if (!network.dhcp || objectUid === undefined) {
    throw refusal("NotAllowed", {
      field: dhcp.field,
      value: true,
      reason: `asks for a guest's interface on the network ${JSON.stringify(network.name)}, which gives no addresses by DHCP`,
      remedy:
        objectUid === undefined
          ? "leave dhcp out, or ask for a network of a Network object"
          : "ask the network's owner to set spec.dhcp, or leave dhcp out",
    });
  }
  const rowFor = (family: 4 | 6): string | undefined => {
    const ip = addresses.find((one) => one.ip.family === family)?.ip;
    const row = ip && directory.rowFor(network, ip);
    if (row === undefined) return undefined;
    if (row.uuid !== undefined) return row.uuid;
    throw refusal("BackendUnavailable", {
      field: dhcp.field,
      value: true,
      reason: `needs the row of DHCP_Options for ${printCidr(row.cidr)}, which is not in the northbound database`,
      remedy: "try again; the controller makes the row",
    });
  };
  return { ipv4: rowFor(4), ipv6: rowFor(6), hostname: dhcp.hostname };
}
