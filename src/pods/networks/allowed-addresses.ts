import { refusal } from "#src/core/errors.ts";
import { Refusals } from "#src/core/refusals.ts";
import { parseAllowed, printAllowed } from "#src/net/allowed-prefixes.ts";
import { type Cidr, containsIp } from "#src/net/cidr.ts";
import type { NetworkedInterface } from "./networked-interface.ts";

/** Throws `NotAllowed` for each allowed address that the interface's network does not permit. */
export function checkAllowedAddresses(items: readonly NetworkedInterface[]): void {
  const refusals = new Refusals();
  for (const { asked, network } of items) {
    const permitted = network.allowedPrefixes.map(parseAllowed).filter((cidr) => cidr !== undefined);
    for (const wanted of asked.allowedAddresses ?? []) {
      if (permitted.some((prefix) => isInside(wanted, prefix))) continue;
      const list = network.allowedPrefixes.join(" and ");
      refusals.add(
        refusal("NotAllowed", {
          field: `${asked.field}.allowedAddresses`,
          value: printAllowed(wanted),
          reason: `is nothing that the network ${JSON.stringify(network.name)} lets pods send from besides their own addresses${list === "" ? "" : `; it permits ${list}`}`,
          remedy: "ask the network's owner to add it to allowedAddresses of the Network, or leave it out",
        }),
      );
    }
  }
  refusals.throwAll();
}

function isInside(wanted: Cidr, prefix: Cidr): boolean {
  return containsIp(prefix, wanted.first) && wanted.prefixLength >= prefix.prefixLength;
}
