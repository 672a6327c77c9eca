// Computes the lines of `ovn4nfv pods` from ports of NB and pods of Kubernetes: each pod with an allocation, and its
// state.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import { storedResultOf } from "#src/controllers/allocation-rules/consistency.ts";
import type { PortOwner } from "#src/ovn/port-ownership.ts";

/** Every state that a line can have, with its meaning. */
export const podStates = {
  bound: "the pod holds its ports",
  reserved: "the ports are there and no stored pod holds them yet",
  differs: "the pod's ports and its result do not say the same: somebody edited one of them",
  missing: "ports of the pod's result are not in NB, or are another pod's",
  orphan: "the pod that held the ports is gone",
  released: "the pod has ended and its addresses were released, or it was a copy of another and had none",
} as const;

export type PodState = keyof typeof podStates;

/** A port of ours as NB has it. */
export interface ListedPort {
  readonly name: string;
  readonly owner: PortOwner;
  /** Name of the interface in the pod. */
  readonly interface: string;
  /** Name of the switch that has the port; undefined while it has none. */
  readonly network: string | undefined;
  readonly addresses: readonly string[];
}

/** An interface of a pod with what it holds. */
interface HeldInterface {
  readonly interface: string;
  /** `?` while no switch has the port. */
  readonly network: string;
  readonly addresses: readonly string[];
}

export interface PodAllocation {
  readonly namespace: string;
  /** `*` while the API server has not named it, or when nobody knows the name. */
  readonly pod: string;
  /** Undefined when the pod is not scheduled, or the cluster was not asked. */
  readonly node: string | undefined;
  readonly state: PodState;
  /** Undefined when it was released. */
  readonly allocation: string | undefined;
  /** They are in the order of the pod's request, and without the pod in the order of their names. */
  readonly interfaces: readonly HeldInterface[];
  /** The networks of `interfaces`, in the same order; so are the addresses. */
  readonly networks: readonly string[];
  readonly addresses: readonly string[];
}

/**
 * One line for each pod, and one for each allocation without a pod. When `pods` is undefined, NB alone is known, and
 * believed.
 */
export function podAllocations(
  ports: Iterable<ListedPort>,
  pods: Iterable<PodMetadata> | undefined,
): readonly PodAllocation[] {
  const byId = Map.groupBy(ports, ({ owner }) => owner.allocation);
  const listed = new Set<string>();
  const ofPods = [...(pods ?? [])].flatMap((pod): PodAllocation[] => {
    const line = lineOfPod(pod, byId);
    if (line?.allocation !== undefined && line.state !== "missing") listed.add(line.allocation);
    return line === undefined ? [] : [line];
  });
  const others = [...byId]
    .filter(([id]) => !listed.has(id))
    .map(([id, own]) => lineOfPorts(id, own, pods === undefined));
  return [...ofPods, ...others].sort(byName);
}

function lineOfPod(pod: PodMetadata, byId: ReadonlyMap<string, readonly ListedPort[]>): PodAllocation | undefined {
  const { namespace = "", name = "", uid = "", labels, annotations } = pod.metadata;
  const id = labels[annotationKeys.allocation.key];
  const base = { namespace, pod: name, node: pod.spec.nodeName };
  if (id === undefined) {
    const hadSome = Object.hasOwn(annotations, annotationKeys.result.key);
    return hadSome ? { ...base, state: "released", allocation: undefined, ...holding([]) } : undefined;
  }
  const own = (byId.get(id) ?? []).filter(({ owner }) => owner.podUid === uid || owner.podUid === "");
  const result = storedResultOf(pod);
  const state = stateOf(own, result, uid);
  const held = state === "missing" ? result.map(promisedInterface) : inOrder(own, result).map(heldInterface);
  return { ...base, state, allocation: id, ...holding(held) };
}

/** `own` are the pod's ports, which it may still have to be bound to. */
function stateOf(own: readonly ListedPort[], result: readonly InterfaceResult[], uid: string): PodState {
  const byName = new Map(own.map((port) => [port.name, port]));
  const isWhole = result.every(({ port }) => byName.has(port));
  const isNamed = own.every(({ name }) => result.some(({ port }) => port === name));
  if (own.length === 0 || (!isWhole && isNamed)) return "missing";
  const isBound = own.every(({ owner }) => owner.podUid === uid);
  const isEqual = result.every(({ port, ip_address }) => isSame(ip_address, byName.get(port)?.addresses ?? []));
  if (isBound && !(isWhole && isNamed && isEqual)) return "differs";
  return isBound ? "bound" : "reserved";
}

function isSame(result: readonly string[], held: readonly string[]): boolean {
  return result.map(withoutLength).toSorted().join() === held.toSorted().join();
}

function lineOfPorts(id: string, ports: readonly ListedPort[], isNbAlone: boolean): PodAllocation {
  const [first] = ports;
  const { namespace = "", pod = "" } = first?.owner ?? {};
  const isBound = ports.some(({ owner }) => owner.podUid !== "");
  return {
    namespace,
    pod: pod === "" ? "*" : pod,
    node: undefined,
    state: !isBound ? "reserved" : isNbAlone ? "bound" : "orphan",
    allocation: id,
    ...holding(inOrder(ports, []).map(heldInterface)),
  };
}

/** Sorts ports as the result has them, and those that it does not name by the names of their interfaces. */
function inOrder(ports: readonly ListedPort[], result: readonly InterfaceResult[]): readonly ListedPort[] {
  const places = new Map(result.map(({ port }, index) => [port, index]));
  const placeOf = ({ name }: ListedPort): number => places.get(name) ?? places.size;
  return ports.toSorted(
    (a, b) => placeOf(a) - placeOf(b) || a.interface.localeCompare(b.interface, undefined, { numeric: true }),
  );
}

function heldInterface({ interface: name, network = "?", addresses }: ListedPort): HeldInterface {
  return { interface: name, network, addresses };
}

function promisedInterface({ interface: name, network, ip_address }: InterfaceResult): HeldInterface {
  return { interface: name, network, addresses: ip_address.map(withoutLength) };
}

function holding(interfaces: readonly HeldInterface[]) {
  return {
    interfaces,
    networks: interfaces.map(({ network }) => network),
    addresses: interfaces.flatMap(({ addresses }) => addresses),
  };
}

function withoutLength(address: string): string {
  return address.replace(/\/.*/, "");
}

function byName(a: PodAllocation, b: PodAllocation): number {
  return a.namespace.localeCompare(b.namespace) || a.pod.localeCompare(b.pod);
}
