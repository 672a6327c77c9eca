import type { RunOrder } from "#cni/plumbing/netlink-workers.ts";
import type { LinkState } from "#cni/plumbing/network-state.ts";
import { readState } from "#cni/plumbing/wire-sandbox.ts";
import type { Logger } from "#src/core/logger.ts";
import { fallbackMtu, tunnelMtu } from "./tunnel-overhead.ts";

/** MTU of the link that has the address; undefined when none has it. */
export function mtuOfAddress(links: readonly LinkState[], address: string): number | undefined {
  return links.find(({ addresses }) => addresses.some((one) => one.startsWith(`${address}/`)))?.mtu;
}

export interface Tunnel {
  readonly types: string;
  readonly address: string;
}

/** The MTU of pods, which networks may only make smaller: what fits into the chassis' tunnels, or what the flag says. */
export class DefaultMtu {
  readonly #fixed: number | undefined;
  readonly #run: RunOrder;
  readonly #logger: Logger;
  #known: { readonly tunnel: string; readonly mtu: number } | undefined;

  /** `fixed`: the value of the flag; 0 when the tunnel shall decide. */
  constructor(fixed: number, run: RunOrder, logger: Logger) {
    this.#fixed = fixed === 0 ? undefined : fixed;
    this.#run = run;
    this.#logger = logger;
  }

  /** Looked up again when the chassis' tunnel has changed. Throws `CommandFailed` or `Aborted`. */
  async get(tunnel: Tunnel | undefined, signal: AbortSignal): Promise<number> {
    if (this.#fixed !== undefined) return this.#fixed;
    if (tunnel === undefined) return fallbackMtu;
    const key = `${tunnel.types} ${tunnel.address}`;
    if (this.#known?.tunnel === key) return this.#known.mtu;
    const underlay = mtuOfAddress((await readState(undefined, signal, this.#run)).links, tunnel.address);
    if (underlay === undefined) {
      this.#logger.warn({ ...tunnel, mtu: fallbackMtu }, "no device has the tunnel's address");
      return fallbackMtu;
    }
    const mtu = tunnelMtu(underlay, tunnel.types, tunnel.address);
    this.#logger.info({ ...tunnel, underlay, mtu }, "mtu of pods follows the tunnel");
    this.#known = { tunnel: key, mtu };
    return mtu;
  }
}
