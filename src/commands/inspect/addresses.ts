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
import type { CommandContext, CommandRun } from "../command.ts";
import { NbReading } from "../nb-reading.ts";
import { nbOptions, refuseUnnamed } from "../nb-options.ts";
import { type Listing, writeListing } from "../output/print-rows.ts";
import type { Column } from "../output/text-table.ts";
import { unknownNetwork } from "./select-named.ts";
import { followObjects, keepCluster } from "./watch/followed-objects.ts";
import { Bell, ringing, watchRows } from "./watch/watch-rows.ts";

const columns: readonly Column<HeldAddress>[] = [
  { title: "network", value: ({ network }) => network },
  { title: "address", value: ({ address }) => address ?? "-" },
  { title: "mac", room: "spare", value: ({ macs }) => macs.join(",") || "-" },
  { title: "port", room: "spare", value: ({ port }) => port ?? "-" },
  { title: "holder", value: holderOf },
];

/** A holder that has only a MAC has no name that the subcommand takes. */
const list: Listing<HeldAddress, HeldAddress> = { linesOf: (row) => [row], columns, nameOf: ({ address }) => address };

function holderOf({ kind, owner, claim }: HeldAddress): string {
  const held = owner === undefined ? kind : `${kind} ${owner}`;
  return claim === undefined ? held : `${held} (IPAMClaim ${claim})`;
}

/** Prints the holders of addresses and MACs: on the networks and Uplinks and of the addresses that are named, or all. */
export const addresses: CommandRun<"addresses"> = async (context) => {
  const { config, operands, clock, logger, signal } = context;
  refuseUnnamed(config, "addresses");
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  const bell = new Bell();
  await using nb = await NbReading.open(
    { nb: nbOptions(config), clock, logger, ...(config.watch ? ringing(context, bell) : {}) },
    call,
  );
  const stored = await readQuietly(context, "ovn4nfv-addresses", call, readClaims);
  if (!config.watch) {
    writeListing(context, wantedAddresses(nb, operands, stored), list);
    return "ok";
  }
  await using owned = new AsyncDisposableStack();
  const claims = stored && (await followClaims(context, owned, bell, call));
  const current = () => wantedAddresses(nb, operands, claims?.());
  return await watchRows(context, { listing: list, keyOf, current, bell });
};

/** Names what holds an address: a port stays the same when its pod becomes known. */
function keyOf({ network, address = "", port, kind, owner = "" }: HeldAddress): string {
  return `${network} ${address} ${port ?? `${kind} ${owner}`}`;
}

/** The holders on the networks and Uplinks and of the addresses that are named, or all. Throws for a name that none has. */
function wantedAddresses(
  nb: NbReading,
  operands: readonly string[],
  stored: StoredClaimObjects | undefined,
): readonly HeldAddress[] {
  const wanted = operands.flatMap((text) => parseIp(text) ?? []);
  const names = operands.filter((text) => parseIp(text) === undefined);
  const uplinks = new Set(names.filter((name) => nb.index.floating.gateway(name) !== undefined));
  const networks = names.filter((name) => nb.index.named(name).length > 0 || !uplinks.has(name));
  const states = names.length === 0 ? nb.index.switches() : new Set(networks.flatMap((name) => find(name, nb.index)));
  const outside = heldOutside(nb.index, names.length === 0 ? undefined : uplinks);
  const inside = heldAddresses(states, nb.index, nb);
  const held = [...(stored === undefined ? inside : withStored(inside, stored, nb.index, networks)), ...outside];
  return wanted.length === 0 ? held : held.filter(({ address }) => isOneOf(wanted, address));
}

async function followClaims(
  context: CommandContext<"addresses">,
  owned: AsyncDisposableStack,
  bell: Bell,
  call: CallOptions,
): Promise<(() => StoredClaimObjects) | undefined> {
  const cluster = await keepCluster(context, "ovn4nfv-addresses", owned, call);
  if (cluster === undefined) return undefined;
  const kind = { resource: resources.ipamClaims, project: projectClaimObject };
  const objects = await followObjects(cluster, kind, context, bell.ring, call);
  return () => ({ cluster: cluster.uid, objects: objects() });
}

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
