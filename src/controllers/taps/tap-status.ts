import { maxListedSources, type TapSource, type TapStatus } from "#src/api/tap/tap-schema.ts";
import { condition, datedCondition, type UndatedCondition } from "../conditions/conditions.ts";
import type { TapDecision, TapEnd, TapSourcePort } from "./tap-decision.ts";
import type { TapNode } from "./tap-members.ts";
import type { TapObject } from "./tap-object.ts";

/** Makes the status to write. Equal facts give an equal status. */
export function tapStatus(
  decision: TapDecision,
  tap: TapObject,
  nodes: ReadonlyMap<string, TapNode>,
  now: string,
): TapStatus {
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
  if (first === undefined) return condition("Ready", true, "Mirrored", "");
  const [reason, those] = refused.length > 0 ? ["Refused", refused] : ["Waiting", waiting];
  const message = `${those.length} of ${sources.length} interfaces, such as ${first.interface} of ${first.pod}: ${first.message ?? ""}`;
  return condition("Ready", false, reason, message);
}

function stateOf(
  { port, pod, interfaceName, network, node, refusal }: TapSourcePort,
  uid: string,
  end: TapEnd,
  nodes: ReadonlyMap<string, TapNode>,
): TapSource {
  const say = (state: TapSource["state"], message?: string): TapSource => {
    const facts = { pod, interface: interfaceName, network, node, state };
    return message === undefined ? facts : { ...facts, message };
  };
  if (refusal !== undefined) return say("Refused", refusal);
  if (node === "") return say("Waiting", "the pod has no node yet");
  const told = (name: string) => nodes.get(name)?.told.find((one) => one.uid === uid);
  const own = told(node);
  if (own === undefined) return say("Waiting", `the agent of ${node} has not told of the tap yet`);
  if (own.state === "Refused") return say("Refused", own.message);
  if (!own.sources.includes(port))
    return say("Waiting", own.message || "the interface is not on the bridge of its node");
  if (end.kind === "gre" || end.node === node) return say("Mirrored");
  const there = told(end.node);
  if (there?.state === "Active") return say("Mirrored");
  const message = there?.message ?? `the agent of ${end.node}, the node of the sink, has not told of the tap yet`;
  return say(there?.state === "Refused" ? "Refused" : "Waiting", message);
}
