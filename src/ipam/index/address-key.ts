import type { IpAddress } from "#src/net/ip.ts";
import type { Mac } from "#src/net/mac.ts";

/** An address as a key of a Map. It is a number for IPv4 and a bigint for IPv6, so that the families never meet. */
export type AddressKey = number | bigint;

/** An address or a MAC that somebody may hold on a switch. A MAC is a string, and so never meets an address. */
export type HolderKey = AddressKey | Mac;

export function addressKey(ip: IpAddress): AddressKey {
  return ip.family === 4 ? Number(ip.value) : ip.value;
}

export function addressOfKey(key: AddressKey): IpAddress {
  return typeof key === "number" ? { family: 4, value: BigInt(key) } : { family: 6, value: key };
}
