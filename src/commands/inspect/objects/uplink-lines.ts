// Computes the lines of `ovn4nfv uplinks` from the Uplinks and the Networks that name them.
import { readyCondition } from "#src/controllers/conditions/conditions.ts";
import type { UplinkObject } from "#src/controllers/uplinks/uplink-object.ts";
import type { NetworkObject } from "#src/controllers/networks/network-object.ts";
import { uplinkOf } from "#src/controllers/networks/network-object.ts";
import { printInPrefix } from "#src/net/cidr.ts";
import { printIp } from "#src/net/ip.ts";
import type { FloatingUsage } from "#src/ipam/index/floating-usage.ts";
import { printCount } from "#src/net/count-text.ts";
import { readyTone } from "../../output/text-style.ts";
import type { Column } from "../../output/text-table.ts";
import { readyWord } from "../ready-word.ts";

/** A way out as people and programs read it. */
export interface ReportedUplink {
  readonly name: string;
  /** `True`, or the reason why nothing leaves by it; `Unknown` while nobody has written a status. */
  readonly ready: string;
  /** The network outside: `provider/NAME` for a ProviderNetwork, `physical/NAME` for a name in `ovn-bridge-mappings`. */
  readonly outside: string;
  readonly addresses: readonly string[];
  readonly nextHops: readonly string[];
  /** Its floating addresses. It is empty where it hands out none, and undefined where the Northbound database was not read. */
  readonly floating: readonly Pick<FloatingUsage, "family" | "size" | "used">[] | undefined;
  /** The chassis that may carry the gateway, best first. */
  readonly chassis: readonly string[];
  /** The Networks that leave by it, as `namespace/name`. */
  readonly networks: readonly string[];
  /** The fault, or a hint, in words; "" when there is nothing. */
  readonly message: string;
}

export function reportUplink(
  { name, config, status }: UplinkObject,
  networks: readonly NetworkObject[],
  usage: readonly FloatingUsage[] | undefined,
): ReportedUplink {
  const condition = readyCondition(status);
  const read = typeof config === "string" ? undefined : config;
  return {
    name,
    ready: readyWord(condition),
    outside: read === undefined ? "-" : `${read.outside.kind}/${read.outside.name}`,
    addresses: read?.addresses.map(printInPrefix) ?? [],
    nextHops: read?.nextHops.map(printIp) ?? [],
    floating: usage?.filter(({ uplink }) => uplink === name).map(({ family, size, used }) => ({ family, size, used })),
    chassis: status?.gatewayChassis ?? [],
    networks: networks.filter((one) => uplinkOf(one) === name).map((one) => `${one.namespace}/${one.name}`),
    message: condition?.message ?? (typeof config === "string" ? config : ""),
  };
}

export const uplinkColumns: readonly Column<ReportedUplink>[] = [
  { title: "name", value: ({ name }) => name },
  { title: "ready", value: ({ ready }) => ready, tone: ({ ready }) => readyTone(ready) },
  { title: "outside", value: ({ outside }) => outside },
  { title: "addresses", value: ({ addresses }) => addresses.join(",") || "-" },
  { title: "next hops", room: "spare", value: ({ nextHops }) => nextHops.join(",") || "-" },
  { title: "floating", value: ({ floating = [] }) => floating.map(describePool).join(",") || "-" },
  { title: "chassis", value: ({ chassis }) => chassis.join(",") || "-" },
  { title: "networks", value: ({ networks }) => networks.join(",") || "-" },
  { title: "message", value: ({ message }) => message },
];

/** The addresses that are held, of those that there are. */
function describePool({ size, used }: Pick<FloatingUsage, "size" | "used">): string {
  return `${used.toString()}/${printCount(size)}`;
}
