/** The addresses of one node of the lab. */
export interface NodePlan {
  readonly name: string;
  /** The address on the management network, for API server, kubelet and routes to pods. */
  readonly address: string;
  /** The address on the underlay network, for tunnels. */
  readonly underlay: string;
  /** The range of the pods' first interfaces. */
  readonly podRange: string;
}

/** The most nodes that a lab can have. */
export const mostLabNodes = 3;

/** The addresses of the lab's nodes, `n1` and so on. */
export function planNodes(count: number): readonly NodePlan[] {
  return Array.from({ length: count }, (_, index): NodePlan => {
    const n = (index + 1).toString();
    return {
      name: `n${n}`,
      address: `192.0.2.1${n}`,
      underlay: `198.51.100.1${n}`,
      podRange: `10.244.${n}.0/24`,
    };
  });
}

/** The addresses of the lab. They are from documentation ranges (RFC 5737), inside namespaces of our own. */
export const labPlan = {
  centerAddress: "192.0.2.1",
  prefixLength: 24,
  apiPort: 6443,
  northbound: "tcp:192.0.2.1:6641",
  southbound: "tcp:192.0.2.1:6642",
  podRange: "10.244.0.0/16",
  /** Hosts outside of the cluster, on the switch to which each node has the interface eth2. */
  outside: [
    { name: "vlan100", address: "172.16.33.200/24", vlan: 100 },
    { name: "untagged", address: "172.16.34.200/24" },
  ],
  /** The nodes that a lab has when nobody asks for another number. */
  nodes: planNodes(2),
} as const;

type Batch = readonly string[];

/** `ip -batch` lines for the machine in the middle: two bridges, one for management and one for tunnels. */
export function centerLinks(): Batch {
  return [
    "link add br0 type bridge",
    `addr add ${labPlan.centerAddress}/${labPlan.prefixLength} dev br0`,
    "link set br0 up",
    "link add under0 type bridge",
    "link set under0 up",
  ];
}

/** Lines for the machine in the middle that connect a node, whose network namespace is that of process `pid`. */
export function plugLinks({ name, address, podRange }: NodePlan, pid: number): Batch {
  return [
    `link add m-${name} type veth peer name eth0 netns ${pid}`,
    `link set m-${name} master br0 up`,
    `link add u-${name} type veth peer name eth1 netns ${pid}`,
    `link set u-${name} master under0 up`,
    `route replace ${podRange} via ${address}`,
  ];
}

/** Lines for a node that has been connected: its addresses, and routes to the pods of all nodes that there may be. */
export function nodeLinks(node: NodePlan): Batch {
  return [
    `addr add ${node.address}/${labPlan.prefixLength} dev eth0`,
    "link set eth0 up",
    "link set eth1 up",
    `route add default via ${labPlan.centerAddress}`,
    ...planNodes(mostLabNodes)
      .filter(({ name }) => name !== node.name)
      .map(({ podRange, address }) => `route add ${podRange} via ${address}`),
  ];
}
