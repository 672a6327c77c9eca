import { externalId } from "./external-ids.ts";

/** The filter of OVN for packets that a pod sends: by MAC and addresses, by the MAC alone, or not at all. */
export type PortSecurity = "full" | "mac" | "off";

export const portSecurities = ["full", "mac", "off"] as const satisfies readonly PortSecurity[];

export interface PortFilter {
  readonly mode: PortSecurity;
  /** Further addresses and prefixes from which the port may send. */
  readonly allowed: readonly string[];
  /** True while the pod forwards packets of others for a chain. */
  readonly forwards?: boolean;
  /** True for a port that is disabled: OVN lets nothing in and nothing out, and only a mirror writes into it. */
  readonly isTap?: boolean;
}

/**
 * The column `port_security` of a port, ovn-nb(5). `addresses` is its `<mac> <ip>...`. In every mode only frames to the port's own
 * MAC are delivered to it.
 */
export function portSecurityOf(addresses: string, { mode, allowed, forwards = false }: PortFilter): readonly string[] {
  if (mode === "off") return [];
  if (mode === "mac" || forwards) return addresses.split(" ", 1);
  return [[addresses, ...allowed].join(" ")];
}

/** The keys of a port of ours that say what its filter is, where it is not the addresses of the port alone. */
export function filterKeys({ mode, allowed, isTap = false }: PortFilter): Readonly<Record<string, string>> {
  return {
    ...(isTap ? { [externalId("tap")]: "true" } : {}),
    ...(mode === "full" ? {} : { [externalId("port-security")]: mode }),
    ...(allowed.length === 0 ? {} : { [externalId("allowed-addresses")]: allowed.join(" ") }),
  };
}

/** Reads those keys. */
export function filterOfPort(ids: ReadonlyMap<string, string>): PortFilter {
  const text = ids.get(externalId("port-security"));
  return {
    mode: portSecurities.find((mode) => mode === text) ?? "full",
    allowed: ids.get(externalId("allowed-addresses"))?.split(" ") ?? [],
  };
}
