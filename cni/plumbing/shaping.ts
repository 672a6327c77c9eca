// Where the bandwidth of a pod interface is limited, and by what: token buckets in the kernel.
import type { RateLimit } from "#src/api/request/bandwidth.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import { linkOfGuest } from "./guest-binding.ts";
import type { NetworkState } from "./network-state.ts";
import { netlinkCommand } from "./netlink-command.ts";
import { ifbName, type PodInterface } from "./pod-interface.ts";

type Shaped = Pick<PodInterface, "name" | "hostName" | "mtu" | "bandwidth">;

/** A token bucket, as tc-tbf(8) has it. */
interface Bucket {
  /** Bytes in a second. */
  readonly rate: number;
  /** Bytes that may pass at once. */
  readonly burst: number;
  /** Bytes that may wait; what comes then is dropped. */
  readonly queue: number;
}

/** A packet that the kernel has not yet cut into segments has this many bytes, and must find room. */
const largestPacket = 65_536;
const burstSeconds = 0.02;
const queueSeconds = 0.05;
/** The kernel counts both in 32 bits. */
const most = 2 ** 31;
const ethernetHeader = 18;

export function bucketOf({ rate: bits, burst }: RateLimit, mtu: number): Bucket {
  const rate = Math.max(1, Math.round(bits / 8));
  const wanted = burst === undefined ? Math.max(largestPacket, rate * burstSeconds) : burst / 8;
  return {
    rate,
    burst: Math.ceil(Math.min(most, Math.max(wanted, mtu + ethernetHeader))),
    queue: Math.ceil(Math.min(most, Math.max(1.5 * largestPacket, rate * queueSeconds))),
  };
}

const shape = (verb: "shape-host" | "shape-pod", link: string, limit: RateLimit, mtu: number): string => {
  const { rate, burst, queue } = bucketOf(limit, mtu);
  return netlinkCommand(verb, link, rate.toString(), burst.toString(), queue.toString());
};

/**
 * Netlink commands for the limits. Into the pod, the kernel datapath sends through a bucket on the host's end. An Open vSwitch
 * in user space sends for all its ports through one socket, which full buckets would fill up for everybody; so there the bucket is
 * behind an ifb, where packets belong to no socket. Out of the pod, the bucket of the kernel datapath is behind an ifb, too: see
 * `leadCommands`. A switch in user space reads packets before an ifb can have them, so the bucket is on the pod's end, where a
 * container with NET_ADMIN can take it away.
 */
export function shapingCommands(interfaces: readonly Shaped[], inUserSpace: boolean): readonly string[] {
  return interfaces.flatMap(({ name, hostName, mtu, bandwidth }) => {
    const { ingress, egress } = bandwidth ?? {};
    const ifb = ifbName(hostName);
    const behindIfb = inUserSpace ? ingress : egress;
    const behind =
      behindIfb === undefined ? [] : [netlinkCommand("ifb", ifb), shape("shape-host", ifb, behindIfb, mtu)];
    if (!inUserSpace)
      return [...behind, ...(ingress === undefined ? [] : [shape("shape-host", hostName, ingress, mtu)])];
    return [
      ...behind,
      ...(ingress === undefined ? [] : [netlinkCommand("lead-sent", hostName, ifb)]),
      ...(egress === undefined ? [] : [shape("shape-pod", name, egress, mtu)]),
    ];
  });
}

/**
 * Netlink commands that put a bucket of another rate in the place of each that is there; packets that wait are dropped, since one
 * of them may be longer than the new burst. `pod` is undefined where the pod's namespace is not known.
 */
export function changeCommands(
  interfaces: readonly Shaped[],
  inUserSpace: boolean,
  host: Pick<NetworkState, "shaping">,
  pod: Pick<NetworkState, "shaping"> | undefined,
): readonly string[] {
  return interfaces.flatMap(({ name, hostName, mtu, bandwidth }) => {
    const { ingress, egress } = bandwidth ?? {};
    const change = (verb: "shape-host" | "shape-pod", link: string, limit: RateLimit | undefined) => {
      const has = (verb === "shape-host" ? host : pod)?.shaping.get(link)?.rate;
      return limit === undefined || has === undefined ? [] : [shape(verb, link, limit, mtu)];
    };
    const ifb = ifbName(hostName);
    return inUserSpace
      ? [...change("shape-host", ifb, ingress), ...change("shape-pod", name, egress)]
      : [...change("shape-host", hostName, ingress), ...change("shape-host", ifb, egress)];
  });
}

/**
 * Netlink commands that lead what pods send through the ifbs of their interfaces, where `host` lacks that. Open vSwitch takes
 * it away when it gets the port, and each time that it looks at a link which has changed. So this comes after the port.
 */
export function leadCommands(
  hostNames: Iterable<string>,
  host: Pick<NetworkState, "links" | "shaping">,
): readonly string[] {
  const names = new Set(host.links.map(({ name }) => name));
  return [...hostNames].flatMap((hostName) => {
    const ifb = ifbName(hostName);
    if (!names.has(hostName) || !names.has(ifb) || host.shaping.get(hostName)?.led !== undefined) return [];
    return [netlinkCommand("lead-received", hostName, ifb)];
  });
}

/** True for an interface whose host's end has a queueing discipline of ours, which Open vSwitch is to leave alone. */
export function isShaped({ bandwidth }: Pick<InterfaceResult, "bandwidth">): boolean {
  return bandwidth?.ingress !== undefined || bandwidth?.egress !== undefined;
}

/** The differences between the limits and the kernel, one sentence for each. */
export function shapingDifferences(
  interfaces: readonly Shaped[],
  inUserSpace: boolean,
  host: Pick<NetworkState, "shaping">,
  pod: Pick<NetworkState, "shaping" | "links">,
): readonly string[] {
  return interfaces.flatMap(({ name, hostName, mtu, bandwidth }) => {
    const ifb = ifbName(hostName);
    const led = host.shaping.get(hostName)?.led;
    const lacking = (direction: string, limit: RateLimit | undefined, rate: number | undefined, isLed: boolean) => {
      if (limit === undefined) return [];
      const has = isLed ? rate : undefined;
      if (has === bucketOf(limit, mtu).rate) return [];
      const found = has === undefined ? "no limit" : `a limit of ${(has * 8).toString()} bit/s`;
      return [`${name} has ${found} instead of ${limit.rate.toString()} bit/s for ${direction}`];
    };
    const { ingress, egress } = bandwidth ?? {};
    const inPod = linkOfGuest(name, pod)?.name ?? name;
    const [onIfb, onHost, onPod] = [host.shaping.get(ifb), host.shaping.get(hostName), pod.shaping.get(inPod)];
    return inUserSpace
      ? [
          ...lacking("ingress", ingress, onIfb?.rate, led?.has("sent") === true),
          ...lacking("egress", egress, onPod?.rate, true),
        ]
      : [
          ...lacking("ingress", ingress, onHost?.rate, true),
          ...lacking("egress", egress, onIfb?.rate, led?.has("received") === true),
        ];
  });
}
