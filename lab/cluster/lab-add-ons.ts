import type { LabAddOn } from "./lab.ts";
import { multusAddOn } from "./multus.ts";
import { ovn4nfvAddOn, ovn4nfvNeedsAddOn, ovn4nfvWithOvnAddOn } from "./ovn4nfv-add-on.ts";
import { thickMultusAddOn } from "./thick-multus.ts";

/** The add-ons that `npm run lab` installs in its cluster, in this order. */
export const labAddOns: readonly LabAddOn[] = [multusAddOn, thickMultusAddOn("n2"), ovn4nfvAddOn];

/** The add-ons of a lab whose machines have no OVN. */
export const bareLabAddOns: readonly LabAddOn[] = [multusAddOn, ovn4nfvWithOvnAddOn];

/** The add-ons of a lab whose machines have no OVN, and in which somebody is about to install the product. */
export const emptyLabAddOns: readonly LabAddOn[] = [multusAddOn, ovn4nfvNeedsAddOn];
