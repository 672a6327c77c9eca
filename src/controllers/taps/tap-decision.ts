// Decides what each tap copies, and for whom: a pure function of the Taps and of everything that they depend on.
import { createHash } from "node:crypto";
import { matchesSelector } from "#src/api/network/label-selector.ts";
import type { TapSink } from "#src/api/tap/tap-config.ts";
import { type Cidr, containsIp } from "#src/net/cidr.ts";
import { printIp } from "#src/net/ip.ts";
import { compareAge } from "#src/kube/client/object-life.ts";
import { lives } from "../pods/networked-pod.ts";
import type { TapNetwork, TapPod } from "./tap-members.ts";
import type { TapObject } from "./tap-object.ts";
import type { TapPort, TapPorts } from "./tap-ports.ts";
import { type TapSourcePort, TapSources, whyNotAllowed } from "./tap-sources.ts";

/** Everything that taps depend on, at one moment. */
export interface TapWorld {
  readonly networks: readonly TapNetwork[];
  readonly ports: TapPorts;
  readonly podsOf: (namespace: string) => Iterable<TapPod>;
  readonly podWith: (uid: string) => TapPod | undefined;
  /** The prefixes of hosts outside that may get copies. */
  readonly targets: readonly Cidr[];
}

/** The receiver of the copies. */
export type TapEnd =
  | {
      readonly kind: "pod";
      readonly pod: string;
      readonly interfaceName: string;
      readonly port: string;
      readonly node: string;
    }
  | { readonly kind: "gre"; readonly address: string; readonly key: number | undefined };

/** The outcome for a tap. */
export type TapDecision =
  | { readonly kind: "refused"; readonly reason: string; readonly message: string }
  | {
      readonly kind: "tapped";
      readonly sources: readonly TapSourcePort[];
      readonly end: TapEnd;
      /** The key of the tunnels between nodes. */
      readonly key: number;
    };

/**
 * The keys of tunnels of taps begin here. OVN numbers its datapaths from 1 on, and those that it shares with other clusters from
 * 0xff0001 on, so that no packet of OVN has such a key.
 */
const firstKey = 0xf0_0000;
const keyCount = 0xf_0000;

/** No more taps are looked at, and no more of their sources are kept at once, so that a pass stays short and small. */
export const maxTaps = 1_024;
export const maxSources = 65_536;

/**
 * Decides about all taps. `taps` begins with the oldest, which keeps its key when a younger one would have the same, and has room
 * first.
 */
export function decideTaps(taps: readonly TapObject[], world: TapWorld): ReadonlyMap<TapObject, TapDecision> {
  const keys = new Set<number>();
  const sources = new TapSources(world);
  let [room, refusedRoom] = [maxSources, maxSources];
  return new Map(
    taps.map((tap, index): [TapObject, TapDecision] => {
      if (index >= maxTaps) return [tap, tooMany("TooManyTaps", `${maxTaps} older taps: delete some of them`)];
      const decision = decideTap(tap, world, sources, keyOf(tap.uid, keys));
      if (decision.kind === "refused") return [tap, decision];
      const refused = decision.sources.filter(({ refusal }) => refusal !== undefined).length;
      const length = decision.sources.length - refused;
      if (length > room) {
        const cure = `room for ${room} more interfaces, and the tap selects ${length}: select fewer, or delete older taps`;
        return [tap, tooMany("TooManySources", cure)];
      }
      room -= length;
      // Interfaces that their network does not allow take no room from younger taps. One of them is enough for its user to know.
      const kept = Math.min(refused, Math.max(refusedRoom, 1));
      refusedRoom -= Math.min(kept, refusedRoom);
      return [tap, kept === refused ? decision : { ...decision, sources: withRefused(decision.sources, kept) }];
    }),
  );
}

function withRefused(sources: readonly TapSourcePort[], count: number): readonly TapSourcePort[] {
  let left = count;
  return sources.filter(({ refusal }) => refusal === undefined || left-- > 0);
}

function tooMany(reason: string, has: string): TapDecision {
  return { kind: "refused", reason, message: `the controller has ${has}` };
}

function keyOf(uid: string, taken: Set<number>): number {
  let at = createHash("sha256").update(uid).digest().readUInt32BE() % keyCount;
  while (taken.has(at)) at = (at + 1) % keyCount;
  taken.add(at);
  return firstKey + at;
}

function decideTap({ config }: TapObject, world: TapWorld, sources: TapSources, key: number): TapDecision {
  if (typeof config === "string") return { kind: "refused", reason: "Invalid", message: config };
  const named = config.network;
  const networks = named === undefined ? world.networks : world.networks.filter(({ name }) => name === named);
  const [first] = networks;
  if (named !== undefined && first === undefined) {
    const message = `there is no Network or ProviderNetwork ${named}: create it, or name another one`;
    return { kind: "refused", reason: "UnknownNetwork", message };
  }
  // Where two have one name, only one has the switch, and the other one may be anybody's.
  const allowing = networks.some(({ allowTaps }) => allowTaps.includes(config.namespace));
  if (named !== undefined && first !== undefined && !allowing) {
    return { kind: "refused", reason: "NetworkNotAllowed", message: whyNotAllowed(first, config.namespace) };
  }
  const end = findEnd(config.sink, config.namespace, world);
  if ("reason" in end) return { kind: "refused", ...end };
  return { kind: "tapped", sources: sources.of(config, networks), end, key };
}

function findEnd(
  sink: TapSink,
  namespace: string,
  { podsOf, ports, targets }: TapWorld,
): TapEnd | { readonly reason: string; readonly message: string } {
  if (sink.kind === "gre") {
    const address = printIp(sink.address);
    if (targets.some((cidr) => containsIp(cidr, sink.address))) return { kind: "gre", address, key: sink.key };
    const message = `${address} is in no prefix of the controller's flag --tap-targets, so that nodes send nothing there`;
    return { reason: "TargetNotAllowed", message };
  }
  const { selector, interfaceName } = sink;
  const pods = [...podsOf(namespace)]
    .filter((pod) => lives(pod) && matchesSelector(selector, pod.labels))
    .sort(compareAge);
  for (const pod of pods) {
    const port = sinkPort(ports.sinksOf.get(pod.uid) ?? [], interfaceName);
    if (port === undefined || pod.node === "") continue;
    return { kind: "pod", pod: nameOf(pod), interfaceName: port.interfaceName, port: port.name, node: pod.node };
  }
  if (pods.length === 0) return { reason: "NoSink", message: "no pod of the namespace has the labels of the sink" };
  const wanted = interfaceName === undefined ? "an interface" : `the interface ${interfaceName}`;
  const message = `no pod with the labels of the sink has ${wanted} with "tap": "true" in its request, and a node`;
  return { reason: "NoSink", message };
}

function sinkPort(ports: readonly TapPort[], interfaceName: string | undefined): TapPort | undefined {
  return ports
    .filter((port) => interfaceName === undefined || port.interfaceName === interfaceName)
    .sort((a, b) => compareText(a.interfaceName, b.interfaceName))[0];
}

function nameOf({ namespace, name }: TapPod): string {
  return `${namespace}/${name}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
