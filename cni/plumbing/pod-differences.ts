import { parseCidr, printCidr } from "#src/net/cidr.ts";
import { parseIp, printIp } from "#src/net/ip.ts";
import { firstTable } from "./interface-route-table.ts";
import { linkOfGuest } from "./guest-binding.ts";
import type { LinkState, NetworkState } from "./network-state.ts";
import { sourceRoutes, sourceRules } from "./source-routing.ts";
import { defaultDestination, familyOfText, type PodInterface } from "./pod-interface.ts";

/** The differences between the kernel and the result, one sentence for each. CHECK reports them. */
export function kernelDifferences(interfaces: readonly PodInterface[], state: NetworkState): readonly string[] {
  return interfaces.flatMap((expected) => {
    const bound = linkOfGuest(expected.name, state);
    if (bound !== undefined) return boundDifferences(expected, bound);
    const link = state.links.find(({ name }) => name === expected.name);
    if (link === undefined) return [`${expected.name} is missing`];
    const { name, mac, mtu } = expected;
    const found = { ...expected, table: tableOf(expected, state) };
    const missing = expected.addresses.filter((address) => !link.addresses.includes(normalAddress(address)));
    return [
      ...(link.mac === mac ? [] : [`${name} has MAC ${link.mac ?? "none"} instead of ${mac}`]),
      ...(link.mtu === mtu ? [] : [`${name} has MTU ${link.mtu.toString()} instead of ${mtu.toString()}`]),
      ...(link.isUp ? [] : [`${name} is down`]),
      ...missing.map((address) => `${name} lacks the address ${address}`),
      ...missingRoutes(found, state),
      ...missingRules(found, state),
    ];
  });
}

/** MAC, addresses and routes are those of the guest by now, and nothing in the namespace tells of them. */
function boundDifferences({ name, mtu }: PodInterface, bound: LinkState): readonly string[] {
  return [
    ...(bound.mtu === mtu ? [] : [`${bound.name}, which was ${name}, has MTU ${bound.mtu} instead of ${mtu}`]),
    ...(bound.isUp ? [] : [`${bound.name}, which was ${name}, is down`]),
  ];
}

/** The table that the rules lead to: an interface that joined others has one that was free then. */
function tableOf({ addresses, table }: PodInterface, { rules }: NetworkState): number | undefined {
  if (table === undefined) return undefined;
  const own = new Set(addresses.map((address) => normalIp(address.replace(/\/.*/, ""))));
  return rules.find((rule) => rule.table >= firstTable && own.has(rule.from.replace(/\/.*/, "")))?.table ?? table;
}

interface WantedRoute {
  readonly to: string;
  readonly gateway: string | undefined;
  readonly table?: number | undefined;
}

function missingRoutes(expected: PodInterface, { routes }: NetworkState): readonly string[] {
  const { name } = expected;
  const wanted: readonly WantedRoute[] = [
    ...expected.routes.map(({ dst, gw }) => ({ to: dst, gateway: gw })),
    ...expected.defaultGateways.map((gateway) => ({ to: defaultDestination(familyOfText(gateway)), gateway })),
    ...sourceRoutes([expected]).flatMap(({ to, hops, table }) => hops.map(({ gateway }) => ({ to, gateway, table }))),
  ];
  const has = ({ to, gateway, table }: WantedRoute): boolean => {
    const [destination, by] = [normalDestination(to), gateway === undefined ? undefined : normalIp(gateway)];
    return routes.some(
      (route) =>
        route.to === destination &&
        route.table === table &&
        route.hops.some((hop) => hop.device === name && hop.gateway === by),
    );
  };
  return wanted.filter((route) => !has(route)).map((route) => `${name} lacks the route to ${shown(route)}`);
}

function shown({ to, gateway, table }: WantedRoute): string {
  const destination = to.endsWith("/0") ? "default" : to;
  return `${destination}${gateway === undefined ? "" : ` by ${gateway}`}${table === undefined ? "" : ` in table ${table}`}`;
}

function missingRules(expected: PodInterface, { rules }: NetworkState): readonly string[] {
  const has = (address: string, table: number): boolean =>
    rules.some(({ from, table: to }) => to === table && from.replace(/\/.*/, "") === normalIp(address));
  const lacking = sourceRules([expected]).filter(({ address, table }) => !has(address, table));
  return lacking.map(({ address, table }) => `${expected.name} lacks the rule from ${address} to table ${table}`);
}

function normalIp(text: string): string {
  const ip = parseIp(text);
  return ip === undefined ? text : printIp(ip);
}

function normalAddress(text: string): string {
  const parsed = parseCidr(text);
  return parsed === undefined ? text : `${printIp(parsed.address)}/${parsed.cidr.prefixLength.toString()}`;
}

function normalDestination(text: string): string {
  const cidr = parseCidr(text)?.cidr;
  return cidr === undefined ? text : printCidr(cidr);
}
