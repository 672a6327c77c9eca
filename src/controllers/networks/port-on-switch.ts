import type { IpAddress } from "#src/net/ip.ts";

/** One port on the switch of a network. */
export interface PortOnSwitch {
  readonly name: string;
  /** `namespace/pod` when we made the port for a pod. */
  readonly pod: string | undefined;
  readonly ips: readonly IpAddress[];
  /** The time when the addresses were reserved; undefined where no port of ours says it. */
  readonly reservedAtMs: number | undefined;
}
