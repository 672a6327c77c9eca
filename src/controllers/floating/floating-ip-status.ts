import type { FloatingIpStatus } from "#src/api/floating-ip/floating-ip-schema.ts";
import { type IpAddress, printIp } from "#src/net/ip.ts";
import { condition, datedCondition } from "../conditions/conditions.ts";
import type { FloatingIpObject } from "./floating-ip-object.ts";
import type { FloatingTarget } from "./target-decision.ts";

/** The outcome for a FloatingIP: one word for `reason`, and a sentence for people. */
export interface FloatingIpOutcome {
  readonly reason: string;
  readonly message: string;
  /** The address that the object holds. */
  readonly address: IpAddress | undefined;
  /** The pod at which it arrives. */
  readonly target: FloatingTarget | undefined;
}

/** Makes the status to write. Equal facts give an equal status. An address that was held once stays in it. */
export function floatingIpStatus(
  { reason, message, address, target }: FloatingIpOutcome,
  { generation, status: before }: Pick<FloatingIpObject, "generation" | "status">,
  now: string,
): FloatingIpStatus {
  const ready = condition("Ready", target !== undefined, reason, message);
  const printed = address === undefined ? before?.address : printIp(address);
  return {
    observedGeneration: generation,
    conditions: [datedCondition(ready, generation, before, now)],
    ...(printed === undefined ? {} : { address: printed }),
    ...(target === undefined
      ? {}
      : {
          pod: target.pod.name,
          network: target.port.network,
          interface: target.port.interfaceName,
          podAddress: printIp(target.ip),
        }),
  };
}
