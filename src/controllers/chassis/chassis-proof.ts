// Decides which of several nodes has the chassis that all of them publish. The proofs are what an agent's token cannot write: the
// Node, which its kubelet writes, and the row of the chassis, which its ovn-controller writes.

/** A chassis as the Southbound database has it. */
export interface SeenChassis {
  readonly hostname: string;
  /** The addresses of its tunnels. */
  readonly encapIps: readonly string[];
}

/** A node that publishes the chassis, as the Node object has it. */
export interface Claimant {
  readonly node: string;
  readonly hostnames: readonly string[];
  readonly addresses: readonly string[];
}

type Proof = (claimant: Claimant, chassis: SeenChassis) => boolean;

/** The strongest comes first: nobody but an administrator names a node, and each kubelet writes its own host name. */
const proofs: readonly Proof[] = [
  ({ node }, { hostname }) => node === hostname,
  ({ hostnames }, { hostname }) => hostnames.includes(hostname),
  ({ addresses }, { encapIps }) => encapIps.some((ip) => addresses.includes(ip)),
];

/** A thief of many tokens costs no more reads than this. */
const mostRead = 8;

/**
 * Finds the node that has the chassis among those that claim it, the likely one first; undefined when it cannot be proven. The first
 * proof needs no read, so that no number of claimants hides it.
 */
export async function findOwner(
  chassis: SeenChassis,
  nodes: readonly string[],
  read: (node: string) => Promise<Claimant | undefined>,
): Promise<string | undefined> {
  if (nodes.includes(chassis.hostname)) return chassis.hostname;
  const found = await Promise.all(nodes.slice(0, mostRead).map(read));
  return provenOwner(
    chassis,
    found.filter((one) => one !== undefined),
  );
}

/** The node that has the chassis; undefined when no proof fits exactly one of them. */
export function provenOwner(chassis: SeenChassis, claimants: readonly Claimant[]): string | undefined {
  for (const proof of proofs) {
    const [fitting, second] = claimants.filter((claimant) => proof(claimant, chassis));
    if (fitting !== undefined && second === undefined) return fitting.node;
  }
  return undefined;
}
