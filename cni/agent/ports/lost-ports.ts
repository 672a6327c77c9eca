import { type FoundOvsPort, isTaken, type NewOvsPort, type PortOrigin } from "#cni/plumbing/ovs-ports.ts";
import type { HostEnd } from "#cni/plumbing/host-end.ts";
import type { LinkState } from "#cni/plumbing/network-state.ts";
import { hostVethName, isHostVethName } from "#cni/plumbing/pod-interface.ts";
import { isShaped } from "#cni/plumbing/shaping.ts";
import type { PodResult } from "../pods/pod-results.ts";

/** A port that is to be put back, and the call that made it. */
export interface LostPort {
  readonly port: NewOvsPort;
  readonly origin: PortOrigin;
}

/** The names of pairs of ours that have no port. */
export function linksWithoutPort(links: Iterable<string>, ports: readonly FoundOvsPort[]): readonly string[] {
  const present = new Set(ports.map(({ hostName }) => hostName));
  return [...links].filter((name) => isHostVethName(name) && !present.has(name));
}

/** A link without a port, and what it was made for. */
export interface LooseLink {
  readonly link: Pick<LinkState, "name" | "index">;
  readonly end: HostEnd;
}

/**
 * Chooses the ports to put back. `results` has the verified result of each living pod by its allocation. A logical port that
 * another link has belongs to that link's sandbox. When several links are for one logical port, the newest is the pod's,
 * because the kernel counts its numbers of links upwards, and the others are left alone.
 */
export function lostPorts(
  loose: readonly LooseLink[],
  ports: readonly FoundOvsPort[],
  results: ReadonlyMap<string, PodResult>,
): readonly LostPort[] {
  const newest = new Map<string, { readonly lost: LostPort; readonly index: number }>();
  for (const { link, end } of loose) {
    const lost = lostPort(link.name, end, results.get(end.allocation));
    if (lost === undefined) continue;
    const { port } = lost.port;
    if (isTaken(port, ports)) continue;
    if ((newest.get(port)?.index ?? 0) < link.index) newest.set(port, { lost, index: link.index });
  }
  return [...newest.values()].map(({ lost }) => lost);
}

function lostPort(hostName: string, end: HostEnd, result: PodResult | undefined): LostPort | undefined {
  const { sandbox, interfaceName, attachment, cniNetwork, allocation } = end;
  const wanted = result?.interfaces.find((one) => one.interface === interfaceName && one.leaving !== true);
  if (wanted === undefined || hostVethName(sandbox, interfaceName) !== hostName) return undefined;
  const { mac_address: mac, port } = wanted;
  return {
    port: { hostName, interfaceName, mac, port, allocation, isShaped: isShaped(wanted) },
    origin: { sandbox, attachment, cniNetwork },
  };
}
