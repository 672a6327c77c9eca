import { parseProviderNetwork } from "#src/api/provider-network/provider-network-config.ts";
import type { UplinkConfig } from "#src/api/uplink/uplink-config.ts";
import { readyCondition } from "#src/controllers/conditions/conditions.ts";
import type { FloatingIpObject } from "#src/controllers/floating/floating-ip-object.ts";
import type { NetworkObject } from "#src/controllers/networks/network-object.ts";
import { readOrSay } from "#src/core/refusals.ts";
import { lastIp } from "#src/net/cidr.ts";
import { mergeRanges, printRange, rangeHolds, rangesOverlap } from "#src/net/range.ts";
import type { Facts } from "../facts.ts";
import { type DoctorFinding, failed, ok, warning } from "../finding.ts";

const owner = "ask the owner of the Uplink: the message names the field";
const ask = "ask for another address, or leave spec.address out";

/** The cure where the address leads to no pod, by the reason of the condition Ready. docs/way-out.md has the same table. */
const cures: Readonly<Record<string, string>> = {
  NoPod: "look whether spec.selector fits the labels of a pod of the namespace that runs and asks for networks",
  SeveralPods: "let spec.selector select one pod",
  PodWithoutNetwork: "give the pod an interface in a network that leaves by the Uplink",
  SeveralNetworks: "name one of the networks in spec.network",
  UnknownUplink: "make the Uplink, or name another one",
  WaitsForUplink: "do as the line of the Uplink says",
  NamespaceNotAllowed: owner,
  NoFloatingAddresses: owner,
  LimitReached: owner,
  PoolExhausted: owner,
  AddressNotInPool: ask,
  AddressInUse: `${ask}; ovn4nfv addresses with the address shows who has it`,
};

/** The reasons that an address outside has gone to somebody else, or cannot ever be had as it is asked for. */
const faults: ReadonlySet<string> = new Set(["AddressInUse", "AddressNotInPool", "Invalid", "UnknownUplink"]);

const check = "floating-ips";

/** Has findings only where there are FloatingIPs. */
export function judgeFloatingIps({ outside }: Facts): readonly DoctorFinding[] {
  if ("why" in outside) return [];
  const { floatingIps } = outside.value;
  if (floatingIps.length === 0) return [];
  const findings = floatingIps.flatMap((one) => judgeFloatingIp(one) ?? []);
  return findings.length > 0 ? findings : [ok(check, `all ${floatingIps.length} lead to their pods`)];
}

/** Gives the finding about one that does not lead to its pod, or not to one alone. */
export function judgeFloatingIp({ namespace, name, status, deleting }: FloatingIpObject): DoctorFinding | undefined {
  const ready = readyCondition(status);
  if (deleting || (ready?.status === "True" && ready.reason !== "SeveralPods")) return undefined;
  const { reason = "no status", message = "nobody has looked at it" } = ready ?? {};
  const says = `${namespace}/${name} (${reason}): ${message}`;
  const cure = ready === undefined ? "look at the log of the controller" : (cures[reason] ?? "do as the message says");
  return faults.has(reason) ? failed(check, says, cure) : warning(check, says, cure);
}

/** A pod of the ProviderNetwork that gets an address of the pool has it at the same time as the one to whom the Uplink gives it. */
export function judgeFloatingPool(
  check: string,
  { name, outside, floating }: Pick<UplinkConfig, "name" | "outside" | "floating">,
  providerNetworks: readonly NetworkObject[],
): readonly DoctorFinding[] {
  const network = providerNetworks.find((one) => outside.kind === "provider" && one.name === outside.name);
  if (floating === undefined || network === undefined) return [];
  const config = readOrSay(() => parseProviderNetwork(network.object));
  if (typeof config === "string") return [];
  const excluded = mergeRanges(config.excluded);
  const open = floating.ranges.filter(
    (range) =>
      config.subnets.some(({ cidr }) => rangesOverlap({ first: cidr.first, last: lastIp(cidr) }, range)) &&
      !excluded.some((one) => rangeHolds(one, range.first) && rangeHolds(one, range.last)),
  );
  return open.map((range) => {
    const text = printRange(range);
    const says = `${name}: pods of the ProviderNetwork ${network.namespace}/${network.name} may get the floating addresses ${text} as well`;
    return warning(check, says, `add ${text} to excludeIps of its subnet`);
  });
}
