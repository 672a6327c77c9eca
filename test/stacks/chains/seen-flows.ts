import * as z from "zod";
import type { Machine } from "#lab/machine/machine.ts";

/** The values of the time to live that a packet may have inside a chain of this test. */
const hopsLeft = Array.from({ length: 24 }, (_, n) => 64 - n);

/** nftables note what a pod forwards: each flow in each direction, in a set for the hops that its packets had left. */
const rules = [
  "table ip counted {",
  ...hopsLeft.map((ttl) => {
    return `set left${ttl} { type ipv4_addr . inet_service . ipv4_addr . inet_service; size 65535; flags dynamic; }`;
  }),
  "chain through { type filter hook forward priority 0;",
  ...hopsLeft.map((ttl) => `ip ttl ${ttl} add @left${ttl} { ip saddr . udp sport . ip daddr . udp dport }`),
  "}",
  "}",
].join("\n");

const elementSchema = z.object({ concat: z.tuple([z.string(), z.number(), z.string(), z.number()]) });
const listingSchema = z.object({
  nftables: z.array(
    z.looseObject({ set: z.looseObject({ name: z.string(), elem: z.array(elementSchema).optional() }).optional() }),
  ),
});

const flush = hopsLeft.map((ttl) => `flush set ip counted left${ttl}`).join("\n");

/** The time to live of the packets of a flow, in each direction, by `address:port` of the one who began. */
export interface SeenFlows {
  readonly forward: ReadonlyMap<string, number>;
  readonly back: ReadonlyMap<string, number>;
}

export async function countFlows(machine: Machine, namespace: string): Promise<void> {
  await machine.must("ip", ["netns", "exec", namespace, "nft", "-f", "-"], { input: rules });
}

export async function forgetFlows(machine: Machine, namespace: string): Promise<void> {
  await machine.must("ip", ["netns", "exec", namespace, "nft", "-f", "-"], { input: flush });
}

/** Reads what the pod has forwarded to and from the echo at `to`. */
export async function seenFlows(machine: Machine, namespace: string, to: string): Promise<SeenFlows> {
  const text = await machine.must("ip", ["netns", "exec", namespace, "nft", "-j", "list", "sets", "ip"]);
  const forward = new Map<string, number>();
  const back = new Map<string, number>();
  for (const { set } of listingSchema.parse(JSON.parse(text)).nftables) {
    for (const { concat } of set?.elem ?? []) {
      const [source, sourcePort, destination, destinationPort] = concat;
      const ttl = Number(set?.name.slice("left".length));
      if (destination === to) forward.set(`${source}:${sourcePort}`, ttl);
      if (source === to) back.set(`${destination}:${destinationPort}`, ttl);
    }
  }
  return { forward, back };
}
