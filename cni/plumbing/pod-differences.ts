import { parseCidr, printCidr } from "#src/net/cidr.ts";
import { parseIp, printIp } from "#src/net/ip.ts";
import type { NetworkState } from "./network-state.ts";
import { defaultDestination, familyOfText, type PodInterface } from "./pod-interface.ts";

/** What CHECK finds wrong, one sentence each; none: the kernel has what the result says. */
export function differences(interfaces: readonly PodInterface[], state: NetworkState): readonly string[] {
  return interfaces.flatMap((expected) => {
    const link = state.links.find(({ name }) => name === expected.name);
    if (link === undefined) return [`${expected.name} is missing`];
    const { name, mac, mtu } = expected;
    const missing = expected.addresses.filter((address) => !link.addresses.includes(normalAddress(address)));
    return [
      ...(link.mac === mac ? [] : [`${name} has MAC ${link.mac ?? "none"} instead of ${mac}`]),
      ...(link.mtu === mtu ? [] : [`${name} has MTU ${link.mtu.toString()} instead of ${mtu.toString()}`]),
      ...(link.isUp ? [] : [`${name} is down`]),
      ...missing.map((address) => `${name} lacks the address ${address}`),
      ...missingRoutes(expected, state),
    ];
  });
}

function missingRoutes({ name, routes, defaultGateways }: PodInterface, state: NetworkState): readonly string[] {
  const has = (wanted: string, gw: string | undefined): boolean =>
    state.routes.some(
      ({ to, hops }) => to === wanted && hops.some(({ device, gateway }) => device === name && gateway === gw),
    );
  const wanted = [
    ...routes.map(({ dst, gw }) => ({ shown: dst, to: normalDestination(dst), gw })),
    ...defaultGateways.map((gw) => ({ shown: "default", to: defaultDestination(familyOfText(gw)), gw })),
  ];
  const lacking = wanted.filter(({ to, gw }) => !has(to, gw === undefined ? undefined : normalIp(gw)));
  return lacking.map(({ shown, gw }) => `${name} lacks the route to ${shown}${gw === undefined ? "" : ` by ${gw}`}`);
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
