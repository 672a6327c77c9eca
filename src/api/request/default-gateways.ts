import { refusal } from "#src/core/errors.ts";
import type { Family } from "#src/net/ip.ts";
import { keyOf } from "../text/field-path.ts";

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
