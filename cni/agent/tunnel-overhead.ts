import { familyOfText } from "#cni/plumbing/pod-interface.ts";

/** Bytes that each encapsulation puts between the outer IP header and the pod's IP packet, inner Ethernet included. */
const encapsulationBytes: Readonly<Record<string, number>> = {
  // UDP 8, geneve 8, OVN's one option 8, Ethernet 14.
  geneve: 38,
  // UDP 8, vxlan 8, Ethernet 14.
  vxlan: 30,
  // A header like TCP's 20, stt 18, Ethernet 14.
  stt: 52,
};

/** Used while the chassis has no tunnel address, or its device cannot be found: fits geneve and vxlan over 1,500, also over IPv6. */
export const fallbackMtu = 1400;

/**
 * The largest MTU of pods whose packets go through the tunnels of a chassis. `types` is `ovn-encap-type`, which may list
 * several; the largest header counts. An unknown one counts as the largest that there is.
 */
export function tunnelMtu(underlayMtu: number, types: string, address: string): number {
  const largest = Math.max(...Object.values(encapsulationBytes));
  const overheads = types.split(",").map((type) => encapsulationBytes[type.trim()] ?? largest);
  const outerHeader = familyOfText(address) === 6 ? 40 : 20;
  return underlayMtu - outerHeader - Math.max(...overheads);
}
