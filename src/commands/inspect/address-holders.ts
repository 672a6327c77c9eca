// Computes the lines of `ovn4nfv addresses` from the index: who holds which address of a network.
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import type { RowSource } from "#src/ovn/row-source.ts";
import { addressOfKey } from "#src/ipam/index/address-key.ts";
import type { NonPortHolder, AddressHolder } from "#src/ipam/index/holders.ts";
import type { SwitchState } from "#src/ipam/index/switch-state.ts";
import { containsIp } from "#src/net/cidr.ts";
import { compareIp, type IpAddress, parseIp, printIp } from "#src/net/ip.ts";
import type { Mac } from "#src/net/mac.ts";
import { vipAddress } from "#src/ovn/load-balancer-vip.ts";
import { loadBalancer, nat } from "#src/ovn/nb-tables.ts";
import { claimOf } from "#src/ovn/claims/port-claim.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";

type HolderKind = "pod" | "waiting pod" | "IPAMClaim" | "reservation" | "foreign port" | NonPortHolder["kind"];

export interface HeldAddress {
  readonly network: string;
  /** Undefined when the port holds only a MAC address. */
  readonly address: string | undefined;
  /** The port's MAC addresses; NAT and load balancers have none. */
  readonly macs: readonly string[];
  /** Name of the Logical_Switch_Port; undefined for NAT and load balancers. */
  readonly port: string | undefined;
  readonly kind: HolderKind;
  /** `namespace/name` of a pod (`*` = a name to be generated); undefined where the name of the port says enough. */
  readonly owner: string | undefined;
  /** The IPAMClaim of a pod, which keeps the address when the pod is gone. Absent when it has none. */
  readonly claim?: string;
}

interface Entry {
  readonly ip: IpAddress | undefined;
  readonly held: HeldAddress;
}

/**
 * All addresses that are held on the switches, by network and address. A virtual address is shown on the switch whose
 * subnet has it.
 */
export function heldAddresses(
  states: Iterable<SwitchState>,
  index: AddressIndex,
  source: RowSource,
): readonly HeldAddress[] {
  const virtual = virtualAddresses(source);
  return [...states]
    .flatMap((state) => [...portEntries(state, index), ...virtual.flatMap((entry) => seenOn(state, entry))])
    .sort(byNetworkAndAddress)
    .map(({ held }) => held);
}

function portEntries(state: SwitchState, index: AddressIndex): Entry[] {
  const macs = macsByHolder(state);
  const withIp = new Set<AddressHolder>();
  const entries = [...state.ips.keys()].flatMap((key) =>
    state.ips.of(key).map((holder): Entry => {
      withIp.add(holder);
      const ip = addressOfKey(key);
      return { ip, held: describe(holder, state, index, ip, macs.get(holder) ?? []) };
    }),
  );
  const macOnly = [...macs].filter(([holder]) => !withIp.has(holder));
  return entries.concat(
    macOnly.map(([holder, held]) => ({ ip: undefined, held: describe(holder, state, index, undefined, held) })),
  );
}

function macsByHolder(state: SwitchState): ReadonlyMap<AddressHolder, readonly Mac[]> {
  const macs = new Map<AddressHolder, Mac[]>();
  for (const mac of state.macs.keys()) {
    for (const holder of state.macs.of(mac)) macs.set(holder, [...(macs.get(holder) ?? []), mac]);
  }
  return macs;
}

function describe(
  holder: AddressHolder,
  state: SwitchState,
  index: AddressIndex,
  ip: IpAddress | undefined,
  macs: readonly Mac[],
): HeldAddress {
  const base = { network: state.network.name, address: ip && printIp(ip), macs };
  if (typeof holder === "object") return { ...base, port: holder.name, kind: holder.kind, owner: undefined };
  const row = index.port(holder);
  const owner = row && portOwner(row.external_ids);
  const claim = row && claimOf(row.external_ids);
  if (owner === undefined && claim !== undefined)
    return { ...base, port: row?.name, kind: "IPAMClaim", owner: `${claim.namespace}/${claim.name}` };
  if (owner === undefined) return { ...base, port: row?.name, kind: "foreign port", owner: undefined };
  const pod = `${owner.namespace}/${owner.pod === "" ? "*" : owner.pod}`;
  const stored = claim?.waitsWith === undefined ? "pod" : "waiting pod";
  const held = { ...base, port: row?.name, kind: owner.podUid === "" ? "reservation" : stored, owner: pod } as const;
  return claim === undefined ? held : { ...held, claim: claim.name };
}

interface VirtualAddress {
  readonly ip: IpAddress;
  readonly kind: NonPortHolder["kind"];
  readonly owner: string | undefined;
}

function virtualAddresses(source: RowSource): readonly VirtualAddress[] {
  const translated = [...source.rows(nat).values()].map(({ external_ip }) => {
    return { ip: parseIp(external_ip), kind: "NAT address", owner: undefined } as const;
  });
  const balanced = [...source.rows(loadBalancer).values()].flatMap(({ name, vips }) =>
    [...vips.keys()].map((vip) => ({ ip: vipAddress(vip), kind: "load balancer address", owner: name }) as const),
  );
  return [...translated, ...balanced].flatMap(({ ip, ...of }) => (ip === undefined ? [] : [{ ip, ...of }]));
}

function seenOn({ network }: SwitchState, { ip, kind, owner }: VirtualAddress): readonly Entry[] {
  if (!network.subnets.some(({ cidr }) => containsIp(cidr, ip))) return [];
  return [{ ip, held: { network: network.name, address: printIp(ip), macs: [], port: undefined, kind, owner } }];
}

function byNetworkAndAddress(a: Entry, b: Entry): number {
  const byNetwork = a.held.network.localeCompare(b.held.network);
  if (byNetwork !== 0) return byNetwork;
  if (a.ip !== undefined && b.ip !== undefined) return compareIp(a.ip, b.ip);
  return Number(a.ip === undefined) - Number(b.ip === undefined);
}
