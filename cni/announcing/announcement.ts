// The frame by which an interface tells the switches of a network where it is.
import type { IpAddress } from "#src/net/ip.ts";
import type { Mac } from "#src/net/mac.ts";

const broadcast = Buffer.alloc(6, 0xff);
const allNodesMac = Buffer.from("333300000001", "hex");
const allNodes = Buffer.from("ff020000000000000000000000000001", "hex");

/**
 * Makes a gratuitous ARP request (RFC 5227, section 3) or an unsolicited neighbour advertisement (RFC 4861, section 7.2.6). Both pass the
 * filter that OVN has for a port with this MAC and address; a reverse ARP does not.
 */
export function announcement(mac: Mac, ip: IpAddress): Buffer {
  const source = Buffer.from(mac.replaceAll(":", ""), "hex");
  return ip.family === 4 ? gratuitousArp(source, bytesOf(ip, 4)) : unsolicited(source, bytesOf(ip, 16));
}

function gratuitousArp(mac: Buffer, ip: Buffer): Buffer {
  // Ethernet, IPv4, their lengths, and the operation 1, a request.
  const kinds = Buffer.from("0001080006040001", "hex");
  const arp = Buffer.concat([kinds, mac, ip, Buffer.alloc(6), ip]);
  return Buffer.concat([broadcast, mac, Buffer.from("0806", "hex"), arp]);
}

function unsolicited(mac: Buffer, ip: Buffer): Buffer {
  // The flag says that others are to overwrite what they know. The option is the link-layer address of the target.
  const message = Buffer.concat([Buffer.from("8800000020000000", "hex"), ip, Buffer.from("0201", "hex"), mac]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  const next = Buffer.from([0, 0, 0, 58]);
  message.writeUInt16BE(checksum(Buffer.concat([ip, allNodes, length, next, message])), 2);
  // Version 6, the length, ICMPv6, and the hop limit 255, without which nobody takes it.
  const header = Buffer.from([0x60, 0, 0, 0, 0, message.length, 58, 255]);
  return Buffer.concat([allNodesMac, mac, Buffer.from("86dd", "hex"), header, ip, allNodes, message]);
}

function bytesOf({ value }: IpAddress, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(length * 2, "0"), "hex");
}

/** The checksum of the internet (RFC 1071) over an even number of bytes. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
