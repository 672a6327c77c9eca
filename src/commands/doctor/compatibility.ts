/**
 * The versions that this software is made for; docs/reference/compatibility.md and `ovn4nfv doctor` read this table.
 */
export const compatibility = {
  kubernetes: {
    title: "Kubernetes",
    from: "1.30",
    tried: "1.34.4",
    read: "the answer of the API server",
    why: "CEL matchConditions and ValidatingAdmissionPolicy are stable since 1.30",
    /** Before this version, agents must be told which addresses belong to Services. */
    serviceCidrFrom: "1.33",
  },
  ovn: {
    title: "OVN",
    from: "22.03",
    tried: "23.03.1",
    read: "northd: `northd_internal_version` in NB; ovn-controller: the metrics of the agents",
    why: "the NB schema has every column that is written; from 23.09 on ovn-northd computes changed ports alone",
  },
  ovs: {
    title: "Open vSwitch",
    from: "2.17",
    tried: "3.1.0",
    read: "the metrics of the agents, which read it from the node's database",
    why: "it has monitor_cond_since, and `ovn-installed` on interfaces",
  },
  multus: {
    title: "Multus",
    from: "4.0",
    tried: "4.2.4",
    read: "the image of its DaemonSet",
    why: "it accepts a result with several interfaces",
  },
  cni: {
    title: "CNI",
    from: "0.3.1",
    tried: "1.1.0",
    read: "`cniVersion` of our NetworkAttachmentDefinition",
    why: "the plugin speaks each version from 0.3.1 to 1.1.0",
  },
  certManager: {
    title: "cert-manager",
    from: "1.11",
    tried: "1.11.5",
    read: "the image of its Deployment, where there is one",
    why: "it is needed only for its overlay",
  },
} as const;

/** True when `version`, a text with numbers and points, is at least `from`; undefined when it has no number. */
export function isVersionAtLeast(version: string, from: string): boolean | undefined {
  const have = numbers(version);
  if (have.length === 0) return undefined;
  for (const [index, wanted] of numbers(from).entries()) {
    const part = have[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

function numbers(version: string): readonly number[] {
  return (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? "").split(".").filter(Boolean).map(Number);
}
