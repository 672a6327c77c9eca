import type { ClashingSettings } from "./clashing-settings.ts";

/** The interface of a guest has no setting that the pod itself would use: the guest is told its gateway and routes by DHCP. */
export const besideDhcp: ClashingSettings<"defaultGateway" | "gwipaddress" | "routes" | "tap"> = {
  names: ["defaultGateway", "gwipaddress", "routes", "tap"],
  reason: "stands beside dhcp, and such an interface carries no address in the pod",
  remedy: "remove one of the two: a guest is told the gateway and the routes of the network by DHCP",
};
