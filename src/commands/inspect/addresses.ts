import { projectClaimObject } from "#src/controllers/claims/claim-object.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import type { SwitchState } from "#src/ipam/index/switch-state.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { equalIp, type IpAddress, parseIp } from "#src/net/ip.ts";
import { type HeldAddress, heldAddresses } from "./address-holders.ts";
import { lostAddresses, markOrphans, type StoredClaimObjects } from "./claimed-addresses.ts";
import type { Cluster } from "../cluster.ts";
import { readQuietly } from "./quiet-cluster.ts";
import { heldOutside } from "./floating-lines.ts";
import type { CommandRun } from "../command.ts";
import { NbReading } from "../nb-reading.ts";
import { nbOptions } from "../nb-options.ts";
import { type Column, printRows } from "../output.ts";
import { unknownNetwork } from "./select-named.ts";

const columns: readonly Column<HeldAddress>[] = [
  { title: "network", value: ({ network }) => network },
  { title: "address", value: ({ address }) => address ?? "-" },
  { title: "mac", value: ({ macs }) => macs.join(",") || "-" },
  { title: "port", value: ({ port }) => port ?? "-" },
  { title: "holder", value: holderOf },
];

function holderOf({ kind, owner, claim }: HeldAddress): string {
  const held = owner === undefined ? kind : `${kind} ${owner}`;
  return claim === undefined ? held : `${held} (IPAMClaim ${claim})`;
}

/** Prints the holders of addresses and MACs: on the networks and Uplinks and of the addresses that are named, or all. */
export const addresses: CommandRun<"addresses"> = async (context) => {
  const { config, operands, clock, logger, signal, stdout } = context;
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  await using nb = await NbReading.open({ nb: nbOptions(config), clock, logger }, call);
  const wanted = operands.flatMap((text) => parseIp(text) ?? []);
  const names = operands.filter((text) => parseIp(text) === undefined);
  const uplinks = new Set(names.filter((name) => nb.index.floating.gateway(name) !== undefined));
  const networks = names.filter((name) => nb.index.named(name).length > 0 || !uplinks.has(name));
  const states = names.length === 0 ? nb.index.switches() : new Set(networks.flatMap((name) => find(name, nb.index)));
  const outside = heldOutside(nb.index, names.length === 0 ? undefined : uplinks);
  const stored = await readQuietly(context, "ovn4nfv-addresses", call, readClaims);
  const inside = heldAddresses(states, nb.index, nb);
  const held = [...(stored === undefined ? inside : withStored(inside, stored, nb.index, networks)), ...outside];
  const shown = wanted.length === 0 ? held : held.filter(({ address }) => isOneOf(wanted, address));
  stdout.write(printRows(config.output, shown, columns));
  return "ok";
};

async function readClaims({ client, uid }: Cluster, call: CallOptions): Promise<StoredClaimObjects> {
  const objects = await new ResourceApi(client, resources.ipamClaims).listInstalled({}, call);
  return { cluster: uid, objects: objects.map(projectClaimObject) };
}

function withStored(
  held: readonly HeldAddress[],
  stored: StoredClaimObjects,
  index: AddressIndex,
  networks: readonly string[],
): readonly HeldAddress[] {
  const { cluster } = stored;
  const lost = lostAddresses(stored, (namespace, name) => index.claims.of({ cluster, namespace, name }).size > 0);
  const shown = lost.filter(({ network }) => networks.length === 0 || networks.includes(network));
  return [...markOrphans(held, stored), ...shown];
}

function isOneOf(wanted: readonly IpAddress[], address: string | undefined): boolean {
  const ip = address === undefined ? undefined : parseIp(address);
  return ip !== undefined && wanted.some((each) => equalIp(each, ip));
}

function find(name: string, index: AddressIndex): readonly SwitchState[] {
  const states = index.named(name);
  if (states.length > 0) return states;
  throw unknownNetwork(
    name,
    [...index.switches()].map(({ network }) => network),
  );
}
