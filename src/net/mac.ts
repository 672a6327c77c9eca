import type { IpAddress } from "./ip.ts";

/** A MAC address. It is always written `aa:bb:cc:dd:ee:ff` in lower case, so that equal addresses are equal strings. */
export type Mac = string & { readonly __brand: "Mac" };

/** The first one to five octets of a MAC, written like one. Addresses that are made from it are unicast. */
export type MacPrefix = string & { readonly __brand: "MacPrefix" };

/**
 * The prefix that OVN-Kubernetes uses as well. It is locally administered; the four octets of an IPv4 address follow.
 */
export const defaultMacPrefix = "0a:58" as MacPrefix;

const macPattern = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;
const macPrefixPattern = /^[0-9a-f][02468ace](?::[0-9a-f]{2}){0,4}$/;
const macOctets = 6;

/** Reads six octets of two hexadecimal digits, in upper or lower case, with colons between them. */
export function parseMac(text: string): Mac | undefined {
  const lower = text.toLowerCase();
  return macPattern.test(lower) ? (lower as Mac) : undefined;
}

/**
 * Reads one to five octets, in upper or lower case. A group (multicast) prefix or one of zeros only gives
 * `undefined`.
 */
export function parseMacPrefix(text: string): MacPrefix | undefined {
  const lower = text.toLowerCase();
  return macPrefixPattern.test(lower) && /[1-9a-f]/.test(lower) ? (lower as MacPrefix) : undefined;
}

/** True for an address that one interface may have: it is no group address (IEEE 802, I/G bit), and not all zeros. */
export function isUnicast(mac: Mac): boolean {
  const firstOctet = Number.parseInt(mac.slice(0, 2), 16);
  return (firstOctet & 1) === 0 && mac !== "00:00:00:00:00:00";
}

/** Puts the low bits of `n` behind the prefix. Counting `n` up goes through all addresses of the prefix, and wraps. */
export function macFromNumber(prefix: MacPrefix, n: bigint): Mac {
  const octets = macOctets - octetsOf(prefix);
  const digits = BigInt.asUintN(8 * octets, n).toString(16);
  return joinOctets(prefix, digits.padStart(2 * octets, "0"));
}

/** Puts the low octets of the address behind the prefix: all four of them when the prefix has two octets. */
export function macFromIpv4(prefix: MacPrefix, ip: IpAddress): Mac {
  return macFromNumber(prefix, ip.value);
}

/** Puts the first octets of a digest behind the prefix. The digest has at least five octets. */
export function macFromHash(prefix: MacPrefix, bytes: Uint8Array): Mac {
  const octets = Buffer.from(bytes.subarray(0, macOctets - octetsOf(prefix)));
  return joinOctets(prefix, octets.toString("hex"));
}

function octetsOf(prefix: MacPrefix): number {
  return (prefix.length + 1) / 3;
}

function joinOctets(prefix: MacPrefix, digits: string): Mac {
  return `${prefix}:${digits.replace(/(..)(?!$)/g, "$1:")}` as Mac;
}
