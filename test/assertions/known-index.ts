// All that an address index and its neighbours can be asked, as plain values, to compare two processes that read one NB.
import type { AllocationRows } from "#src/controllers/allocation-rules/allocation-rows.ts";
import type { AddressKey } from "#src/ipam/index/address-key.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import type { SwitchState } from "#src/ipam/index/switch-state.ts";

/** The things that are asked about, beside all switches and allocations. */
export interface Questions {
  readonly names: readonly string[];
  readonly ports: readonly string[];
  readonly namespaces: readonly string[];
  readonly addresses: readonly AddressKey[];
}

/** Everything that can be asked, without what is kept in memory only. */
export function knownIndex(
  { index, rows }: { readonly index: AddressIndex; readonly rows: AllocationRows },
  { names, ports, namespaces, addresses }: Questions,
): unknown {
  return {
    switches: sorted([...index.switches()].map((state) => shownSwitch(state, namespaces))),
    named: names.map((name) => sorted(index.named(name).map(({ uuid }) => uuid))),
    on: ports.map((uuid) => sorted(index.switchesOf(uuid).map((state) => state.uuid))),
    onSeveral: sorted([...index.onSeveralSwitches()]),
    virtual: addresses.map((key) => index.virtual.of(key) !== undefined),
    rows: sorted([...rows.ids()].map((id) => [id, sorted(rows.of(id).map((row) => ({ ...row, firstSeenMs: 0 })))])),
    unknown: sorted([...rows.unknown()]),
  };
}

function shownSwitch(state: SwitchState, namespaces: readonly string[]): unknown {
  const { uuid, network, pools, nextHops, ips, macs } = state;
  return {
    uuid,
    network,
    nextHops: sorted([...nextHops]),
    free: [state.freeCount(), ...pools.map(({ space }) => space.freeCount())],
    ips: sorted([...ips.keys()].map((key) => [key, sorted([...ips.of(key)])])),
    macs: sorted([...macs.keys()].map((key) => [key, sorted([...macs.of(key)])])),
    open: namespaces.map((namespace) => {
      return [undefined, ...state.namedPools.keys()].map((pool) => state.reservations.of(namespace, pool));
    }),
  };
}

function sorted<T>(values: readonly T[]): readonly T[] {
  return values
    .map((value) => ({ value, text: textOf(value) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ value }) => value);
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === "bigint" ? `${each.toString()}n` : each));
}
