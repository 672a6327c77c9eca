import { printIp } from "#src/net/ip.ts";
import type { PodWay } from "./pod-way.ts";

export interface PacketKind {
  readonly proto: "icmp" | "tcp" | "udp" | "sctp";
  /** The port of the destination; of no meaning for icmp. */
  readonly port: number;
}

/** An address that nobody has: the pod gets no answer to its question for the next hop, and the switch knows no such port. */
const nobodysMac = "02:00:00:00:00:01";
const sourcePort = 49_152;
/** The first time to live of Linux. */
const firstTtl = 64;

/** The packet in the language of ovn-trace, ovn-trace(8) "Specifying Packets". */
export function microflow({ from, source, destination, mac }: PodWay, kind: PacketKind, ttl = firstTtl): string {
  const { family } = destination;
  const protocol = {
    icmp: [family === 4 ? "icmp4.type == 8 && icmp4.code == 0" : "icmp6.type == 128 && icmp6.code == 0"],
    tcp: ["tcp", `tcp.src == ${sourcePort}`, `tcp.dst == ${kind.port}`, "tcp.flags == 2"],
    udp: ["udp", `udp.src == ${sourcePort}`, `udp.dst == ${kind.port}`],
    sctp: ["sctp", `sctp.src == ${sourcePort}`, `sctp.dst == ${kind.port}`],
  }[kind.proto];
  return [
    `inport == ${JSON.stringify(from.port)}`,
    `eth.src == ${from.mac}`,
    `eth.dst == ${mac ?? nobodysMac}`,
    `ip${family}.src == ${printIp(source)}`,
    `ip${family}.dst == ${printIp(destination)}`,
    `ip.ttl == ${ttl}`,
    ...protocol,
  ].join(" && ");
}
