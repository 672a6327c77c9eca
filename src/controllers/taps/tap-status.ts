import { maxListedSources, type TapSource, type TapStatus } from "#src/api/tap/tap-schema.ts";
import { condition, datedCondition, type UndatedCondition } from "../conditions/conditions.ts";
import type { TapDecision, TapEnd } from "./tap-decision.ts";
import type { NodeProjection } from "./node-projection.ts";
import type { TapNode } from "./tap-members.ts";
import type { TapObject } from "./tap-object.ts";
import type { TapSourcePort } from "./tap-sources.ts";

/** The nodes, by their names, and those that have no room for a tap. */
export interface TapNodes extends Pick<NodeProjection, "full"> {
  readonly nodes: ReadonlyMap<string, TapNode>;
}

/** Makes the status to write. Equal facts give an equal status. */
export function tapStatus(decision: TapDecision, tap: TapObject, nodes: TapNodes, now: string): TapStatus {
  const { uid, generation, status: before } = tap;
  const dated = (one: UndatedCondition) => datedCondition(one, generation, before, now);
  if (decision.kind === "refused") {
    const { reason, message } = decision;
    return {
      observedGeneration: generation,
      conditions: [dated(condition("Ready", false, reason, message))],
      columns: { sources: "0", sink: "" },
      sources: [],
    };
  }
  const { end } = decision;
  const all = decision.sources.map((source) => stateOf(source, uid, end, nodes));
  const mirrored = all.filter(({ state }) => state === "Mirrored").length;
  const rank = ({ state }: TapSource) => ["Refused", "Waiting", "Mirrored"].indexOf(state);
  return {
    observedGeneration: generation,
    conditions: [dated(readiness(all))],
    columns: { sources: `${mirrored}/${all.length}`, sink: printEnd(end) },
    sources: all.toSorted((a, b) => rank(a) - rank(b)).slice(0, maxListedSources),
  };
}

function printEnd(end: TapEnd): string {
  if (end.kind === "pod") return `${end.pod} ${end.interfaceName} on ${end.node}`;
  return end.key === undefined ? `gre ${end.address}` : `gre ${end.address} key ${end.key}`;
}

function readiness(sources: readonly TapSource[]): UndatedCondition {
  if (sources.length === 0)
    return condition("Ready", false, "NoSources", "no pod has an interface that the tap selects");
  const find = (wanted: TapSource["state"]) => sources.filter(({ state }) => state === wanted);
  const [refused, waiting] = [find("Refused"), find("Waiting")];
  const [first] = refused.length > 0 ? refused : waiting;
  if (first === undefined) return wholeOrNot(sources);
  const [reason, those] = refused.length > 0 ? ["Refused", refused] : ["Waiting", waiting];
  const message = `${those.length} of ${sources.length} interfaces, such as ${first.interface} of ${first.pod}: ${first.message ?? ""}`;
  return condition("Ready", false, reason, message);
}

/** A source that is mirrored has a message only where large packets are not. */
function wholeOrNot(sources: readonly TapSource[]): UndatedCondition {
  const partly = sources.filter(({ message }) => message !== undefined);
  const [first] = partly;
  if (first === undefined) return condition("Ready", true, "Mirrored", "");
  const message = `${partly.length} of ${sources.length} interfaces, such as ${first.interface} of ${first.pod}: ${first.message ?? ""}`;
  return condition("Ready", true, "LargePacketsMissing", message);
}

function stateOf(
  { port, pod, interfaceName, network, node, mtu, refusal }: TapSourcePort,
  uid: string,
  end: TapEnd,
  { nodes, full }: TapNodes,
): TapSource {
  const say = (state: TapSource["state"], message?: string): TapSource => {
    const facts = { pod, interface: interfaceName, network, node, state };
    return message === undefined ? facts : { ...facts, message };
  };
  if (refusal !== undefined) return say("Refused", refusal);
  if (node === "") return say("Waiting", "the pod has no node yet");
  if (full.get(uid)?.has(node) === true) {
    return say(
      "Refused",
      "the OvnNode of the source or of the sink has no room for it: select fewer interfaces, or delete an older tap",
    );
  }
  const told = (name: string) => nodes.get(name)?.told.find((one) => one.uid === uid);
  const own = told(node);
  if (own === undefined) return say("Waiting", `the agent of ${node} has not told of the tap yet`);
  if (own.state === "Refused") return say("Refused", own.message);
  if (!own.sources.includes(port))
    return say("Waiting", own.message || "the interface is not on the bridge of its node");
  if (end.kind === "pod" && end.node === node) return say("Mirrored");
  const fits = nodes.get(node)?.mtu;
  const mirrored = () =>
    mtu === undefined || fits === undefined || mtu <= fits
      ? say("Mirrored")
      : say(
          "Mirrored",
          `packets of more than ${fits} bytes do not fit into the tunnel to the sink: put it on this node`,
        );
  if (end.kind === "gre") return mirrored();
  const there = told(end.node);
  if (there?.state === "Active") return mirrored();
  const message = there?.message ?? `the agent of ${end.node}, the node of the sink, has not told of the tap yet`;
  return say(there?.state === "Refused" ? "Refused" : "Waiting", message);
}
