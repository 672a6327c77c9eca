// The invariants of address allocation. They compare all pods with all rows of NB, which are read in nb-snapshot.ts.
import assert from "node:assert/strict";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { canonicalIp, isMac, whyNotOnSwitch } from "./address-book.ts";
import { areMigrating, claimFaults, isKeptRow } from "./claim-faults.ts";
import type { NbPort, NbSnapshot, NbSwitch } from "./nb-snapshot.ts";

const prefix = "k8s.plugin.opnfv.org/";
const requestKeys = [`${prefix}nfn-network`, "ovnNetwork"];

export interface World {
  readonly pods: readonly KubeObject[];
  readonly nb: NbSnapshot;
  /** All IPAMClaims; undefined when nobody has read them. */
  readonly claims?: readonly KubeObject[] | undefined;
}

export interface InvariantOptions {
  /** The wall clock, in milliseconds. */
  readonly nowMs: number;
  /** The age that a row without a pod may reach; 2 min by default. */
  readonly leaseMs?: number;
  /** Ports that are known to share an address, because somebody else took it later. */
  readonly sharing?: readonly string[];
}

/** Fails with a message that has every violation. */
export function assertInvariants(world: World, options: InvariantOptions): void {
  const found = violations(world, options);
  assert.ok(found.length === 0, `${found.length} violations:\n${found.slice(0, 40).join("\n")}`);
}

/** Every violation, as a sentence. */
export function violations(world: World, options: InvariantOptions): readonly string[] {
  const sharing = new Set(options.sharing);
  const shared = sharedAddresses(world.nb)
    .filter(({ ports }) => !ports.some((name) => sharing.has(name)))
    .map(({ address, switchName, ports }) => `${address} of switch ${switchName} is held by ${ports.join(", ")}`);
  const pods = Map.groupBy(world.pods, labelOf);
  const switches = new Map(world.nb.switches.map((one) => [one.name, one]));
  const ofPorts = ownPorts(world.nb).flatMap((port) => {
    const at = switches.get(port.switchName ?? "");
    return portFaults(port, at, pods.get(allocationOf(port)) ?? [], options);
  });
  return [...shared, ...ofPorts, ...podFaults(world), ...claimFaults(world.nb, world.claims)];
}

export interface SharedAddress {
  readonly switchName: string;
  readonly address: string;
  /** The names of the ports that hold it. At least one of them is ours. */
  readonly ports: readonly string[];
}

/** The IP and MAC addresses that several ports of one switch hold, when one of the ports is ours. */
export function sharedAddresses({ ports }: NbSnapshot): readonly SharedAddress[] {
  const holders = new Map<string, NbPort[]>();
  for (const port of ports) {
    for (const address of new Set(held(port))) {
      const key = `${port.switchName ?? ""} ${address}`;
      holders.set(key, [...(holders.get(key) ?? []), port]);
    }
  }
  return [...holders]
    .filter(([, found]) => found.length > 1 && found.some(isOurs) && !areMigrating(found))
    .map(([key, found]) => {
      const [switchName = "", address = ""] = key.split(" ");
      return { switchName, address, ports: found.map(({ name }) => name) };
    });
}

/** True for our port of a pod, and for a row that keeps a claim. Ports of our routers are ours as well, but the tests of networks check those. */
const isOurs = ({ type, externalIds }: NbPort): boolean =>
  type === "" && externalIds.get(`${prefix}owner`) === "ovn4nfv";
const ownPorts = ({ ports }: NbSnapshot): readonly NbPort[] => ports.filter((port) => isOurs(port) && !isKeptRow(port));
const allocationOf = ({ externalIds }: NbPort): string => externalIds.get(`${prefix}allocation`) ?? "";
const labelOf = ({ metadata }: KubeObject): string | undefined => metadata.labels?.[`${prefix}allocation`];

/** The MACs and IPs of a port, each in its one spelling. */
function held({ addresses, externalIds }: NbPort): readonly string[] {
  const words = externalIds.get(`${prefix}waits-with`)?.split(" ") ?? addresses;
  return words.flatMap((word) => (isMac(word) ? word.toLowerCase() : (canonicalIp(word) ?? [])));
}

function portFaults(
  port: NbPort,
  at: NbSwitch | undefined,
  holders: readonly KubeObject[],
  { nowMs, leaseMs = 120_000 }: InvariantOptions,
): string[] {
  const faults: string[] = [];
  const fault = (text: string): number => faults.push(`port ${port.name} ${text}`);
  if (at === undefined) return [`port ${port.name} is on no switch`];
  for (const ip of held(port).filter((address) => !isMac(address))) {
    const why = whyNotOnSwitch(ip, at);
    if (why !== undefined) fault(`has ${ip}, which is ${why}`);
  }
  if (port.portSecurity.join(" ") !== port.addresses.join(" ")) fault("is not held to its own addresses");
  if (port.options.get("iface-id-ver") !== allocationOf(port)) fault("has an iface-id-ver of another allocation");
  const uid = port.externalIds.get(`${prefix}pod-uid`);
  if (holders.length > 1) fault(`belongs to ${holders.length} pods`);
  if (uid !== "" && holders[0]?.metadata.uid !== uid) fault(`is bound to ${uid ?? "nothing"}, which is not its pod`);
  const ageMs = nowMs - Date.parse(port.externalIds.get(`${prefix}reserved-at`) ?? "");
  if (isAttempt(port) && !isNamed(port, holders) && !(ageMs < leaseMs)) fault(`is in no result and is ${ageMs} ms old`);
  if (holders.length === 0 && !(ageMs < leaseMs)) fault(`has no pod and is ${ageMs} ms old`);
  return faults;
}

function isNamed(port: NbPort, pods: readonly KubeObject[]): boolean {
  return pods.some(({ metadata }) => metadata.annotations?.[`${prefix}ovnInterfaces`]?.includes(port.name) === true);
}

/** True for a port that was reserved for a change of a stored pod. */
function isAttempt({ externalIds }: NbPort): boolean {
  return externalIds.has(`${prefix}revision`) && externalIds.get(`${prefix}pod-uid`) === "";
}

interface ResultEntry {
  readonly ip_address: readonly string[];
  readonly mac_address: string;
  readonly interface: string;
  readonly network: string;
  readonly port: string;
  readonly leaving?: boolean;
}

function podFaults({ pods, nb }: World): readonly string[] {
  const rows = Map.groupBy(ownPorts(nb), allocationOf);
  return pods.flatMap((pod) => {
    const { annotations = {}, name, namespace = "" } = pod.metadata;
    const result = annotations[`${prefix}ovnInterfaces`];
    const label = labelOf(pod);
    const marks = [result, annotations[`${prefix}allocation-token`], label].filter((mark) => mark !== undefined);
    const asks = requestKeys.some((key) => Object.hasOwn(annotations, key));
    const told = (text: string): string => `pod ${namespace}/${name} ${text}`;
    if (marks.length === 0 && !asks) return [];
    if (marks.length < 3 || result === undefined || label === undefined) return [told("lacks result, token or label")];
    if (pod.metadata.finalizers?.includes(`${prefix}addresses`) !== true) return [told("lacks the finalizer")];
    const entries = JSON.parse(result) as readonly ResultEntry[];
    const ports = rows.get(label) ?? [];
    const names = new Set(ports.map((port) => port.name));
    // The port of an interface that leaves may be gone, and one that was reserved for a change may never be named.
    const due = entries.filter(({ leaving, port }) => leaving !== true || names.has(port));
    const named = new Set(entries.map(({ port }) => port));
    const held = ports.filter((port) => named.has(port.name) || !isAttempt(port));
    const said = due.map((entry) => sayEntry(entry, label, namespace)).sort();
    const there = held.map((port) => sayPort(port)).sort();
    if (said.join("\n") === there.join("\n")) return [];
    return [told(`says\n  ${said.join("\n  ")}\nand NB has\n  ${there.join("\n  ") || "nothing"}`)];
  });
}

function sayEntry({ ip_address, mac_address, network, port, ...entry }: ResultEntry, label: string, namespace: string) {
  const ips = ip_address.map((text) => canonicalIp(text.replace(/\/.*$/, "")));
  return [port, `${label}-${entry.interface}`, network, namespace, mac_address, ...ips].join(" ");
}

function sayPort(port: NbPort): string {
  const { externalIds, name, switchName } = port;
  const id = `${allocationOf(port)}-${externalIds.get(`${prefix}interface`) ?? ""}`;
  return [name, id, switchName, externalIds.get(`${prefix}namespace`), ...held(port)].join(" ");
}
