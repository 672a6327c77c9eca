import type { SeenWire } from "#cni/wires/wire-conditions.ts";
import type { NodeTapStatus } from "#src/api/node/node-taps.ts";
import { type OvnNodeStatus, systemIdPattern } from "#src/api/node/ovn-node-schema.ts";

/** The facts about a node that its agent sees. */
export interface SeenNode {
  readonly systemId: string | undefined;
  /** The names under which ovn-controllers of the node are chassis. Older ones do not tell. */
  readonly controllers: readonly string[];
  readonly encapIps: readonly string[];
  readonly mtu: number;
  readonly agentVersion: string;
  /** Undefined before they are known; then those that were told before stay. */
  readonly wires?: readonly SeenWire[] | undefined;
  /** Undefined before they are known, in the same way. */
  readonly taps?: readonly NodeTapStatus[] | undefined;
}

/** The CRD takes no more. */
const maxWires = 64;

type Condition = NonNullable<OvnNodeStatus["conditions"]>[number];

/** The status that says these facts. The time of its condition changes only when the condition turns. */
export function ovnNodeStatus(facts: SeenNode, before: OvnNodeStatus | undefined, now: string): OvnNodeStatus {
  const { encapIps, mtu, agentVersion } = facts;
  const problem = problemOfChassis(facts);
  const last = before?.conditions?.find(({ type }) => type === "Ready");
  const said: Omit<Condition, "lastTransitionTime"> =
    problem === undefined
      ? { type: "Ready", status: "True", reason: "Published", message: "" }
      : { type: "Ready", status: "False", ...problem };
  const lastTransitionTime = last?.status === said.status ? last.lastTransitionTime : now;
  const taps = facts.taps ?? before?.taps;
  return {
    ...(problem === undefined ? { systemId: facts.systemId } : {}),
    encapIps: [...encapIps],
    mtu,
    agentVersion,
    conditions: [{ ...said, lastTransitionTime }],
    wires: wiresOf(facts.wires, before?.wires ?? [], now),
    ...(taps === undefined ? {} : { taps: [...taps] }),
  };
}

type Wires = NonNullable<OvnNodeStatus["wires"]>;

function wiresOf(seen: readonly SeenWire[] | undefined, before: Wires, now: string): Wires {
  if (seen === undefined) return before;
  return seen.slice(0, maxWires).map((wire) => {
    const last = before.find(({ physicalNetwork }) => physicalNetwork === wire.physicalNetwork);
    const conditions = wire.conditions.map((condition) => {
      const known = last?.conditions.find(({ type }) => type === condition.type);
      return { ...condition, lastTransitionTime: known?.status === condition.status ? known.lastTransitionTime : now };
    });
    return { ...wire, conditions };
  });
}

/** Says why no port may request the chassis: with a wrong id, no chassis would take the ports of the node's pods. */
function problemOfChassis({ systemId = "", controllers }: SeenNode): Pick<Condition, "reason" | "message"> | undefined {
  if (systemId === "") return { reason: "NoSystemId", message: "Open vSwitch has no external_ids:system-id" };
  if (!systemIdPattern.test(systemId)) {
    const message = `Open vSwitch has the system id ${JSON.stringify(systemId)}, which no port can request`;
    return { reason: "WrongSystemId", message };
  }
  // A file or a flag of ovn-controller can give it another name than the system id.
  if (controllers.length === 0 || controllers.includes(systemId)) return undefined;
  const names = controllers.join(", ");
  const message = `Open vSwitch has the system id ${systemId}, but ovn-controller is the chassis ${names}`;
  return { reason: "OtherChassis", message };
}

/** True when both say the same facts. The time of a condition is no fact. */
export function saysTheSame(before: OvnNodeStatus | undefined, now: OvnNodeStatus): boolean {
  return before !== undefined && JSON.stringify(factsOf(before)) === JSON.stringify(factsOf(now));
}

function factsOf({ systemId, encapIps, mtu, agentVersion, conditions, wires = [], taps = [] }: OvnNodeStatus) {
  const said = (all: readonly Condition[] = []) =>
    all.map(({ type, status, reason, message }) => [type, status, reason, message]);
  const ends = wires.map((wire) => [
    wire.physicalNetwork,
    wire.interface ?? "",
    wire.bridge ?? "",
    wire.mtu ?? 0,
    said(wire.conditions),
  ]);
  const copies = taps.map(({ uid, state, reason, message, sources }) => [uid, state, reason, message, sources]);
  return [systemId ?? "", encapIps ?? [], mtu, agentVersion, said(conditions), ends, copies];
}
