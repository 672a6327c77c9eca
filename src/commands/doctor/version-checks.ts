// The checks of the versions of what works with us. They read the table of versions that docs/reference shows.
import { compatibility, isVersionAtLeast } from "./compatibility.ts";
import type { Facts } from "./facts.ts";
import { type DoctorFinding, ok, unknown, warning } from "./finding.ts";
import type { Read } from "./read.ts";
import type { NodeVersions } from "../node-versions.ts";

type Part = keyof typeof compatibility;

interface Limit {
  readonly title: string;
  readonly from: string;
  readonly why: string;
  readonly cure?: string;
}

/** An agent that stayed behind in a roll-out is older than this command, mostly because its node was not ready then. */
export function judgeAgentVersion({ nodeVersions, ownVersion }: Facts): readonly DoctorFinding[] {
  const limit = {
    title: "agent",
    from: ownVersion,
    why: "this is the version of this command",
    cure: "see docs/upgrade.md for the versions that may run together, and finish the roll-out of the DaemonSet ovn4nfv-agent",
  };
  return judgeNodes("agent-version", limit, nodeVersions, ({ agent }) => agent);
}

export function judgeOpenVSwitch({ nodeVersions }: Facts): readonly DoctorFinding[] {
  return judgeNodes("openvswitch", compatibility.ovs, nodeVersions, ({ ovs }) => ovs);
}

export function judgeOvnController({ nodeVersions }: Facts): readonly DoctorFinding[] {
  return judgeNodes("ovn-controller", compatibility.ovn, nodeVersions, ({ ovnController }) => ovnController);
}

export function judgeMultusVersion({ multusVersion }: Facts): readonly DoctorFinding[] {
  return judgeOne("multus-version", "multus", multusVersion, "no DaemonSet has an image of Multus with a version");
}

export function judgeCniVersion({ cniVersion }: Facts): readonly DoctorFinding[] {
  return judgeOne("cni", "cni", cniVersion, "our NetworkAttachmentDefinition names no cniVersion");
}

/** Has a finding only where there is a cert-manager. */
export function judgeCertManager({ certManagerVersion }: Facts): readonly DoctorFinding[] {
  if ("value" in certManagerVersion && certManagerVersion.value === undefined) return [];
  return judgeOne("cert-manager", "certManager", certManagerVersion, "");
}

function judgeOne(check: string, part: Part, found: Read<string | undefined>, none: string): readonly DoctorFinding[] {
  if ("why" in found) return [unknown(check, found)];
  const { value } = found;
  if (value === undefined) return [unknown(check, { why: none, cure: "" })];
  const { title, from, why } = compatibility[part];
  if (isVersionAtLeast(value, from) !== false) return [ok(check, `${title} ${value}`)];
  return [warning(check, `${title} ${value} is older than ${from}: ${why}`, `use ${title} ${from} or newer`)];
}

function judgeNodes(
  check: string,
  { title, from, why, cure = `use ${title} ${from} or newer` }: Limit,
  found: Read<readonly NodeVersions[]>,
  versionOf: (node: NodeVersions) => string | undefined,
): readonly DoctorFinding[] {
  if ("why" in found) return [unknown(check, found)];
  const byVersion = Map.groupBy(found.value, versionOf);
  const nodesOf = (nodes: readonly NodeVersions[]): string => nodes.map(({ node }) => node).join(", ");
  const silent = byVersion.get(undefined) ?? [];
  const findings = [...byVersion].flatMap(([version, nodes]): readonly DoctorFinding[] => {
    if (version === undefined || isVersionAtLeast(version, from) !== false) return [];
    const says = `${title} ${version} on ${nodesOf(nodes)} is older than ${from}: ${why}`;
    return [warning(check, says, cure)];
  });
  const versions = [...byVersion.keys()].filter((version) => version !== undefined).sort();
  if (silent.length > 0 || versions.length === 0) {
    const where =
      silent.length === 0 ? "there is no agent that could say" : `the agents of ${nodesOf(silent)} do not know`;
    return [
      ...findings,
      unknown(check, {
        why: `${where} the version`,
        cure: "see the line agents; one of an earlier version does not say it",
      }),
    ];
  }
  return findings.length > 0 ? findings : [ok(check, `${title} ${versions.join(" and ")}`)];
}
