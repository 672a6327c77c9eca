/** The Secrets of our own OVN, which deploy/ovn mounts. The authorities have ConfigMaps of the same names. */
export const ownOvnNames = {
  northboundAuthority: "ovn4nfv-ovn-northbound-ca",
  northboundServer: "ovn4nfv-ovn-northbound",
  /** The client certificate of webhook and controller: components/northbound-tls mounts it. */
  northboundClient: "ovn4nfv-northbound",
  southboundAuthority: "ovn4nfv-ovn-southbound-ca",
  southboundServer: "ovn4nfv-ovn-southbound",
} as const;

/** The service account of the nodes' pods, which may ask for certificates of chassis. */
const nodeAccount = "ovn4nfv-ovn-host";

export function nodeAccountOf(namespace: string): string {
  return `system:serviceaccount:${namespace}:${nodeAccount}`;
}

/** The most members that the databases may have; each has a name of the headless Service. */
const mostMembers = 3;

/** The names under which clients find the members of both databases. */
export function memberNames(namespace: string): readonly [string, ...string[]] {
  const name = (member: number): string => `ovn-central-${member}.ovn-central.${namespace}.svc`;
  return [name(0), ...Array.from({ length: mostMembers - 1 }, (_, n) => name(n + 1))];
}

/** The StatefulSet of the databases, by whose number of replicas they know how many members they shall have. */
export const centralSet = "ovn-central";
