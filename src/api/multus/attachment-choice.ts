/** What of a CNI call decides which of the pod's interfaces it wires. */
export interface AttachmentChoice {
  /** `nfn-network` of the configuration; absent: the call is for all of the pod. */
  readonly network: string | undefined;
  /** CNI_IFNAME. */
  readonly interfaceName: string;
}

/**
 * The interfaces that one ADD wires, maybe none. A call for one network takes those on it; where the pod joins it more
 * than once and one of the interfaces has the name of the call, that one alone: Multus will call again for the others.
 */
export function interfacesOfCall<T extends { readonly network: string; readonly interface: string }>(
  interfaces: readonly T[],
  { network, interfaceName }: AttachmentChoice,
): readonly T[] {
  if (network === undefined) return interfaces;
  const onNetwork = interfaces.filter((one) => one.network === network);
  const named = onNetwork.filter((one) => one.interface === interfaceName);
  return named.length > 0 ? named : onNetwork;
}
