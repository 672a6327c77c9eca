import { parseCidr } from "#src/net/cidr.ts";
import { type IpAddress, parseIp, printIp } from "#src/net/ip.ts";
import { type Mac, parseMac } from "#src/net/mac.ts";
import { externalId } from "../external-ids.ts";
import { portOwner } from "../port-ownership.ts";

const waitsWithKey = externalId("waits-with");

/** The addresses that one port holds on its switch. */
export interface PortAddresses {
  readonly macs: readonly Mac[];
  readonly ips: readonly IpAddress[];
}

/** The columns of Logical_Switch_Port that say which addresses the port holds. */
export interface AddressColumns {
  readonly addresses: readonly string[];
  readonly port_security: readonly string[];
  readonly dynamic_addresses: string | undefined;
  readonly type: string;
  readonly options: ReadonlyMap<string, string>;
  readonly external_ids: ReadonlyMap<string, string>;
}

/**
 * Reads the addresses of a Logical_Switch_Port, ovn-nb(5) "Addressing": `MAC [IP ...]`, `dynamic [IP ...]`, or `MAC
 * dynamic`, with northd's choice in `dynamic_addresses`. `unknown` and `router` hold no address by themselves. A
 * virtual port holds its `virtual-ip`. Words that are no address are skipped, since it is not for us to refuse rows
 * of others.
 *
 * A port of ours that waits holds the addresses that it is to have.
 *
 * A port of ours also holds what its `port_security` says, which was written with the same addresses. Somebody may have
 * edited one of the two, and the pod still has the addresses that it was given. Addresses that the port may only send from are
 * not held.
 */
export function portAddresses(row: AddressColumns): PortAddresses {
  const macs: Mac[] = [];
  const ips: IpAddress[] = [];
  for (const entry of row.addresses) collect(entry, macs, ips);
  if (row.dynamic_addresses !== undefined) collect(row.dynamic_addresses, macs, ips);
  const virtualIp = row.type === "virtual" ? row.options.get("virtual-ip") : undefined;
  if (virtualIp !== undefined) collect(virtualIp, macs, ips);
  const waitsWith = row.external_ids.get(waitsWithKey);
  if (waitsWith !== undefined && portOwner(row.external_ids) !== undefined) collect(waitsWith, macs, ips);
  return areSame(row.addresses, row.port_security) || portOwner(row.external_ids) === undefined
    ? { macs, ips }
    : withPortSecurity(row, macs, ips);
}

/** We write one text into both columns, so nearly every port of ours ends here. */
function areSame(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === 1 && b.length === 1 && a[0] === b[0]);
}

function withPortSecurity(
  { port_security, external_ids }: AddressColumns,
  macs: Mac[],
  ips: IpAddress[],
): PortAddresses {
  const allowed = new Set(external_ids.get(externalId("allowed-addresses"))?.split(" "));
  const held = (entry: string): string =>
    entry
      .split(" ")
      .filter((word) => !allowed.has(word))
      .join(" ");
  for (const entry of port_security) collect(allowed.size === 0 ? entry : held(entry), macs, ips);
  const distinct = new Map(ips.map((ip) => [printIp(ip), ip]));
  return { macs: [...new Set(macs)], ips: [...distinct.values()] };
}

function collect(entry: string, macs: Mac[], ips: IpAddress[]): void {
  for (const word of entry.split(" ")) {
    if (word.length === 17 && word[2] === ":") {
      const mac = parseMac(word);
      if (mac !== undefined) {
        macs.push(mac);
        continue;
      }
    }
    const ip = parseIp(word) ?? parseCidr(word)?.address;
    if (ip !== undefined) ips.push(ip);
  }
}
