// Computes the lines of `ovn4nfv addresses` about floating addresses: who has which address of an Uplink.
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import type { FloatingHolder } from "#src/ipam/index/floating-addresses.ts";
import { portOfRow } from "#src/ipam/index/floating-search.ts";
import { compareIp, printIp } from "#src/net/ip.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import type { HeldAddress } from "./address-holders.ts";

/** The floating addresses of these Uplinks, or of all, by Uplink and address. A FloatingIP with a rule has one line. */
export function heldOutside(index: AddressIndex, uplinks?: ReadonlySet<string>): readonly HeldAddress[] {
  const rows = [...index.floating.rows()].filter(
    ({ kind, uplink }) => kind !== "other" && (uplinks === undefined || uplinks.has(uplink)),
  );
  const byHolder = Map.groupBy(rows, ({ holder, ip }) => `${holder} ${printIp(ip)}`);
  return [...byHolder.values()]
    .flatMap((own) => own.find(({ logicalIp }) => logicalIp !== "") ?? own.slice(0, 1))
    .sort((a, b) => a.uplink.localeCompare(b.uplink) || compareIp(a.ip, b.ip))
    .map((row) => lineOf(row, index));
}

function lineOf(row: FloatingHolder, index: AddressIndex): HeldAddress {
  const { uplink, ip, kind, namespace, logicalIp, externalMac } = row;
  const base = {
    network: `uplink ${uplink}`,
    address: printIp(ip),
    macs: externalMac === undefined ? [] : [externalMac],
  };
  const to = logicalIp === "" ? "" : ` to ${logicalIp}`;
  if (kind === "FloatingIP" || kind === "Service")
    return { ...base, port: undefined, kind, owner: `of ${namespace}${to}` };
  const uuid = portOfRow(row, index);
  const port = uuid === undefined ? undefined : index.port(uuid);
  const owner = port && portOwner(port.external_ids);
  const pod = owner === undefined || owner.pod === "" ? "*" : owner.pod;
  const isBound = owner !== undefined && owner.podUid !== "";
  return { ...base, port: row.holder, kind: isBound ? "pod" : "reservation", owner: `${namespace}/${pod}${to}` };
}
