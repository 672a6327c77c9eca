// Peers share the limits of the admission port. They are told apart by the addresses of their connections.
import { parseIp } from "#src/net/ip.ts";

/** An IPv4 address, or the first 64 bits of an IPv6 address: one host may have all addresses with the same ones. */
export type Peer = string;

const mappedPrefix = "::ffff:";

/** Gives the peer of `socket.remoteAddress`. Sockets that are closed already have no address, and are one peer. */
export function peerOf(address: string | undefined): Peer {
  if (address === undefined) return "";
  if (!address.includes(":")) return address;
  if (address.startsWith(mappedPrefix) && address.includes(".")) return address.slice(mappedPrefix.length);
  const ip = parseIp(address.split("%", 1)[0] ?? "");
  return ip === undefined ? address : `${(ip.value >> 64n).toString(16)}::/64`;
}
