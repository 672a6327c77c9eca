import type { WayOut } from "#src/ovn/rows/network-rows.ts";

/** The way on which the networks leave that name an Uplink. */
export type NamedWayOut =
  | { readonly kind: "there"; readonly wayOut: WayOut; readonly chassis: readonly string[] }
  /** The Uplink exists, and is not made. A network keeps the rows that it has by it. */
  | { readonly kind: "waits"; readonly message: string }
  | { readonly kind: "unknown" };

/** Says where networks leave. The controller of Uplinks is one. */
export interface WaysOut {
  readonly of: (uplink: string) => NamedWayOut;
  /** Calls `listener` with the name of each Uplink whose way is another than before. The returned function removes it. */
  readonly onChange: (listener: (uplink: string) => void) => () => void;
}

/** Without Uplinks: only that of the flags is there. */
export const noWaysOut: WaysOut = { of: () => ({ kind: "unknown" }), onChange: () => () => {} };
