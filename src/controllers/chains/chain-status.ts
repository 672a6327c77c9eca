import type { ChainStatus } from "#src/api/chain/chain-schema.ts";
import { assignSlices, sliceCount } from "#src/ovn/rows/chain-slices.ts";
import { condition, datedCondition, nameSome, type UndatedCondition } from "../conditions/conditions.ts";
import type { ChainDecision } from "./chain-decision.ts";
import type { ChainObject } from "./chain-object.ts";
import type { HopDecision } from "./hop-decision.ts";

/** Makes the status to write. Equal facts give an equal status. */
export function chainStatus(decision: ChainDecision, chain: ChainObject, now: string): ChainStatus {
  const { generation, status: before } = chain;
  const hops = decision.kind === "chained" ? decision.hops : [];
  const conditions =
    decision.kind === "chained"
      ? chainedConditions(decision)
      : [
          condition("Ready", false, decision.reason, decision.message),
          condition("Degraded", false, "NotChained", "no traffic is sent to functions"),
        ];
  return {
    state: decision.kind === "chained" ? "Created" : "CreateInternalError",
    observedGeneration: generation,
    conditions: conditions.map((one) => datedCondition(one, generation, before, now)),
    hops: hops.map(hopStatus),
    path: pathText(hops),
  };
}

function chainedConditions({ path, hops }: Extract<ChainDecision, { kind: "chained" }>): readonly UndatedCondition[] {
  const isDropped = path.onFailure === "Drop";
  const [empty] = hops.filter(({ replicas }) => replicas.length === 0);
  const consequence = isDropped ? "the traffic is dropped" : "the traffic goes around it";
  const ready =
    empty === undefined
      ? condition("Ready", true, "Chained", "")
      : condition("Ready", !isDropped, isDropped ? "Dropped" : "Bypassed", `function ${empty.name}: ${consequence}`);
  const troubled = hops.filter(({ problems }) => problems.length > 0);
  const [worst] = troubled.flatMap(({ problems }) => problems);
  const routes = routesCondition(hops);
  if (worst === undefined) return [ready, condition("Degraded", false, "Complete", ""), routes];
  const messages = troubled.map(({ name, problems, replicas }) => {
    const said = nameSome(problems.map(({ message }) => message));
    return `function ${name}: ${said}${replicas.length === 0 ? `, so that ${consequence}` : ""}`;
  });
  return [ready, condition("Degraded", true, worst.reason, messages.join("; ")), routes];
}

/** A pod may set its routes itself, so that this says nothing about Ready. */
function routesCondition(hops: readonly HopDecision[]): UndatedCondition {
  const unrouted = hops.flatMap((hop) => hop.unrouted);
  if (unrouted.length === 0) return condition("RoutesAsked", true, "Asked", "");
  return condition("RoutesAsked", false, "RoutesMissing", `${nameSome(unrouted)}; or let the pod set them itself`);
}

function hopStatus({ name, left, right, replicas }: HopDecision): NonNullable<ChainStatus["hops"]>[number] {
  const holders = assignSlices(replicas.map((replica) => replica.name));
  const pods = replicas.map((replica) => ({
    name: replica.name,
    slices: holders.filter((holder) => holder === replica.name).length,
  }));
  return { name, left, right, pods, slices: replicas.length === 0 ? 0 : sliceCount };
}

function pathText(hops: readonly HopDecision[]): string {
  const [first] = hops;
  if (first === undefined) return "";
  return [first.left, ...hops.flatMap(({ name, right, replicas }) => [`${name} (${replicas.length})`, right])].join(
    " > ",
  );
}
