import type { ViewItem } from "#src/view/contract/view-item.ts";
import { printNumberOf } from "../text/counts.ts";

/** Says what a FloatingIP or a policy does with the pod of a key. */
export function chooserWords(item: ViewItem, pod: string): string {
  if (item.kind === "policy") {
    const isolates = item.isolates.length === 0 ? "isolates nothing" : `isolates ${item.isolates.join(" and ")}`;
    return `${isolates}, ${printNumberOf(item.rules, "rule")}`;
  }
  if (item.kind !== "floatingip") return "";
  const { address = "no address", podAddress = "" } = item;
  return item.pod === pod ? `${address} to ${podAddress}` : `${address}, does not lead here`;
}
