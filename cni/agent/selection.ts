import { AppError } from "#src/core/errors.ts";
import type { InterfaceResult } from "#src/api/result.ts";

/** What of a call decides which of the pod's interfaces it wires. */
export interface AttachmentChoice {
  /** `nfn-network` of the configuration; absent: the call is for all of the pod. */
  readonly network: string | undefined;
  /** CNI_IFNAME. */
  readonly interfaceName: string;
}

/**
 * The interfaces that one ADD wires. A call for one network takes those on it; where the pod joins it more than once and
 * one of the interfaces has the name of the call, that one alone: Multus will call again for the others. Throws
 * `ResultMissing` when there is none.
 */
export function selectInterfaces(
  results: readonly InterfaceResult[],
  { network, interfaceName }: AttachmentChoice,
): readonly InterfaceResult[] {
  if (network === undefined) return results;
  const onNetwork = results.filter((result) => result.network === network);
  if (onNetwork.length === 0) {
    const joined = [...new Set(results.map((result) => result.network))].join(", ");
    throw new AppError("ResultMissing", `nfn-network ${JSON.stringify(network)}: the pod joins ${joined} only`);
  }
  const named = onNetwork.filter((result) => result.interface === interfaceName);
  return named.length > 0 ? named : onNetwork;
}
