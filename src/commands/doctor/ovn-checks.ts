// The checks of OVN: its databases, northd, and an ovn-controller on each node.
import type { ChassisState, EndpointState, Facts, NodePlace } from "./facts.ts";
import { compatibility, isVersionAtLeast } from "./compatibility.ts";
import { flagTable } from "../flags/flags.ts";
import type { Unread } from "./read.ts";
import { failed, type DoctorFinding, ok, unknown, warning } from "./finding.ts";

/** The reason where nobody named the database, and this machine has none of its own. */
const noNorthbound: Unread = {
  why: "it is not checked: no --nb endpoint is given, and there is no database on this machine",
  cure: "give --nb tcp:HOST:6641 or set OVN4NFV_NB, or run doctor in a pod that has it: kubectl -n ovn4nfv-system exec deploy/ovn4nfv-controller -- ovn4nfv doctor",
};

/** The reason where nobody named the Southbound database. */
export const noSouthbound: Unread = {
  why: "it is not checked: no --sb endpoint is given",
  cure: "give --sb tcp:HOST:6642, or set OVN4NFV_SB",
};

const meanings: Readonly<Record<Exclude<EndpointState["state"], "open">, readonly [says: string, cure: string]>> = {
  refused: [
    "nothing listens there",
    "start the database server, or correct its connection setting (ovn-nbctl set-connection)",
  ],
  silent: [
    "it does not answer",
    "look for a firewall between here and there that drops packets, or for a host that is down",
  ],
  absent: ["there is no such socket", "run doctor where the socket is, or name a tcp: or ssl: endpoint"],
  unreachable: ["it cannot be reached", "check the address, and routes and name resolution"],
};

export function judgeNorthbound({ northbound }: Facts): readonly DoctorFinding[] {
  const [only, ...others] = northbound;
  if (only?.endpoint === flagTable.nbEndpoints.default && only.state === "absent" && others.length === 0) {
    return [unknown("northbound", noNorthbound)];
  }
  return judgeEndpoints("northbound", northbound, "no addresses can be allocated or released");
}

export function judgeSouthbound({ southbound }: Facts): readonly DoctorFinding[] {
  if (southbound.length === 0) return [unknown("southbound", noSouthbound)];
  return judgeEndpoints("southbound", southbound, "the chassis cannot be checked");
}

function judgeEndpoints(check: string, endpoints: readonly EndpointState[], loss: string): readonly DoctorFinding[] {
  const isAnyOpen = endpoints.some(({ state }) => state === "open");
  const findings = endpoints.flatMap(({ endpoint, state }) => {
    if (state === "open") return [];
    const [says, cure] = meanings[state];
    return isAnyOpen
      ? [warning(check, `${endpoint}: ${says}; another member answers`, cure)]
      : [failed(check, `${endpoint}: ${says}: ${loss}`, cure)];
  });
  return findings.length > 0 ? findings : [ok(check, `${endpoints.map(({ endpoint }) => endpoint).join(", ")} open`)];
}

export function judgeNorthd({ northd }: Facts): readonly DoctorFinding[] {
  const check = "northd";
  if ("why" in northd) return [unknown(check, northd)];
  const { from, why } = compatibility.ovn;
  const { version, follows } = northd.value;
  if (version === undefined) {
    return [
      warning(check, "ovn-northd has left no version in NB", "start ovn-northd: without it nothing reaches chassis"),
    ];
  }
  if (follows === false) {
    const says = "ovn-northd does not carry changes to the Southbound database: new pods get no traffic";
    return [failed(check, says, "restart ovn-northd; its log, or that of the Southbound database, says what hangs")];
  }
  if (isVersionAtLeast(version, from) === false) {
    return [warning(check, `OVN ${version} is older than ${from}: ${why}`, `use OVN ${from} or newer`)];
  }
  return [ok(check, `OVN ${version}`)];
}

export function judgeChassis({ chassis, nodes, northd }: Facts): readonly DoctorFinding[] {
  const check = "chassis";
  if ("why" in chassis) return [unknown(check, chassis)];
  if ("why" in nodes) return [unknown(check, nodes)];
  if ("value" in northd && northd.value.follows === false) {
    return [
      unknown(check, { why: "ovn-northd does not pass on the question that chassis answer; see the line northd" }),
    ];
  }
  const strangers = chassis.value.filter((each) => each.answers && !nodes.value.some((node) => isOf(each, node)));
  const findings = nodes.value.flatMap((node): DoctorFinding[] => {
    const found = chassis.value.find((each) => isOf(each, node));
    const cure = `start ovn-controller on ${node.name}, and look at its log`;
    if (found === undefined) return [failed(check, `node ${node.name} has no chassis: its pods get no traffic`, cure)];
    if (!found.answers) return [failed(check, `the chassis ${found.name} of node ${node.name} does not answer`, cure)];
    return judgePublished(node, found);
  });
  findings.push(...chassis.value.flatMap((each) => judgeHostname(each, chassis.value)));
  if (strangers.length > 0) {
    const names = strangers.map(({ name, hostname }) => `${name} (host ${hostname})`).join(", ");
    const says = `there is no node for chassis that answer: ${names}; a node may have been deleted while its kubelet lives`;
    const cure = "restart the kubelet there, which makes the node again; a host outside this cluster needs nothing";
    findings.push(warning(check, says, cure));
  }
  return findings.length > 0 ? findings : [ok(check, `the ovn-controllers of all ${nodes.value.length} nodes answer`)];
}

/** The ports of a node's pods request the chassis that its agent published. */
function judgePublished({ name, published }: NodePlace, found: ChassisState): DoctorFinding[] {
  if (published === undefined || published === found.name) return [];
  if (published === "") {
    const says = `node ${name} has published no chassis, so that every chassis may take the ports of its pods`;
    return [warning("chassis", says, `look at the log of the agent on ${name} for the OvnNode that it writes`)];
  }
  const says = `node ${name} has published the chassis ${published}, but OVN knows it as ${found.name}: its pods get no traffic`;
  const cure = `make external_ids:system-id in Open vSwitch of ${name} the name of its chassis, without an override`;
  return [failed("chassis", says, cure)];
}

/** Has findings only where several nodes publish one chassis. The host name is what the token of an agent cannot change. */
export function judgeClaims({ nodes, chassis }: Facts): readonly DoctorFinding[] {
  if ("why" in nodes) return [];
  const claims = Map.groupBy(
    nodes.value.filter(({ published }) => published !== undefined && published !== ""),
    ({ published }) => published,
  );
  return [...claims].flatMap(([id, claimants]) => {
    if (claimants.length < 2) return [];
    const names = claimants.map(({ name }) => name);
    const found = "value" in chassis ? chassis.value.find(({ name }) => name === id) : undefined;
    const owner = names.find((name) => name === found?.hostname);
    const whose =
      owner === undefined ? "" : `, which is that of ${owner} by its host name: the others count for no gateway`;
    const says = `the nodes ${names.join(", ")} all publish the chassis ${id ?? ""}${whose}`;
    const cure =
      "give each Open vSwitch a system id of its own (external_ids:system-id). Where that is right, the token of an agent is in wrong hands: delete its pod, and its OvnNode";
    return [failed("chassis", says, cure)];
  });
}

/** OVN gives a port to the chassis that has the requested name, and also to one that has it as its host name. */
function judgeHostname({ name, hostname }: ChassisState, all: readonly ChassisState[]): DoctorFinding[] {
  const other = all.find((each) => each.name !== name && each.name === hostname);
  if (other === undefined) return [];
  const says = `the chassis ${name} has the host name ${hostname}, which is another chassis: it may take the ports of that one`;
  const cure = `find out who set external_ids:hostname in Open vSwitch of ${name}, and correct it`;
  return [failed("chassis", says, cure)];
}

function isOf({ name, hostname }: ChassisState, node: NodePlace): boolean {
  return name === node.chassis || hostname === node.name;
}
