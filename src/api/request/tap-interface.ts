import type { ClashingSettings } from "./clashing-settings.ts";

/** The settings of an interface that sends, or that others reach. */
const settingsOfSenders = [
  "ipAddress",
  "claim",
  "pool",
  "sticky",
  "ordinalAddresses",
  "defaultGateway",
  "gwipaddress",
  "routes",
  "allowedAddresses",
  "bandwidth",
  "externalIp",
  "distributed",
] as const;

/** An interface that only receives has none of them. */
export const besideTap: ClashingSettings<(typeof settingsOfSenders)[number]> = {
  names: settingsOfSenders,
  reason: "stands beside tap, and such an interface has no address and sends nothing",
  remedy: "remove one of the two, or ask for another interface that has it",
};
