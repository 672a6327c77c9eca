// The checks of what users wait for. They are warnings: the installation may be well, and a request wrong.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { Facts } from "../facts.ts";
import { type DoctorFinding, ok, unknown, warning } from "../finding.ts";
import type { Read } from "../read.ts";
import type { StuckPod } from "./stuck-facts.ts";

/** More findings of one kind would hide the other checks. */
const mostShown = 5;

/** The facts by which pods that wait are judged. */
export type WaitingFacts = Pick<Facts, "stuckPods" | "definition" | "agents">;

export function judgeWaitingPods(facts: WaitingFacts): readonly DoctorFinding[] {
  return judgeEach("pods", facts.stuckPods, "no pod waits for its interfaces", (pod) => {
    const [why, cure] = causeOf(pod, facts);
    const { namespace, name, waitsMs } = pod;
    return warning("pods", `${namespace}/${name} has waited for its interfaces for ${seconds(waitsMs)}: ${why}`, cure);
  });
}

export function judgeDeletingNetworks({ stuckNetworks }: Facts): readonly DoctorFinding[] {
  return judgeEach(
    "networks",
    stuckNetworks,
    "no Network waits for its deletion",
    ({ namespace, name, sinceMs, why }) => {
      const says = `${namespace}/${name} was deleted ${seconds(sinceMs)} ago and is still there: ${why || "its status does not say why"}`;
      return warning(
        "networks",
        says,
        "delete the pods that use it: `ovn4nfv addresses` names them; or look at the log of the controller",
      );
    },
  );
}

export function judgeChains({ stuckChains }: Facts): readonly DoctorFinding[] {
  return judgeEach(
    "chains",
    stuckChains,
    "every chain sends its traffic through all functions",
    ({ namespace, name, why }) => {
      const says = `${namespace}/${name}: ${why || "nobody has written its status"}`;
      const cure =
        why === "" ? "look at the log of the controller" : "see `ovn4nfv chains`, and do as the message says";
      return warning("chains", says, cure);
    },
  );
}

export function judgePolicies({ stuckPolicies }: Facts): readonly DoctorFinding[] {
  return judgeEach("policies", stuckPolicies, "every network policy selects pods", ({ namespace, name, why }) =>
    warning("policies", `${namespace}/${name}: ${why}`, "see `ovn4nfv policies`, and correct the policy or the pods"),
  );
}

/** Has a finding only where a claim has not what it says, or does not go. */
export function judgeIpamClaims({ stuckClaims }: Facts): readonly DoctorFinding[] {
  if ("why" in stuckClaims) return [];
  const shown = stuckClaims.value.slice(0, mostShown);
  const findings = shown.map(({ namespace, name, why, cure }) =>
    warning("claims", `${namespace}/${name}: ${why}`, cure),
  );
  const more = stuckClaims.value.length - shown.length;
  if (more === 0) return findings;
  return [...findings, warning("claims", `and ${more.toString()} more`, "see `ovn4nfv claims` and `ovn4nfv check`")];
}

/** Has a finding only where pods will be refused soon. */
export function judgeAddresses({ stuckAddresses }: Facts): readonly DoctorFinding[] {
  if ("why" in stuckAddresses) return [];
  const shown = stuckAddresses.value.slice(0, mostShown);
  return shown.map(({ namespace, name, pool, family, used, capacity }) => {
    const whose = pool === undefined ? `${namespace}/${name}` : `the pool ${pool} of ${namespace}/${name}`;
    const says = `${whose} has handed out ${used.toString()} of its ${capacity.toString()} ${family} addresses: pods will be refused`;
    const cure =
      pool === undefined
        ? "delete pods that are not needed, or add a subnet (docs/guides/full-network.md)"
        : "delete pods that are not needed, or add addresses to the range of the pool (docs/pools.md)";
    return warning("addresses", says, cure);
  });
}

export function judgeReach({ stuckReach }: Facts): readonly DoctorFinding[] {
  const none = "every Network that is closed to others names some that are there";
  return judgeEach("reach", stuckReach, none, ({ namespace, name, why }) =>
    warning("reach", `${namespace}/${name}: ${why}`, "correct spec.reachableFrom of the Network, or of the other one"),
  );
}

export function judgeBalancing({ stuckServices }: Facts): readonly DoctorFinding[] {
  return judgeEach(
    "balancing",
    stuckServices,
    "every Service on a network is served",
    ({ namespace, name, why, cure }) => warning("balancing", `${namespace}/${name}: ${why}`, cure),
  );
}

export function judgeTaps({ stuckTaps }: Facts): readonly DoctorFinding[] {
  return judgeEach("taps", stuckTaps, "every tap copies all packets of its sources", ({ namespace, name, why }) => {
    const says = `${namespace}/${name}: ${why || "nobody has written its status"}`;
    return warning("taps", says, why === "" ? "look at the log of the controller" : "see `ovn4nfv taps`");
  });
}

export function judgeRefusedWorkloads({ stuckWorkloads }: Facts): readonly DoctorFinding[] {
  return judgeEach("workloads", stuckWorkloads, "no workload has its pods refused", ({ workload, message }) =>
    warning(
      "workloads",
      `${workload} gets no pods: ${message}`,
      message.includes("failed calling webhook")
        ? "see the line webhook"
        : "correct its pod template as the message says",
    ),
  );
}

function judgeEach<T>(
  check: string,
  found: Read<readonly T[]>,
  none: string,
  judge: (each: T) => DoctorFinding,
): readonly DoctorFinding[] {
  if ("why" in found) return [unknown(check, found)];
  const { value } = found;
  if (value.length === 0) return [ok(check, none)];
  const more = value.length - mostShown;
  return [
    ...value.slice(0, mostShown).map(judge),
    ...(more > 0 ? [warning(check, `and ${more} more like these`, "begin with those above")] : []),
  ];
}

/** The cause and the cure, the earliest step that failed first: definition, allocation, Multus, agent, wire. */
function causeOf(pod: StuckPod, { definition, agents }: WaitingFacts): readonly [why: string, cure: string] {
  const { namespace, name, node, missingDefinitions, ownDefinitions } = pod;
  const [missing] = missingDefinitions;
  if (missing !== undefined) {
    const cure = `create the definition, or correct the annotation ${annotationKeys.multusNetworks.key} and re-create the pod`;
    return [`it selects the definition ${missing}, which is not there`, cure];
  }
  if (!pod.hasResult) {
    const { key, value } = annotationKeys.multusNamespace;
    if (!pod.hasRequest && !pod.isOptedIn) {
      const why = `it selects our definition ${ownDefinitions[0] ?? ""} in a namespace without the label ${key}=${value}`;
      return [why, `kubectl label namespace ${namespace} ${key}=${value}, and re-create the pod`];
    }
    return ["it was created while no webhook was asked for it, so it has no addresses", "re-create the pod"];
  }
  if ("value" in definition && (definition.value === "no kind" || definition.value === "no object")) {
    return ["Multus does not find our NetworkAttachmentDefinition", "see the line multus"];
  }
  if ("value" in agents && !agents.value.some((agent) => agent.node === node && agent.ready)) {
    return [`the agent of its node ${node} is not ready`, "see the line agents"];
  }
  const cure = `see the lines chassis and agents, and kubectl -n ${namespace} describe pod ${name}`;
  if (pod.lastWarning !== undefined) return [pod.lastWarning, cure];
  return ["no Event says why", cure];
}

function seconds(ms: number): string {
  const whole = Math.round(ms / 1_000);
  return whole < 120 ? `${whole} s` : `${Math.round(whole / 60)} min`;
}
