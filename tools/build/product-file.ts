import { join } from "node:path";
import { root } from "../source-files.ts";

/** The variable by which a run of tests tells its processes of the bundle that it has made for them. */
export const productVariable = "PRODUCT_FILE";

/**
 * The file that Node starts as the product: the bundle of this run of tests, as it is shipped, and without one the sources. A process
 * begins with the bundle in a quarter of the processor time.
 */
export const productFile = process.env[productVariable] ?? join(root, "src/main.ts");
