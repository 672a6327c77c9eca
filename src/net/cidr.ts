import { addressBits, type Family, type IpAddress, parseIp, printIp } from "./ip.ts";

/** A prefix. `first` is the network address: its host bits are zero. */
export interface Cidr {
  readonly family: Family;
  readonly first: IpAddress;
  readonly prefixLength: number;
}

/** An address, and the prefix that it is in: what an interface has. */
export interface AddressInPrefix {
  readonly address: IpAddress;
  readonly cidr: Cidr;
}

const decimalLength = /^(?:0|[1-9][0-9]{0,2})$/;

/**
 * Reads `address/length`. Host bits are allowed: `address` is the address as it was written, `cidr` the prefix around
 * it.
 */
export function parseCidr(text: string): AddressInPrefix | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const address = parseIp(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (address === undefined || !decimalLength.test(length)) return undefined;
  const cidr = cidrAround(address, Number(length));
  return cidr && { cidr, address };
}

/** The prefix of this length that holds the address; `undefined` when the family has no such length. */
export function cidrAround(ip: IpAddress, prefixLength: number): Cidr | undefined {
  const { family, value } = ip;
  if (!Number.isInteger(prefixLength) || prefixLength < 0 || prefixLength > addressBits[family]) return undefined;
  const hostBits = BigInt(addressBits[family] - prefixLength);
  return { family, first: { family, value: (value >> hostBits) << hostBits }, prefixLength };
}

export function printCidr(cidr: Cidr): string {
  return `${printIp(cidr.first)}/${cidr.prefixLength}`;
}

/** Prints the address itself with the length of its prefix. */
export function printInPrefix({ address, cidr }: AddressInPrefix): string {
  return `${printIp(address)}/${cidr.prefixLength}`;
}

/** Counts the addresses of the prefix, also those that no host may have. */
export function sizeOfCidr(cidr: Cidr): bigint {
  return 1n << BigInt(addressBits[cidr.family] - cidr.prefixLength);
}

export function lastIp(cidr: Cidr): IpAddress {
  return { family: cidr.family, value: cidr.first.value + sizeOfCidr(cidr) - 1n };
}

export function containsIp(cidr: Cidr, ip: IpAddress): boolean {
  return ip.family === cidr.family && ip.value >= cidr.first.value && ip.value <= lastIp(cidr).value;
}

/** True when the prefixes share an address: then one of them contains the other. */
export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  return containsIp(a, b.first) || containsIp(b, a.first);
}

/** The lowest address that a host may have. OVN gives it to the router when no other is named. */
export function firstHost(cidr: Cidr): IpAddress {
  const { family, first } = cidr;
  return isNetworkOrBroadcast(cidr, first) ? { family, value: first.value + 1n } : first;
}

/**
 * True for the addresses of a prefix that no host may have. In IPv4 these are the network and the broadcast address,
 * in IPv6 the subnet-router anycast address (RFC 4291 section 2.6.1). Point-to-point prefixes and single addresses
 * have none (RFC 3021, RFC 6164).
 */
export function isNetworkOrBroadcast(cidr: Cidr, ip: IpAddress): boolean {
  if (ip.family !== cidr.family || sizeOfCidr(cidr) <= 2n) return false;
  return ip.value === cidr.first.value || (cidr.family === 4 && ip.value === lastIp(cidr).value);
}
