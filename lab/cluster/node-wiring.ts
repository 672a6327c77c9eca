// Reads what a node has of ours with ovs-vsctl, ip and ctr, without the product, and compares it with the node's pods.
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { LabNode } from "./lab-node.ts";

/** A port of ours on the integration bridge. */
export interface WiredPort {
  /** The host's end of the pair. */
  readonly name: string;
  readonly ids: ReadonlyMap<string, string>;
}

export interface NodeWiring {
  readonly ports: readonly WiredPort[];
  /** The host's ends of pairs in the kernel, with or without a port. */
  readonly pairs: readonly string[];
  /** The ids of the containers that run, with their process ids. */
  readonly running: ReadonlyMap<string, number>;
}

/** One element of a pod's result, as the webhook wrote it. */
export interface ResultElement {
  readonly interface: string;
  readonly network: string;
  readonly ip_address: readonly string[];
  readonly mac_address: string;
  readonly gateway_ip: readonly string[];
  readonly port: string;
  readonly mtu?: number;
  /** True for the interface of a guest, which has no address in the pod. */
  readonly dhcp?: boolean;
}

const isHostEnd = (name: string): boolean => /^ovn[0-9a-f]{12}$/.test(name);

export async function readNodeWiring({ chassis, machine }: LabNode): Promise<NodeWiring> {
  const [interfaces, links, tasks] = await Promise.all([
    chassis.vsctl("--format=json", "--columns=name,external_ids", "list", "Interface"),
    machine.must("ip", ["-j", "link"]),
    machine.must("ctr", ["--namespace=k8s.io", "tasks", "ls"]),
  ]);
  const rows = (JSON.parse(interfaces) as { readonly data: readonly [string, ["map", [string, string][]]][] }).data;
  const pairs = (JSON.parse(links) as readonly { readonly ifname: string }[]).map(({ ifname }) => ifname);
  return {
    ports: rows.filter(([name]) => isHostEnd(name)).map(([name, [, pairs]]) => ({ name, ids: new Map(pairs) })),
    pairs: pairs.filter(isHostEnd),
    running: runningTasks(tasks),
  };
}

/** Reads the output of `ctr tasks ls`. */
export function runningTasks(listing: string): ReadonlyMap<string, number> {
  const rows = listing.matchAll(/^(\S+)\s+(\d+)\s+RUNNING\s*$/gm);
  return new Map([...rows].map(([, id = "", pid]) => [id, Number(pid)]));
}

export function resultOf({ metadata }: KubeObject): readonly ResultElement[] {
  const text = metadata.annotations?.["k8s.plugin.opnfv.org/ovnInterfaces"];
  return text === undefined ? [] : (JSON.parse(text) as readonly ResultElement[]);
}

/** Everything on the node that does not agree with the pods that run there, one sentence for each. */
export function wiringFaults(pods: readonly KubeObject[], { ports, pairs, running }: NodeWiring): readonly string[] {
  const faults: string[] = [];
  const wanted = new Set<string>();
  for (const pod of pods) {
    const { namespace = "", name } = pod.metadata;
    const sandboxes = new Set<string>();
    for (const { interface: ifname, port, mac_address: mac } of resultOf(pod)) {
      wanted.add(port);
      const found = ports.filter(({ ids }) => ids.get("iface-id") === port);
      const told = (text: string): number => faults.push(`${ifname} of ${namespace}/${name} ${text}`);
      if (found.length !== 1) told(`has ${found.length} ports`);
      for (const { name: host, ids } of found) {
        sandboxes.add(ids.get("sandbox") ?? "");
        if (ids.get("attached_mac") !== mac) told(`is wired as ${ids.get("attached_mac") ?? "nothing"}, not ${mac}`);
        if (ids.get("ovn-installed") !== "true") told("is not installed by ovn-controller");
        if (!pairs.includes(host)) told(`has no ${host} in the kernel`);
      }
    }
    if (sandboxes.size > 1) faults.push(`${namespace}/${name} is wired in ${sandboxes.size} sandboxes`);
    for (const id of sandboxes) {
      if (!running.has(id)) faults.push(`${namespace}/${name} is wired in the sandbox ${id}, which does not run`);
    }
  }
  for (const { name, ids } of ports) {
    const port = ids.get("iface-id") ?? "";
    if (!wanted.has(port)) faults.push(`the port ${name} for ${port} belongs to no pod`);
  }
  for (const name of pairs) {
    if (!ports.some((port) => port.name === name)) faults.push(`the link ${name} has no port`);
  }
  return faults;
}
