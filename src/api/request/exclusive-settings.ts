// Settings that only one interface of a pod can have. Two interfaces that ask for the same are refused.
import { type AppError, refusal } from "#src/core/errors.ts";
import { printCidr } from "#src/net/cidr.ts";
import { type Family, printIp } from "#src/net/ip.ts";
import { keyOf } from "../text/field-place.ts";
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

/** Throws `RouteInvalid` when two routes have one destination: a pod has one routing table. */
export function refuseRepeatedRoutes(interfaces: readonly InterfaceRequest[]): void {
  const holders = new Map<string, string>();
  for (const { field, routes } of interfaces) {
    for (const { dst } of routes) {
      const text = printCidr(dst);
      const holder = holders.get(text);
      if (holder !== undefined) {
        throw refusal("RouteInvalid", {
          field,
          value: text,
          reason: `is the destination of two routes${holder === field ? "" : `, the other at ${holder}`}`,
          remedy: "keep one of them",
        });
      }
      holders.set(text, field);
    }
  }
}

export interface DefaultGatewayClaim {
  /** Place of the interface, for messages. */
  readonly field: string;
  readonly defaultGateway: boolean;
  /** The families that the interface has for certain. */
  readonly families: Iterable<Family>;
}

/**
 * Throws `RouteInvalid` when two interfaces would both carry the default route of one family. The request knows the
 * families only where it names addresses; the allocator asks again when it knows the networks.
 */
export function refuseSecondDefaultGateway(interfaces: readonly DefaultGatewayClaim[]): void {
  const holders = new Map<Family, string>();
  for (const { field, defaultGateway, families } of interfaces) {
    if (!defaultGateway) continue;
    for (const family of new Set(families)) {
      const holder = holders.get(family);
      if (holder !== undefined) {
        throw refusal("RouteInvalid", {
          field: keyOf(field, "defaultGateway"),
          value: true,
          reason: `asks for the IPv${family} default route, which ${holder} has`,
          remedy: "keep defaultGateway on one interface of each family",
        });
      }
      holders.set(family, field);
    }
  }
}
