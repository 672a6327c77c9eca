// The way on which a pod sends a packet: by which of its interfaces, and to which neighbour there. It is what the routes in the
// pod say, which ovn-trace knows nothing of.
import type { InterfaceResult } from "#src/api/result.ts";
import { AppError } from "#src/core/errors.ts";
import { addressKey } from "#src/ipam/index/address-key.ts";
import type { SwitchState } from "#src/ipam/index/switch-state.ts";
import { containsIp, parseCidr } from "#src/net/cidr.ts";
import { type IpAddress, parseIp, printIp } from "#src/net/ip.ts";
import { type TracedInterface, printInterfaceName } from "./traced-interfaces.ts";

/** An interface with the next hop of a packet. */
export interface PodWay {
  readonly from: TracedInterface;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** The destination itself when it is on the link. */
  readonly nextHop: IpAddress;
  /** Undefined when nobody in the network is known to have the address of the next hop. */
  readonly mac: string | undefined;
  /** False when the pod has no route by which it would choose this interface. */
  readonly isChosen: boolean;
}

interface Route {
  readonly prefixLength: number;
  /** Undefined for a destination that is on the link. */
  readonly gateway: IpAddress | undefined;
}

/**
 * Finds the way to the destination. Of several interfaces it is the one with the best route, as in the kernel. `results` are
 * those that the pod has stored, from which its routes were made; without them the networks tell the routes. Where no route
 * leads there it is the one interface that has a gateway. Throws `ConfigInvalid` when no interface could send, or when nothing
 * tells which one would. `isBalanced` is true for an address of a load balancer, for which the router answers on the link.
 */
export function findWay(
  interfaces: readonly TracedInterface[],
  destination: IpAddress,
  results: readonly InterfaceResult[],
  isBalanced: (ip: IpAddress) => boolean = () => false,
): PodWay {
  const wayBy = (from: TracedInterface, nextHop: IpAddress, isChosen: boolean): PodWay => {
    const source = from.ips.find((ip) => ip.family === destination.family);
    if (source === undefined) throw new AppError("Internal", "an interface without an address was chosen");
    const gateway = isBalanced(nextHop) ? gatewayIn(from, nextHop) : undefined;
    const mac = macOf(from.network, nextHop) ?? (gateway && macOf(from.network, gateway));
    return { from, source, destination, nextHop, mac, isChosen };
  };
  const { family } = destination;
  const able = interfaces.filter(({ ips }) => ips.some((ip) => ip.family === family));
  const [only] = able;
  if (only === undefined) {
    const names = interfaces.map(printInterfaceName).join(" and ");
    throw new AppError(
      "ConfigInvalid",
      `${names}: none has an IPv${family} address, without which ${printIp(destination)} is not reached`,
    );
  }
  const routed = able.flatMap((one) => {
    const route = bestRoute(
      one,
      destination,
      results.find(({ port }) => port === one.port),
    );
    return route === undefined ? [] : [{ one, route }];
  });
  const [best] = routed.toSorted((a, b) => b.route.prefixLength - a.route.prefixLength);
  if (best !== undefined) return wayBy(best.one, best.route.gateway ?? destination, true);
  const outward = able.filter((one) => gatewayIn(one, destination) !== undefined);
  const [gated = only, another] = outward;
  if (another !== undefined || (outward.length === 0 && able.length > 1)) {
    const names = able.map(({ name, network }) => `${name} (network ${network.network.name})`).join(", ");
    throw new AppError(
      "ConfigInvalid",
      `no route of the pod says by which interface ${printIp(destination)} is reached; write POD/INTERFACE: it has ${names}`,
    );
  }
  return wayBy(gated, gatewayIn(gated, destination) ?? destination, false);
}

function bestRoute(
  from: TracedInterface,
  destination: IpAddress,
  result: InterfaceResult | undefined,
): Route | undefined {
  const routes = result === undefined ? routesOfNetwork(from) : routesOfResult(result);
  const [best] = routes
    .filter(({ dst }) => containsIp(dst, destination))
    .toSorted((a, b) => b.dst.prefixLength - a.dst.prefixLength);
  return best && { prefixLength: best.dst.prefixLength, gateway: best.gateway };
}

function routesOfResult(result: InterfaceResult) {
  const connected = result.ip_address.flatMap((text) => parseCidr(text) ?? []);
  const gateways = result.gateway_ip.flatMap((text) => parseIp(text) ?? []);
  return [
    ...connected.map(({ cidr }) => ({ dst: cidr, gateway: undefined })),
    ...(result.routes ?? []).flatMap(({ dst, gw }) => {
      const cidr = parseCidr(dst)?.cidr;
      return cidr === undefined ? [] : [{ dst: cidr, gateway: gw === undefined ? undefined : parseIp(gw) }];
    }),
    ...(result.defaultGateway === "true" ? gateways.flatMap(defaultRoute) : []),
  ];
}

function defaultRoute(gateway: IpAddress) {
  const cidr = parseCidr(gateway.family === 4 ? "0.0.0.0/0" : "::/0")?.cidr;
  return cidr === undefined ? [] : [{ dst: cidr, gateway }];
}

function routesOfNetwork({ network: { network } }: TracedInterface) {
  return [
    ...network.subnets.map(({ cidr }) => ({ dst: cidr, gateway: undefined })),
    ...network.routes.map(({ dst, gateway }) => ({ dst, gateway })),
  ];
}

function gatewayIn({ network: { network }, ips }: TracedInterface, { family }: IpAddress): IpAddress | undefined {
  const isIn = (subnet: (typeof network.subnets)[number]) => ips.some((ip) => containsIp(subnet.cidr, ip));
  return network.subnets.find((subnet) => subnet.cidr.family === family && isIn(subnet))?.gateway;
}

/** The MAC address of whoever holds the address in the network. */
export function macOf(network: SwitchState, ip: IpAddress): string | undefined {
  const holders = network.ips.of(addressKey(ip));
  for (const mac of network.macs.keys()) {
    if (network.macs.of(mac).some((holder) => holders.includes(holder))) return mac;
  }
  return undefined;
}

/**
 * The way on which a function of a chain sends on what it got: by its other interface, to the gateway there. Undefined where
 * the packet has come to its end.
 */
export function onwardWay(all: readonly TracedInterface[], way: PodWay, ports: readonly string[]): PodWay | undefined {
  const [port, ...others] = ports;
  const at = others.length > 0 ? undefined : all.find((one) => one.port === port);
  const { destination, source } = way;
  if (at?.chain === undefined || at.ips.some((ip) => printIp(ip) === printIp(destination))) return undefined;
  const from = all.find(
    (one) => one.chain === at.chain && one.namespace === at.namespace && one.pod === at.pod && one.port !== at.port,
  );
  if (from === undefined) return undefined;
  const isDirect = from.network.network.subnets.some(({ cidr }) => containsIp(cidr, destination));
  const nextHop = isDirect ? destination : gatewayIn(from, destination);
  if (nextHop === undefined) return undefined;
  return { from, source, destination, nextHop, mac: macOf(from.network, nextHop), isChosen: true };
}
