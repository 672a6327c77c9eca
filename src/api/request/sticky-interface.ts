import type { ClashingSettings } from "./clashing-settings.ts";

/** The claim of a sticky interface is made, and each replica has addresses of its own. */
export const besideSticky: ClashingSettings<"claim" | "ipAddress"> = {
  names: ["claim", "ipAddress"],
  reason: "stands beside sticky, which gives each replica a claim of its own",
  remedy: "remove one of the two; ordinalAddresses has addresses for each replica",
};

/** All pods of the template would ask for the addresses. */
export const besideOrdinalAddresses: ClashingSettings<"claim" | "ipAddress"> = {
  names: ["claim", "ipAddress"],
  reason: "stands beside ordinalAddresses, which has the addresses of each replica",
  remedy: "remove one of the two",
};
