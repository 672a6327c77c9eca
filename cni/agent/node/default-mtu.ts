import type { RunNetlink } from "#cni/plumbing/netlink-workers.ts";
import type { LinkState } from "#cni/plumbing/network-state.ts";
import { familyOfText } from "#cni/plumbing/pod-interface.ts";
import { readLinks } from "#cni/plumbing/wire-sandbox.ts";
import type { Logger } from "#src/core/logger.ts";

/** Bytes that each encapsulation puts between the outer IP header and the pod's IP packet, inner Ethernet included. */
const encapsulationBytes: Readonly<Record<string, number>> = {
  // UDP 8, geneve 8, OVN's one option 8, Ethernet 14.
  geneve: 38,
  // UDP 8, vxlan 8, Ethernet 14.
  vxlan: 30,
  // A header like TCP's 20, stt 18, Ethernet 14.
  stt: 52,
};

/**
 * The MTU while the chassis has no tunnel address, or the device with that address cannot be found. It fits geneve and vxlan
 * over an underlay of 1,500, also with IPv6.
 */
export const fallbackMtu = 1400;

/** The MTU of the link that has the address; undefined when no link has it. */
export function mtuOfAddress(links: readonly LinkState[], address: string): number | undefined {
  return links.find(({ addresses }) => addresses.some((one) => one.startsWith(`${address}/`)))?.mtu;
}

/** The keys of `external_ids` in the table Open_vSwitch that set up the tunnels of a chassis; see ovn-controller(8). */
const tunnelKeys = {
  types: "ovn-encap-type",
  addresses: "ovn-encap-ip",
  defaultAddress: "ovn-encap-ip-default",
} as const;

export interface ChassisTunnel {
  readonly types: string;
  /** The addresses that packets of pods may leave from. */
  readonly addresses: readonly string[];
}

/**
 * The tunnels of a chassis; undefined while it has no address for them. `ovn-encap-ip` may list several addresses. A port that
 * chooses none of them, as all of ours, uses `ovn-encap-ip-default` where that is set, and else any of them.
 */
export function chassisTunnel(ids: ReadonlyMap<string, string>): ChassisTunnel | undefined {
  const listed = wordsOf(ids.get(tunnelKeys.addresses));
  const addresses = listed.length > 0 ? wordsOf(ids.get(tunnelKeys.defaultAddress)) : [];
  const used = addresses.length > 0 ? addresses : listed;
  return used.length === 0 ? undefined : { types: ids.get(tunnelKeys.types) ?? "geneve", addresses: used };
}

function wordsOf(list: string | undefined): readonly string[] {
  return (list ?? "").split(",").flatMap((word) => word.trim() || []);
}

/** The MTU of pods: the flag's, else the largest that fits into the chassis' tunnels. Networks may only make it smaller. */
export class DefaultMtu {
  readonly #fixed: number | undefined;
  readonly #run: RunNetlink;
  readonly #logger: Logger;
  #known: { readonly tunnel: string; readonly mtu: number } | undefined;

  /** `fixed` is the value of the flag; with 0 the MTU follows the tunnel. */
  constructor(fixed: number, run: RunNetlink, logger: Logger) {
    this.#fixed = fixed === 0 ? undefined : fixed;
    this.#run = run;
    this.#logger = logger;
  }

  /** The MTU is looked up again when the chassis' tunnel has changed. Throws `CommandFailed` or `Aborted`. */
  async get(tunnel: ChassisTunnel | undefined, signal: AbortSignal): Promise<number> {
    if (this.#fixed !== undefined) return this.#fixed;
    if (tunnel === undefined) return fallbackMtu;
    const { types, addresses } = tunnel;
    const key = `${types} ${addresses.join()}`;
    if (this.#known?.tunnel === key) return this.#known.mtu;
    const { links } = await readLinks(undefined, signal, this.#run);
    const underlays = addresses.map((address) => ({ address, mtu: mtuOfAddress(links, address) }));
    const mtu = Math.min(
      ...underlays.map((one) => (one.mtu === undefined ? fallbackMtu : tunnelMtu(one.mtu, types, one.address))),
    );
    const unknown = underlays.flatMap((one) => (one.mtu === undefined ? [one.address] : []));
    if (unknown.length > 0) {
      this.#logger.warn({ types, unknown, mtu }, "no device has the tunnel's address");
      return mtu;
    }
    this.#logger.info({ types, underlays, mtu }, "mtu of pods follows the tunnel");
    this.#known = { tunnel: key, mtu };
    return mtu;
  }
}

/**
 * The largest MTU of pods whose packets go through the tunnels of a chassis. `types` is `ovn-encap-type`, which may list
 * several encapsulations; the one with the largest header counts. An unknown one is taken for the largest known one.
 */
export function tunnelMtu(underlayMtu: number, types: string, address: string): number {
  const largest = Math.max(...Object.values(encapsulationBytes));
  const overheads = types.split(",").map((type) => encapsulationBytes[type.trim()] ?? largest);
  const outerHeader = familyOfText(address) === 6 ? 40 : 20;
  return underlayMtu - outerHeader - Math.max(...overheads);
}
