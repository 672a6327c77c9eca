import type { MapKind } from "./map-links.ts";

/** The icon of each kind: lines in a square of 16 units. */
export const kindIcons = {
  wire: "M1 8h4M11 8h4M5 5h6v6H5z",
  uplink: "M8 14V3M4 7l4-4 4 4M2 14h12",
  router: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M5 8h6M9 6l2 2-2 2",
  network: "M2 4h12v8H2zM5 12V9M8 12V9M11 12V9",
  floatingip: "M8 14.500C4.500 10.500 3.500 8.500 3.500 6a4.500 4.500 0 0 1 9 0c0 2.500-1 4.500-4.500 8.500zM6.500 6h3",
  policy: "M8 1.500 13.500 4v4c0 3-2.500 5.500-5.500 6.500-3-1-5.500-3.500-5.500-6.500V4zM5.500 8l2 2 3-3.500",
  service: "M8 2l6 3.5v5L8 14l-6-3.5v-5z",
  chain: "M5 5h-1a3 3 0 0 0 0 6h2M11 5h1a3 3 0 0 1 0 6h-2M5 8h6",
  tap: "M1 4h14M8 4v10M4.500 10.500 8 14l3.500-3.500",
  pod: "M8 1.5l5.5 3v6.5l-5.5 3.5-5.5-3.5V4.500zM2.500 4.500 8 8l5.500-3.500M8 8v6.500",
  node: "M2 3h12v4H2zM2 9h12v4H2zM4.500 5h1M4.500 11h1",
} as const satisfies Record<MapKind, string>;
