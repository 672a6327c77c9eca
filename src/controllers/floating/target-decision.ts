// Decides to which pod a FloatingIP leads: a pure function of the pods that are selected and of their ports.
import type { FloatingIpConfig } from "#src/api/floating-ip/floating-ip-config.ts";
import type { Family, IpAddress } from "#src/net/ip.ts";
import { isServing } from "../pods/networked-pod.ts";
import type { FloatingPod } from "./floating-pods.ts";

/** A port that NB says is bound to the pod. The webhook and the controller write that, and nobody who edits pods. */
export interface InsidePort {
  readonly uuid: string;
  readonly name: string;
  readonly allocation: string;
  readonly network: string;
  readonly interfaceName: string;
  readonly ips: readonly IpAddress[];
  /** The Uplink by which the network leaves; undefined for the one of the flags, or for none. */
  readonly uplink: string | undefined;
}

/** The end of an address inside. */
export interface FloatingTarget {
  readonly pod: Pick<FloatingPod, "name" | "uid">;
  readonly port: InsidePort;
  readonly ip: IpAddress;
}

export type TargetDecision =
  /** `also` is another pod that is selected, by name. */
  | { readonly kind: "target"; readonly target: FloatingTarget; readonly also: string | undefined }
  | {
      readonly kind: "none";
      readonly reason: "NoPod" | "SeveralPods" | "PodWithoutNetwork" | "SeveralNetworks";
      readonly message: string;
    };

export interface TargetInput {
  readonly config: Pick<FloatingIpConfig, "uplink" | "network">;
  readonly family: Family;
  /** The pods that the selector selects. They are read only as far as needed. */
  readonly selected: Iterable<FloatingPod>;
  /** UID of the pod to which the address leads now; undefined for none. */
  readonly currentUid: string | undefined;
  readonly portsOf: (pod: FloatingPod) => readonly InsidePort[];
}

interface Candidate {
  readonly pod: FloatingPod;
  readonly target: FloatingTarget;
}

/**
 * The address stays with its pod while that is ready, or no other is. A pod that is ready comes before one that is not or that
 * goes. None of several pods is chosen, since nobody can tell which one is meant.
 */
export function decideTarget(input: TargetInput): TargetDecision {
  const found = findCandidates(input);
  const { current, ready, waiting, unsuitable } = found;
  const [first, second] = ready;
  if (current !== undefined && (isServing(current.pod) || first === undefined || second !== undefined)) {
    return { kind: "target", target: current.target, also: (first ?? waiting[0])?.pod.name };
  }
  const [only, other] = ready.length > 0 ? ready : waiting;
  if (only === undefined) return unsuitable ?? none("NoPod", "no pod is selected that runs and has interfaces");
  if (other === undefined) return { kind: "target", target: only.target, also: undefined };
  const names = [only, other].map(({ pod }) => pod.name).sort();
  const message = `several pods are selected, such as ${names.join(" and ")}: let the selector select one`;
  return none("SeveralPods", message);
}

function none(reason: Extract<TargetDecision, { kind: "none" }>["reason"], message: string) {
  return { kind: "none", reason, message } as const;
}

/** Gives the current pod, and at most two of the others of each kind, which is all that the decision needs. */
function findCandidates(input: TargetInput) {
  const ready: Candidate[] = [];
  const waiting: Candidate[] = [];
  let current: Candidate | undefined;
  let unsuitable: Extract<TargetDecision, { kind: "none" }> | undefined;
  for (const pod of input.selected) {
    if (pod.finished) continue;
    const isCurrent = pod.uid === input.currentUid;
    const list = isServing(pod) ? ready : waiting;
    if (!isCurrent && list.length === 2) continue;
    const target = targetIn(pod, input);
    if ("kind" in target) unsuitable ??= target;
    else if (isCurrent) current = { pod, target };
    else list.push({ pod, target });
    if (ready.length === 2 && (current !== undefined || input.currentUid === undefined)) break;
  }
  return { current, ready, waiting, unsuitable };
}

function targetIn(
  pod: FloatingPod,
  { config, family, portsOf }: TargetInput,
): FloatingTarget | Extract<TargetDecision, { kind: "none" }> {
  const ports = portsOf(pod).filter(
    ({ uplink, network }) => uplink === config.uplink && (config.network ?? network) === network,
  );
  const ends = ports.flatMap((port) => {
    const ip = port.ips.find((one) => one.family === family);
    return ip === undefined ? [] : [{ pod: { name: pod.name, uid: pod.uid }, port, ip }];
  });
  const [end, another] = ends;
  if (end === undefined) {
    const wanted = config.network === undefined ? "network" : `network ${config.network}`;
    const message = `pod ${pod.name} has no IPv${family} address in a ${wanted} that leaves by the Uplink ${config.uplink}`;
    return none("PodWithoutNetwork", message);
  }
  if (another === undefined) return end;
  const message =
    `pod ${pod.name} has several interfaces that leave by the Uplink ${config.uplink}, in ${end.port.network} and ` +
    `${another.port.network}: name the network in spec.network`;
  return none("SeveralNetworks", message);
}
