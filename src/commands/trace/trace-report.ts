// The report of a trace: a line for each decision with the object that made it, and the end in a sentence.
import { AppError } from "#src/core/errors.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { printIp } from "#src/net/ip.ts";
import { paint, plainStyle, type TextStyle } from "../output/text-style.ts";
import { type Column, printTable } from "../output/text-table.ts";
import { visibleText } from "../output/visible-text.ts";
import type { PacketKind } from "./microflow.ts";
import { type TracedInterface, printInterfaceName } from "./traced-interfaces.ts";
import type { PodWay } from "./pod-way.ts";
import type { NameObject } from "./row-objects.ts";
import type { TraceEnd, TraceStory } from "./trace-story.ts";

/** One line of the report. */
interface ReportLine {
  readonly where: string;
  readonly what: string;
  /** The object that decided; `-` where OVN did by itself. */
  readonly by: string;
}

export interface TraceReport {
  readonly packet: string;
  readonly steps: readonly ReportLine[];
  readonly end: TraceEnd["kind"];
  readonly says: string;
  /** Remarks about things that the trace cannot know, or that are not as they should be. */
  readonly notes: readonly string[];
}

/** A way from an interface, and what became of the packet on it. A function of a chain sends the packet on a second one. */
export interface TracedWay {
  readonly way: PodWay;
  readonly story: TraceStory;
}

export interface ReportView {
  readonly nameObject: NameObject;
  readonly interfaceOf: (port: string) => TracedInterface | undefined;
  /** The ids of switches and routers by name. */
  readonly idsOf: (datapath: string) => ReadonlyMap<string, string> | undefined;
}

export function reportTrace(ways: readonly TracedWay[], kind: PacketKind, view: ReportView): TraceReport {
  const [first] = ways;
  const last = ways.at(-1);
  if (first === undefined || last === undefined) throw new AppError("Internal", "a trace has at least one way");
  const protocol = kind.proto === "icmp" ? "ping" : `${kind.proto} port ${kind.port}`;
  return {
    packet: `${printInterfaceName(first.way.from)} ${printIp(first.way.source)} > ${printIp(first.way.destination)}, ${protocol}`,
    steps: ways.flatMap(({ way, story }, index) => [
      sending(way, index > 0, view),
      ...story.steps.map(({ where, what, row }) => ({
        where,
        what,
        by: row === undefined ? "-" : byWhom(row.ids, where, view),
      })),
    ]),
    end: last.story.end.kind,
    says: sayEnd(last, view),
    notes: notesOf(ways, view),
  };
}

function sending({ from, nextHop, destination, mac }: PodWay, isFunction: boolean, view: ReportView): ReportLine {
  const name = printInterfaceName(from);
  const to = printIp(nextHop) === printIp(destination) ? "directly" : `to ${printIp(nextHop)}`;
  const neighbour = mac === undefined ? "; OVN knows nobody with this address" : `, at ${mac}`;
  const what = isFunction ? `${name} forwards it ${to}` : `${name} sends it ${to}${neighbour}`;
  const by =
    isFunction && from.chain !== undefined
      ? view.nameObject(chainIds(from.chain))
      : `Pod ${from.namespace}/${from.pod}`;
  return { where: from.network.network.name, what, by };
}

/** The keys of a row of the chain with this UID. */
function chainIds(uid: string): ReadonlyMap<string, string> {
  return new Map([
    [externalId("owner"), "ovn4nfv"],
    [externalId("row"), `chains/${uid}/port`],
  ]);
}

/** Names the object of a row; where the row stands on the gateway of another object, that one as well. */
function byWhom(ids: ReadonlyMap<string, string>, where: string, { nameObject, idsOf }: ReportView): string {
  const own = nameObject(ids);
  const place = idsOf(where);
  const holder = place === undefined ? undefined : nameObject(place);
  return holder === undefined ||
    holder === own ||
    holder === "ovn4nfv" ||
    holder === "somebody else" ||
    own === "somebody else"
    ? own
    : `${own}, ${holder}`;
}

function sayEnd({ way, story: { end } }: TracedWay, view: ReportView): string {
  switch (end.kind) {
    case "delivered": {
      const names = end.ports.map((port) => {
        const one = view.interfaceOf(port);
        return one === undefined ? `the port ${port} of somebody else` : printInterfaceName(one);
      });
      return `delivered to ${names.join(" and ")}`;
    }
    case "wire": {
      const ids = view.idsOf(end.datapath);
      const object = ids === undefined ? "" : `, of ${view.nameObject(ids)}`;
      return `leaves by the wire of ${end.datapath}${object}`;
    }
    case "answered":
      return `answered by ${end.by}: the ping comes back to ${printInterfaceName(way.from)}`;
    case "asks":
      return `${end.by} asks for the MAC address of the next hop, and sends the packet when it is answered`;
    case "dropped":
      return `dropped by ${end.by}: ${end.reason}${end.row === undefined ? "" : ` of ${view.nameObject(end.row.ids)}`}`;
  }
}

function notesOf(ways: readonly TracedWay[], view: ReportView): readonly string[] {
  const [first] = ways;
  const last = ways.at(-1);
  const notes: string[] = [];
  if (first?.way.isChosen === false) {
    const { from, destination } = first.way;
    notes.push(
      `no route of the pod leads to ${printIp(destination)} by ${from.name}, so that the packet leaves by another interface ` +
        "unless the program binds itself to this one",
    );
  }
  if (last?.story.end.kind === "asks") {
    notes.push(
      "ovn-trace of OVN before 25.03 ends here: trace again when packets have passed, and the address is known",
    );
  }
  if (ways.length > 1)
    notes.push("the pods of the chain are taken to forward the packet to the gateway of their next network");
  for (const port of last?.story.end.kind === "delivered" ? last.story.end.ports : []) {
    const one = view.interfaceOf(port);
    if (one !== undefined && !one.isUp)
      notes.push(`no chassis has the port of ${printInterfaceName(one)}: the packet is lost there`);
  }
  if (first !== undefined && !first.way.from.isUp) {
    notes.push(`no chassis has the port of ${printInterfaceName(first.way.from)}, so that it cannot send`);
  }
  return notes;
}

const columns: readonly Column<ReportLine>[] = [
  { title: "where", value: ({ where }) => where },
  { title: "what", value: ({ what }) => what },
  { title: "by", value: ({ by }) => by },
];

export function printReport({ packet, steps, end, says, notes }: TraceReport, style: TextStyle = plainStyle): string {
  const remarks = notes.map((note) => `note: ${visibleText(note)}\n`).join("");
  const outcome = paint(visibleText(says), end === "dropped" ? "bad" : "good", style);
  return `${visibleText(packet)}\n\n${printTable(steps, columns, style)}\n${outcome}\n${remarks}`;
}
