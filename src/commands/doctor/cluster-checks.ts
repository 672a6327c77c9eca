// The checks of the Kubernetes cluster: versions, clocks, nodes, Multus, the controllers.
import type { Facts, InstalledPod } from "./facts.ts";
import { compatibility, isVersionAtLeast } from "./compatibility.ts";
import { failed, type DoctorFinding, ok, unknown, warning } from "./finding.ts";

/** A larger difference between clocks harms certificates and Leases. */
const toleratedSkewMs = 10_000;
/** A leader renews every 2 s. A leader that was silent for this long is gone, and nobody has taken its place. */
const leaderSilentMs = 60_000;

export function judgeVersion({ apiServer }: Facts): readonly DoctorFinding[] {
  const check = "kubernetes";
  if ("why" in apiServer)
    return [failed(check, apiServer.why, apiServer.cure ?? "correct the kubeconfig, or start the API server")];
  const { version } = apiServer.value;
  const { from, why } = compatibility.kubernetes;
  if (isVersionAtLeast(version, from) === false) {
    return [failed(check, `Kubernetes ${version} is older than ${from}: ${why}`, `use Kubernetes ${from} or newer`)];
  }
  return [ok(check, `Kubernetes ${version}`)];
}

export function judgeClock({ apiServer, nowMs }: Facts): readonly DoctorFinding[] {
  const check = "clock";
  if ("why" in apiServer) return [unknown(check, { why: "see the line kubernetes", cure: "" })];
  const skewMs = nowMs - apiServer.value.nowMs;
  if (Math.abs(skewMs) <= toleratedSkewMs) return [ok(check, "this machine and the API server agree")];
  const how = `${Math.round(Math.abs(skewMs) / 1_000)} s ${skewMs > 0 ? "ahead of" : "behind"}`;
  return [failed(check, `this machine is ${how} the API server`, "synchronise the clocks (chrony, systemd-timesyncd)")];
}

export function judgeController({ leader, apiServer, nowMs }: Facts): readonly DoctorFinding[] {
  const check = "controller";
  if ("why" in leader) return [unknown(check, leader)];
  const cure = "look at the pods of the Deployment ovn4nfv-controller: without a leader nothing is bound or released";
  if (leader.value === undefined) return [failed(check, "no controller has ever led", cure)];
  const { holder, renewedMs } = leader.value;
  const ageMs = ("value" in apiServer ? apiServer.value.nowMs : nowMs) - renewedMs;
  const seconds = Math.round(Math.abs(ageMs) / 1_000);
  if (ageMs > leaderSilentMs)
    return [failed(check, `${holder} led until ${seconds} s ago, and nobody has led since`, cure)];
  if (ageMs < -toleratedSkewMs) {
    const says = `${holder} renewed its Lease at a time that is ${seconds} s in the future for the API server`;
    return [failed(check, says, "synchronise the clocks of the nodes (chrony, systemd-timesyncd)")];
  }
  return [ok(check, `${holder} leads`)];
}

/** Has a finding only where one node that dies would take all replicas of a Deployment along. */
export function judgeReplicas({ webhooks, controllers, nodes }: Facts): readonly DoctorFinding[] {
  if ("why" in nodes || nodes.value.length < 2) return [];
  return [
    ...("value" in webhooks ? judgeSpread("webhook", webhooks.value) : []),
    ...("value" in controllers ? judgeSpread("controller", controllers.value) : []),
  ];
}

function judgeSpread(check: "webhook" | "controller", pods: readonly InstalledPod[]): readonly DoctorFinding[] {
  const placed = pods.filter(({ node }) => node !== "");
  const [node, ...others] = new Set(placed.map((pod) => pod.node));
  if (node === undefined || others.length > 0 || placed.length < 2) return [];
  const says = `all ${placed.length} replicas of ovn4nfv-${check} are on node ${node}: when it dies, none is left`;
  const cure = `kubectl -n ovn4nfv-system rollout restart deployment/ovn4nfv-${check}, when other nodes are Ready`;
  return [warning(check, says, cure)];
}

/** Says nothing where the page is not installed. */
export function judgePage({ pages }: Facts): readonly DoctorFinding[] {
  const check = "page";
  // Other checks tell whoever may not read the pods.
  if ("why" in pages || pages.value.length === 0) return [];
  if (pages.value.some(({ ready }) => ready)) return [ok(check, "ovn4nfv-view is ready for logins")];
  const cure = "read its log (kubectl -n ovn4nfv-system logs deployment/ovn4nfv-view): it says what it could not read";
  return [warning(check, "no pod of ovn4nfv-view is ready: nobody can log in to the page", cure)];
}

export function judgeAgents({ agents, nodes }: Facts): readonly DoctorFinding[] {
  const check = "agents";
  if ("why" in agents) return [unknown(check, agents)];
  if ("why" in nodes) return [unknown(check, nodes)];
  const ready = new Set(agents.value.filter((agent) => agent.ready).map(({ node }) => node));
  const without = nodes.value.map(({ name }) => name).filter((name) => !ready.has(name));
  const known = new Set(nodes.value.map(({ name }) => name));
  const deleted = [...ready].filter((node) => !known.has(node));
  if (without.length + deleted.length === 0) return [ok(check, `ready on all ${nodes.value.length} nodes`)];
  const findings = without.map((name) => {
    const isThere = agents.value.some(({ node }) => node === name);
    const says = `node ${name} has ${isThere ? "an agent that is not ready" : "no agent"}: its pods cannot be wired`;
    const cure = isThere
      ? "read the log of the node's agent (kubectl -n ovn4nfv-system logs): it says what the agent waits for"
      : "look at the DaemonSet ovn4nfv-agent: node selector, taints, image";
    return failed(check, says, cure);
  });
  return [
    ...findings,
    ...deleted.map((node) => {
      const says = `the agent of node ${node} is ready, and there is no such node: it was deleted while its kubelet lives`;
      return warning(check, says, `restart the kubelet on ${node}, which makes the node again, or stop it there`);
    }),
  ];
}

/** Has a finding only where an agent cannot know which addresses belong to Services. */
export function judgeServices({ apiServer, agents }: Facts): readonly DoctorFinding[] {
  if ("why" in apiServer || "why" in agents) return [];
  const { version } = apiServer.value;
  const { serviceCidrFrom } = compatibility.kubernetes;
  const isTold = agents.value.every(({ namesBypassCidrs }) => namesBypassCidrs);
  if (isTold || isVersionAtLeast(version, serviceCidrFrom) !== false) return [];
  const says = `Kubernetes ${version} has no ServiceCIDR objects: a pod whose default route moves cannot reach Services`;
  return [warning("services", says, "give the agents --kept-ranges with the ranges of nodes, pods and services")];
}

export function judgeMultus({ definition }: Facts): readonly DoctorFinding[] {
  const check = "multus";
  if ("why" in definition) return [unknown(check, definition)];
  const { value } = definition;
  if (value === "no kind") {
    return [
      failed(
        check,
        "the kind NetworkAttachmentDefinition is not installed: nothing calls our CNI plugin",
        "install Multus, or chain the plugin and run the webhook with --attach chained",
      ),
    ];
  }
  if (value === "no object") {
    return [
      failed(
        check,
        "our NetworkAttachmentDefinition is missing: pods with our annotation stay in ContainerCreating",
        "apply the installation again, or set --nad-namespace and --nad-name",
      ),
    ];
  }
  if (value === "ours") return [ok(check, "its NetworkAttachmentDefinition calls our plugin")];
  return [
    warning(
      check,
      "our NetworkAttachmentDefinition calls another plugin",
      "give it the type ovn4nfv-cni: apply the installation again",
    ),
  ];
}
