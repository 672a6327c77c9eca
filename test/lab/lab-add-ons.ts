import type { LabAddOn } from "./lab.ts";
import { multusAddOn } from "./multus.ts";

/** What `npm run lab` puts into its cluster, in this order. */
export const labAddOns: readonly LabAddOn[] = [multusAddOn];
