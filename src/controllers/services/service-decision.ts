import { hasLabels, matchesSelector } from "#src/api/network/label-selector.ts";
import type { ServiceConfig } from "#src/api/service/service-config.ts";
import { equalIp, type Family, type IpAddress, offsetIp, parseIp, printIp } from "#src/net/ip.ts";
import { printRange, rangeHolds } from "#src/net/range.ts";
import type { Backend, BalancedPort, BalancedService } from "#src/ovn/rows/service-rows.ts";
import type { BackendPod, ServiceNetwork, ServiceObject } from "./service-object.ts";

/** Everything that one Service depends on, at one moment. */
export interface ServiceWorld {
  /** The Network that the Service names; undefined when there is none. */
  readonly network: ServiceNetwork | undefined;
  readonly namespaceLabels: Readonly<Record<string, string>>;
  /** The addresses that the rows of the Service have now. */
  readonly held: readonly IpAddress[];
  /** Says who else has an address of the network. */
  readonly holderOf: (address: IpAddress) => string | undefined;
  /** True when the annotation of another Service that is served has the address, whether NB has its rows or has lost them. */
  readonly isPromised: (address: IpAddress) => boolean;
  /** True when NB says already that no pod gets the address. The Network may have just been given it. */
  readonly isReserved: (address: IpAddress) => boolean;
  /** The pods of the namespace of the Service. */
  readonly pods: Iterable<BackendPod>;
  /** The addresses of a pod on the network, by the pod's UID. */
  readonly addressesOf: (podUid: string) => readonly IpAddress[];
}

/** The outcome for a Service. */
export type ServiceDecision =
  | { readonly kind: "refused"; readonly reason: string; readonly message: string }
  | {
      readonly kind: "served";
      readonly service: BalancedService;
      /** The fault that leaves it without a backend, or without its address on the network; undefined when nothing is wrong. */
      readonly problem: { readonly reason: string; readonly message: string } | undefined;
    };

type RefusedService = Extract<ServiceDecision, { kind: "refused" }>;

const refused = (reason: string, message: string): RefusedService => ({ kind: "refused", reason, message });

/** Decides which addresses a Service has, and to which pods its connections go. */
export function decideService(object: ServiceObject, world: ServiceWorld): ServiceDecision {
  const { config, namespace, name, uid } = object;
  if (typeof config === "string") return refused("Invalid", config);
  const { network } = world;
  if (network === undefined) {
    return refused(
      "NetworkNotFound",
      `there is no Network ${JSON.stringify(config.network)}; create it, or name another`,
    );
  }
  if (!network.routed) {
    const message = `${network.name} has no port on the router, which answers for addresses of Services; name a Network that is not isolated and not adopted`;
    return refused("NetworkNotRouted", message);
  }
  if (!admits(network, namespace, world)) {
    return refused(
      "NotAllowed",
      `${network.name} does not admit the namespace ${namespace}; add it to allowedNamespaces there`,
    );
  }
  const found = inside(config, network, world);
  // The way from outside does not depend on an address of the network.
  if ("kind" in found && config.outside === undefined) return found;
  const [addresses, fault] = "kind" in found ? [[], found] : [found, undefined];
  const ports = balancedPorts(config, world);
  const { affinitySeconds } = config;
  return {
    kind: "served",
    service: { uid, namespace, name, addresses, ports, affinitySeconds },
    problem: fault ?? problemOf(config, ports, network),
  };
}

/** The addresses on the network. A Service that is reached from outside need not have one. */
function inside(
  config: ServiceConfig,
  network: ServiceNetwork,
  world: ServiceWorld,
): readonly IpAddress[] | RefusedService {
  if (config.addresses.length > 0) return wanted(config, network, world);
  if (network.ranges.length > 0) return chosen(network, world);
  if (config.outside !== undefined) return [];
  return refused(
    "NoServiceAddresses",
    `${network.name} has no addresses for Services; set spec.serviceAddresses there`,
  );
}

function admits({ allowed }: ServiceNetwork, namespace: string, { namespaceLabels }: ServiceWorld): boolean {
  if (allowed === "*") return true;
  if (allowed === "inherited") return false;
  if (allowed.names.includes(namespace)) return true;
  return allowed.selector !== undefined && matchesSelector(allowed.selector, namespaceLabels);
}

/** The addresses that the annotation names: all of them, or the reason why one cannot be. */
function wanted(
  { addresses }: ServiceConfig,
  network: ServiceNetwork,
  world: ServiceWorld,
): readonly IpAddress[] | RefusedService {
  const found: IpAddress[] = [];
  for (const text of addresses) {
    const address = parseIp(text);
    if (address === undefined) return refused("Malformed", `${text} is no address; correct or remove the annotation`);
    if (!network.ranges.some((range) => rangeHolds(range, address))) {
      const ranges = network.ranges.map(printRange).join(", ");
      return refused("AddressOutOfRange", `${text} is none of ${network.name}'s addresses for Services, ${ranges}`);
    }
    const holder = world.holderOf(address);
    if (holder !== undefined)
      return refused("AddressInUse", `${text} is in use by ${holder}; remove the annotation for another`);
    if (found.some(({ family }) => family === address.family)) {
      return refused("Malformed", "a Service has at most one address of each family");
    }
    if (!world.held.some((one) => equalIp(one, address)) && !world.isReserved(address)) return waits(network);
    found.push(address);
  }
  return found;
}

/** A pod could get the address at the same moment. */
function waits({ name }: ServiceNetwork): RefusedService {
  return refused("WaitsForNetwork", `the addresses for Services of ${name} are not kept from pods in NB yet`);
}

/** Gives the addresses that the Service has, and the first free one of each family that it lacks. */
function chosen(network: ServiceNetwork, world: ServiceWorld): readonly IpAddress[] | RefusedService {
  const families = [...new Set(network.ranges.map(({ first }) => first.family))].sort();
  const found: IpAddress[] = [];
  for (const family of families) {
    const address = heldIn(family, network, world) ?? firstFree(family, network, world);
    if (address === undefined) {
      const ends = network.ranges.flatMap(({ first, last }) => [first, last]);
      if (ends.some((end) => end.family === family && !world.isReserved(end))) return waits(network);
      return refused(
        "PoolExhausted",
        `${network.name} has no free IPv${family} address for a Service; add to spec.serviceAddresses there`,
      );
    }
    found.push(address);
  }
  return found;
}

function heldIn(family: Family, { ranges }: ServiceNetwork, { held, holderOf }: ServiceWorld): IpAddress | undefined {
  return held.find(
    (one) => one.family === family && ranges.some((range) => rangeHolds(range, one)) && holderOf(one) === undefined,
  );
}

/** Ranges of IPv6 may be larger than anybody can search; so many Services one network never has. */
const maxSearched = 65_536n;

function firstFree(
  family: Family,
  { ranges }: ServiceNetwork,
  { holderOf, isPromised, isReserved }: ServiceWorld,
): IpAddress | undefined {
  let searched = 0n;
  for (const { first, last } of ranges.filter((range) => range.first.family === family)) {
    // NB does not keep it from pods yet, as where the Network is refused.
    if (!isReserved(first) && !isReserved(last)) continue;
    const size = last.value - first.value + 1n;
    for (let n = 0n; n < size && searched < maxSearched; n += 1n) {
      searched += 1n;
      const address = offsetIp(first, n);
      if (address === undefined || !isReserved(address)) continue;
      if (holderOf(address) === undefined && !isPromised(address)) return address;
    }
  }
  return undefined;
}

function balancedPorts(config: ServiceConfig, { pods, addressesOf }: ServiceWorld): readonly BalancedPort[] {
  const backends = [...pods].filter(
    (pod) => !pod.ending && (pod.ready || config.publishNotReady) && hasLabels(pod.labels, config.selector),
  );
  return config.ports.map(({ protocol, port, target }) => ({
    protocol,
    port,
    backends: backends.flatMap((pod): readonly Backend[] => {
      const named = pod.ports.find((one) => one.protocol === protocol && one.name === target);
      const number = typeof target === "number" ? target : named?.number;
      return number === undefined ? [] : addressesOf(pod.uid).map((address) => ({ address, port: number }));
    }),
  }));
}

function problemOf(
  { ports: asked }: ServiceConfig,
  ports: readonly BalancedPort[],
  { name }: ServiceNetwork,
): { readonly reason: string; readonly message: string } | undefined {
  const index = ports.findIndex(({ backends }) => backends.length === 0);
  if (index < 0) return undefined;
  const target = asked[index]?.target;
  if (typeof target === "string" && ports.some(({ backends }) => backends.length > 0)) {
    return { reason: "NoSuchNamedPort", message: `no ready pod has a port with the name ${target}` };
  }
  return { reason: "NoBackends", message: `no ready pod of the selector has an interface on ${name}` };
}

/** The addresses of a Service as its annotation has them. */
export function printAddresses({ addresses }: Pick<BalancedService, "addresses">): string {
  return addresses.map(printIp).join(",");
}
