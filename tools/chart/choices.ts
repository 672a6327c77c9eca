// The settings of the Helm chart that select between manifests, and the kustomization that means the same.
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { buildFolder, buildTogether } from "../manifest/kustomize.ts";
import { parseManifests } from "../manifest/manifests.ts";

export interface Choice {
  /** The condition in a template. */
  readonly condition: string;
  /** The arguments of `helm template` that choose it. */
  readonly set: string;
  /** The component that it stands for; undefined for the overlay of cert-manager. */
  readonly component?: string;
}

export const choices: readonly Choice[] = [
  { condition: 'eq .Values.certificates "certManager"', set: "certificates=certManager" },
  { condition: ".Values.networkPolicy.enabled", set: "networkPolicy.enabled=true", component: "network-policy" },
  { condition: ".Values.agent.loopback", set: "agent.loopback=true", component: "agent-loopback" },
  { condition: ".Values.agent.appArmor", set: "agent.appArmor=true", component: "apparmor" },
  {
    // OVN of our own speaks TLS only.
    condition: "or .Values.northboundTls.enabled .Values.ovn.enabled",
    set: "northboundTls.enabled=true",
    component: "northbound-tls",
  },
];

/** A set of choices as a number: bit n is set when `choices[n]` is chosen. */
export type Chosen = number;

export function isChosen(chosen: Chosen, index: number): boolean {
  return (chosen & (1 << index)) !== 0;
}

/** The objects of an installation with these choices, and those that take it away, as kustomize builds them. */
export async function buildManifests(chosen: Chosen): Promise<readonly KubeObject[]> {
  const built = await buildTogether({
    resources: [`overlays/${isChosen(chosen, 0) ? "cert-manager" : "self-signed"}`, "uninstall"],
    components: choices.flatMap(({ component }, index) =>
      component !== undefined && isChosen(chosen, index) ? [`components/${component}`] : [],
    ),
  });
  return parseManifests(built);
}

/** The settings of OVN of our own that select between manifests. */
export const ownOvnChoices: readonly Required<Choice>[] = [
  { condition: 'eq .Values.ovn.datapath "userspace"', set: "ovn.datapath=userspace", component: "ovn-userspace" },
  { condition: "eq (int .Values.ovn.members) 3", set: "ovn.members=3", component: "ovn-three-members" },
];

/** The objects of OVN of our own with these of its choices. */
export async function buildOwnOvn(chosen: Chosen): Promise<readonly KubeObject[]> {
  const components = ownOvnChoices.flatMap(({ component }, index) =>
    isChosen(chosen, index) ? [`components/${component}`] : [],
  );
  return parseManifests(await buildTogether({ resources: ["ovn"], components }));
}

/** The objects of the page of the cluster, which no choice changes. */
export async function buildView(): Promise<readonly KubeObject[]> {
  return parseManifests(await buildTogether({ resources: [], components: ["components/view"] }));
}

/** The objects for the Prometheus operator and Grafana, which no choice changes. */
export async function buildMonitoring(): Promise<readonly KubeObject[]> {
  return parseManifests(await buildFolder("deploy/monitoring"));
}

/** The objects that keep a share of the API server for us, which no choice changes. */
export async function buildApiPriority(): Promise<readonly KubeObject[]> {
  return parseManifests(await buildTogether({ resources: [], components: ["components/api-priority"] }));
}

/** The objects of the nightly backup, which no choice changes. */
export async function buildBackup(): Promise<readonly KubeObject[]> {
  return parseManifests(await buildTogether({ resources: [], components: ["components/backup"] }));
}
