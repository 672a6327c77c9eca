import { readyCondition } from "#src/controllers/conditions/conditions.ts";
import { type NetworkObject, uplinkOf } from "#src/controllers/networks/network-object.ts";
import type { Network } from "#src/ovn/network.ts";
import type { ViewNetwork, ViewUsage } from "#src/view/contract/view-item.ts";
import { type ReportedNetwork, withObjects } from "../../inspect/network-objects.ts";
import { type NamedPoolUsage, networkUsage, type SubnetUsage } from "../../inspect/network-usage.ts";
import { readyWord } from "../../inspect/ready-word.ts";
import { given, viewKeyIf, viewKey, readinessOf } from "./readiness.ts";
import type { SwitchLinks } from "./switch-links.ts";
import type { ViewFacts } from "./view-facts.ts";

type Northbound = NonNullable<ViewFacts["nb"]>;

/** The networks as `ovn4nfv networks` has them, with what they are connected to. */
export function networkItems(
  nb: Northbound,
  links: ReadonlyMap<string, SwitchLinks>,
  objects: readonly NetworkObject[] | undefined,
): readonly ViewNetwork[] {
  return withObjects(networkUsage(nb.index, nb), objects ?? []).map((report) => {
    const network = nb.index.named(report.name)[0]?.network;
    const object = objects?.find(
      ({ name, namespace }) => name === report.name && namespace === report.object?.namespace,
    );
    return networkItem(report, network, network && links.get(network.switchUuid), object && uplinkOf(object));
  });
}

function networkItem(
  report: ReportedNetwork,
  network: Network | undefined,
  links: SwitchLinks | undefined,
  uplink: string | undefined,
): ViewNetwork {
  const { name, object, problem, subnets, pools = [] } = report;
  const told = object?.ready ?? "True";
  const word = told === "True" && problem !== undefined ? "Problem" : told;
  const wire = links?.wire ?? network?.physicalNetwork;
  return {
    kind: "network",
    key: viewKey("network", name),
    name,
    ...readinessOf(word, problem ?? ""),
    usage: [...subnets.map(usageOfSubnet), ...pools.map(usageOfPool)],
    openReservations: report.openReservations,
    ...given("mtu", report.mtu),
    allowedNamespaces: report.allowedNamespaces,
    ...given("object", object && { kind: object.kind, ...given("namespace", object.namespace || undefined) }),
    routers: (links?.routers ?? []).map((router) => viewKey("router", router)),
    ...given("wire", viewKeyIf("wire", wire)),
    ...given("uplink", viewKeyIf("uplink", uplink)),
  };
}

function usageOfSubnet({ cidr, gateway, capacity, used, free }: SubnetUsage): ViewUsage {
  return { of: cidr, ...given("gateway", gateway), ...countsOf({ capacity, used, free }) };
}

function usageOfPool({ pool, ranges, capacity, used, free }: NamedPoolUsage): ViewUsage {
  return { of: ranges.join(","), pool, ...countsOf({ capacity, used, free }) };
}

function countsOf({ capacity, used, free }: Pick<SubnetUsage, "capacity" | "used" | "free">) {
  return { capacity: capacity.toString(), used: used.toString(), free: free.toString() };
}

/** The networks as their objects tell of them, where the Northbound database is not read. */
export function networksOfObjects(objects: readonly NetworkObject[]): readonly ViewNetwork[] {
  return objects.map((object): ViewNetwork => {
    const { name, namespace, kind, status } = object;
    const condition = readyCondition(status);
    const uplink = uplinkOf(object);
    const subnets = status?.columns?.subnets ?? "";
    return {
      kind: "network",
      key: viewKey("network", name),
      name,
      ...readinessOf(readyWord(condition), condition?.status === "False" ? condition.message : ""),
      usage: (status?.pools ?? []).flatMap(({ name: pool, family, capacity, used }): readonly ViewUsage[] => {
        // A status is free text to whoever may write it.
        if (![capacity, used].every((text) => /^[0-9]{1,39}$/.test(text))) return [];
        const free = (BigInt(capacity) - BigInt(used)).toString();
        return [{ of: pool === undefined ? subnets : family, ...given("pool", pool), capacity, used, free }];
      }),
      openReservations: 0,
      allowedNamespaces: (status?.columns?.allowed ?? "").split(",").filter((one) => one !== ""),
      object: { kind, namespace },
      routers: [],
      ...given("wire", viewKeyIf("wire", status?.physicalNetwork)),
      ...given("uplink", viewKeyIf("uplink", uplink)),
    };
  });
}
