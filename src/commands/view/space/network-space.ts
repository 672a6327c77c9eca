import { controllerPort } from "#src/controllers/northbound/controller-tables.ts";
import type { Pool, SwitchState } from "#src/ipam/index/switch-state.ts";
import { containsIp, printCidr } from "#src/net/cidr.ts";
import { parseIp, printIp } from "#src/net/ip.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import type { NetworkSpace, SpaceSegment, SpaceState, SubnetSpace } from "#src/view/contract/network-space.ts";
import { PageFaultError } from "#src/view/server/page-faults.ts";
import type { QueryTexts } from "#src/view/server/page-viewer.ts";
import { type HeldAddress, heldAddresses } from "../../inspect/address-holders.ts";
import { given, viewKey } from "../items/readiness.ts";
import type { ViewFacts } from "../items/view-facts.ts";
import { subnetSegments, type TakenAddress } from "./subnet-segments.ts";

/** The most segments of a subnet in one answer. */
const pageLimit = 1_024;

type Northbound = NonNullable<ViewFacts["nb"]>;

/** Says who has which part of the addresses of a network. Throws a PageFaultError for a network, subnet or address that is not there. */
export function networkSpace(nb: Northbound, name: string, query: QueryTexts, limit = pageLimit): NetworkSpace {
  const [state] = nb.index.named(name);
  if (state === undefined) throw new PageFaultError("NotFound", `there is no network ${name}`);
  const { subnet, after } = query;
  const pools = state.pools.filter(({ subnet: { cidr } }) => subnet === undefined || printCidr(cidr) === subnet);
  if (subnet !== undefined && pools.length === 0) {
    throw new PageFaultError("NotFound", `${name} has no subnet ${subnet}`);
  }
  const taken = takenAddresses(nb, state);
  return { network: name, subnets: pools.map((pool) => subnetSpace(pool, state, taken, after, limit)) };
}

function subnetSpace(
  { subnet, space }: Pool,
  { network }: SwitchState,
  taken: readonly TakenAddress[],
  afterText: string | undefined,
  limit: number,
): SubnetSpace {
  const { cidr, gateway } = subnet;
  const after = afterText === undefined ? undefined : parseIp(afterText);
  if (afterText !== undefined && (after === undefined || !containsIp(cidr, after))) {
    throw new PageFaultError("BadQuery", `after is no address of ${printCidr(cidr)}; name the subnet as well`);
  }
  const own = taken.filter(({ ip }) => containsIp(cidr, ip));
  const { segments, next } = subnetSegments(subnet, network.pools, own, { after, limit });
  const free = space.freeCount();
  return {
    cidr: printCidr(cidr),
    ...given("gateway", gateway && printIp(gateway)),
    capacity: space.capacity.toString(),
    used: (space.capacity - free).toString(),
    free: free.toString(),
    segments,
    ...given("next", next && printIp(next)),
  };
}

/** All addresses of the network that somebody has; one that several have is there once, with all of them. */
function takenAddresses(nb: Northbound, state: SwitchState): readonly TakenAddress[] {
  const held = heldAddresses([state], nb.index, { rows: (table) => nb.rows(table) });
  const ports = new Set(held.map(({ port }) => port));
  const allocations = new Map<string, string>();
  for (const { name, external_ids: ids } of nb.rows(controllerPort).values()) {
    const allocation = ports.has(name) ? portOwner(ids)?.allocation : undefined;
    if (allocation !== undefined) allocations.set(name, allocation);
  }
  return [...Map.groupBy(held, ({ address }) => address ?? "")].flatMap(([address, holders]): TakenAddress[] => {
    const ip = parseIp(address);
    const [first] = holders;
    if (ip === undefined || first === undefined) return [];
    const who = holders.map(wordsOf).join(" and ");
    const allocation = allocations.get(first.port ?? "");
    return [
      {
        ip,
        state: states[first.kind] ?? "other",
        holder: { ...holderOf(first), who, ...given("allocation", allocation) },
      },
    ];
  });
}

const states: Readonly<Partial<Record<HeldAddress["kind"], SpaceState>>> = {
  pod: "used",
  "waiting pod": "used",
  reservation: "reserved",
  IPAMClaim: "held",
  "router port": "router",
};

function holderOf({ kind, owner, port, macs }: HeldAddress): Pick<SpaceSegment, "key" | "port" | "mac"> {
  const isPod = kind === "pod" || kind === "waiting pod" || kind === "reservation";
  const named = owner?.endsWith("/*") === true ? undefined : owner;
  const key = named && (isPod ? viewKey("pod", named) : kind === "IPAMClaim" ? viewKey("claim", named) : undefined);
  return { ...given("key", key), ...given("port", port), ...given("mac", macs[0]) };
}

function wordsOf({ kind, owner, port }: HeldAddress): string {
  const name = owner ?? port;
  return name === undefined ? kind : `${kind} ${name}`;
}
