import { type AppError, refusal } from "#src/core/errors.ts";
import { printIp } from "#src/net/ip.ts";
import type { InterfaceRequest } from "./interface-request.ts";

/** Throws `Malformed` when two interfaces of the pod ask for one address or MAC on one network. */
export function refuseSharedAddresses(interfaces: readonly InterfaceRequest[]): void {
  const holders = new Map<string, string>();
  for (const { field, network, addresses, mac } of interfaces) {
    const wanted = [...addresses.map(({ ip }) => printIp(ip)), ...(mac === undefined ? [] : [mac])];
    for (const address of wanted) {
      const key = JSON.stringify([network, address]);
      const holder = holders.get(key);
      if (holder !== undefined) throw shared(field, address, network, holder);
      holders.set(key, field);
    }
  }
}

function shared(field: string, address: string, network: string, holder: string): AppError {
  return refusal("Malformed", {
    field,
    value: address,
    reason: `is asked for on network ${JSON.stringify(network)} by ${holder} as well`,
    remedy: "give each interface an address of its own, or leave one to be chosen",
  });
}
