import type { IpAddress } from "#src/net/ip.ts";

/** A port of a pod that is in NB and not bound. */
export interface OpenPort {
  readonly namespace: string;
  readonly allocation: string;
  readonly ips: readonly IpAddress[];
}

/** Keeps the ports of one switch that are not bound, so that those of one allocation are found without a look at the others. */
export class OpenPorts {
  readonly #ports = new Map<string, OpenPort>();
  readonly #byAllocation = new Map<string, Set<string>>();

  set(uuid: string, port: OpenPort): void {
    this.delete(uuid);
    this.#ports.set(uuid, port);
    const own = this.#byAllocation.get(port.allocation) ?? new Set();
    this.#byAllocation.set(port.allocation, own.add(uuid));
  }

  /** Gives the port that was there. */
  delete(uuid: string): OpenPort | undefined {
    const port = this.#ports.get(uuid);
    if (port === undefined) return undefined;
    this.#ports.delete(uuid);
    const own = this.#byAllocation.get(port.allocation);
    own?.delete(uuid);
    if (own?.size === 0) this.#byAllocation.delete(port.allocation);
    return port;
  }

  values(): MapIterator<OpenPort> {
    return this.#ports.values();
  }

  /** UUIDs, in the order in which the ports came. */
  ofAllocation(allocation: string): ReadonlySet<string> {
    return this.#byAllocation.get(allocation) ?? none;
  }
}

const none: ReadonlySet<string> = new Set();
