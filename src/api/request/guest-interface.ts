import { refusal } from "#src/core/errors.ts";
import type { Refusals } from "#src/core/refusals.ts";

/** The settings of an interface that the pod itself uses. */
const settingsOfPods = ["defaultGateway", "gwipaddress", "routes", "tap"] as const;

/** Refuses each setting that the interface of a guest cannot have: the guest is told its gateway and routes by DHCP. */
export function refuseBesideDhcp(
  fields: Readonly<Partial<Record<(typeof settingsOfPods)[number], unknown>>>,
  fieldOf: (name: (typeof settingsOfPods)[number]) => string,
  refusals: Refusals,
): void {
  for (const name of settingsOfPods) {
    const value = fields[name];
    if (value === undefined || value === "false") continue;
    refusals.add(
      refusal("Malformed", {
        field: fieldOf(name),
        value,
        reason: "stands beside dhcp, and such an interface carries no address in the pod",
        remedy: "remove one of the two: a guest is told the gateway and the routes of the network by DHCP",
      }),
    );
  }
}
