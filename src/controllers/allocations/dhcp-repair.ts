// The references of guests' ports to the rows of DHCP_Options, which NB drops without a word when such a row goes.
import { changeIn, type Row, type RowChange } from "ovsdb-client";
import { type InterfaceResult, resultAddresses } from "#src/api/result.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { dhcpOptions } from "#src/ovn/nb-tables.ts";
import { hostnameOption, type PortDhcp } from "#src/ovn/ports/port-operations.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import type { controllerPort } from "../northbound/controller-tables.ts";

/** Says to what the port of a guest should refer now: to nothing where its network gives no addresses. Undefined for other interfaces. */
export function dhcpOfResult(result: InterfaceResult, index: AddressIndex): PortDhcp | undefined {
  if (result.dhcp !== true) return undefined;
  const network = index.named(result.network)[0]?.network;
  const rowFor = (family: 4 | 6): string | undefined => {
    const ip = resultAddresses(result)?.ips.find((one) => one.family === family);
    return ip && network && index.dhcp.rowFor(network, ip)?.uuid;
  };
  return { ipv4: rowFor(4), ipv6: rowFor(6), hostname: result.hostname };
}

/** True when the port refers to what it should. References of ports without a guest are not looked at. */
export function hasItsAnswers(
  {
    dhcpv4_options,
    dhcpv6_options,
    options,
  }: Pick<Row<typeof controllerPort>, "dhcpv4_options" | "dhcpv6_options" | "options">,
  result: InterfaceResult,
  index: AddressIndex,
): boolean {
  const wanted = dhcpOfResult(result, index);
  if (wanted === undefined) return true;
  const { hostname = options.get("hostname") } = hostnameOption(wanted);
  return dhcpv4_options === wanted.ipv4 && dhcpv6_options === wanted.ipv6 && options.get("hostname") === hostname;
}

/** The allocations on the networks whose rows of DHCP_Options came or went with these changes. */
export function* askingGuests(changes: readonly RowChange[], index: AddressIndex): Generator<string> {
  const uids = new Set<string>();
  for (const change of changes) {
    const row = changeIn(dhcpOptions, change);
    if (row === undefined || (row.before !== undefined && row.after !== undefined)) continue;
    const id = (row.after ?? row.before)?.external_ids.get(externalId("row"));
    if (id !== undefined) uids.add(id.split("/")[0] ?? "");
  }
  if (uids.size === 0) return;
  for (const { network, macs } of index.switches()) {
    if (!uids.has(network.objectUid ?? "")) continue;
    for (const holder of [...macs.keys()].flatMap((mac) => macs.of(mac))) {
      const row = typeof holder === "string" ? index.port(holder) : undefined;
      const allocation = row && portOwner(row.external_ids)?.allocation;
      if (allocation !== undefined) yield allocation;
    }
  }
}
