import { z } from "zod";
import { runProgram } from "#cni/plumbing/run-ip.ts";
import type { Logger } from "#src/core/logger.ts";
import { fallbackMtu, tunnelMtu } from "./tunnel-overhead.ts";

const links = z.array(
  z.object({ mtu: z.number(), addr_info: z.array(z.object({ local: z.string().optional() })).default([]) }),
);

/** MTU of the device that has the address, from what `ip -j addr` prints; undefined when none has it. */
export function mtuOfAddress(listing: string, address: string): number | undefined {
  const devices = links.parse(JSON.parse(listing));
  return devices.find(({ addr_info: all }) => all.some(({ local }) => local === address))?.mtu;
}

export interface Tunnel {
  readonly types: string;
  readonly address: string;
}

/** The MTU of pods on networks that set none: what fits into the chassis' tunnels, or what the flag says. */
export class DefaultMtu {
  readonly #fixed: number | undefined;
  readonly #logger: Logger;
  #known: { readonly tunnel: string; readonly mtu: number } | undefined;

  /** `fixed`: the value of the flag; 0 when the tunnel shall decide. */
  constructor(fixed: number, logger: Logger) {
    this.#fixed = fixed === 0 ? undefined : fixed;
    this.#logger = logger;
  }

  /** Looked up again when the chassis' tunnel has changed. Throws `CommandFailed` or `Aborted`. */
  async get(tunnel: Tunnel | undefined, signal: AbortSignal): Promise<number> {
    if (this.#fixed !== undefined) return this.#fixed;
    if (tunnel === undefined) return fallbackMtu;
    const key = `${tunnel.types} ${tunnel.address}`;
    if (this.#known?.tunnel === key) return this.#known.mtu;
    const underlay = mtuOfAddress(await runProgram(["ip", "-j", "addr"], "", { signal }), tunnel.address);
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
