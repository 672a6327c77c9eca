// Reads what ovn-trace prints, ovn-trace(8) "Detailed Output": the pipelines that a packet goes through, each with the
// logical flows that it matched.

/** A logical flow that the packet matched; or none, where no flow of the table did. */
export interface TracedFlow {
  /** The name of the table, as `lr_in_policy`. */
  readonly stage: string;
  /** Undefined where no flow matched, which drops the packet. */
  readonly flow: { readonly match: string; readonly priority: number; readonly uuidPrefix: string } | undefined;
  /** The actions and remarks, a line each. */
  readonly actions: string[];
}

/** The way of a packet through one half of a switch or router. */
export interface TracedPipeline {
  readonly half: "ingress" | "egress" | "multicast";
  /** The name of the switch or router. */
  readonly datapath: string;
  readonly inport: string;
  readonly outport: string;
  readonly flows: TracedFlow[];
  /** True for a question for a MAC address that the router asks, and not for the packet itself. */
  readonly isQuery: boolean;
}

interface Open {
  readonly indent: number;
  /** The place of the numbers of its flows; undefined before the first one. */
  flowIndent: number | undefined;
  readonly pipeline: TracedPipeline | undefined;
  readonly isQuery: boolean;
}

const flowLine =
  /^ *\d+\. (?<stage>\w+)(?: \([^)]*\))?: (?:no match\b.*|(?<match>.*), priority (?<priority>\d+), uuid (?<uuid>[0-9a-f]+))$/;
const pipelineTitle = /^(?<half>ingress|egress|multicast)\((?<arguments>.*)\)$/;
const queryTitle = /^(?:arp|nd_ns)\b/;

/**
 * Gives the pipelines in their order. Since 25.03 ovn-trace goes on behind a question for a MAC address, whose own way it
 * indents; before, the trace ends with the question.
 */
export function readTrace(text: string): readonly TracedPipeline[] {
  const pipelines: TracedPipeline[] = [];
  const open: Open[] = [];
  const lines = text.split("\n");
  let endsWithQuery = false;
  for (const [index, line] of lines.entries()) {
    const indent = line.length - line.trimStart().length;
    if (isTitle(line, lines[index + 1])) {
      const title = line.trim();
      const isQuery = queryTitle.test(title);
      const found = pipelineTitle.exec(title)?.groups;
      if (found === undefined && !isQuery) continue;
      while (open.length > 0 && indent <= (open.at(-1)?.indent ?? 0)) {
        const closed = open.pop();
        if (isQuery && closed?.flowIndent === indent) endsWithQuery = true;
      }
      const inQuery = isQuery || endsWithQuery || open.some((one) => one.isQuery);
      const pipeline = found && emptyPipeline(found, inQuery);
      if (pipeline !== undefined) pipelines.push(pipeline);
      open.push({ indent, flowIndent: undefined, pipeline, isQuery: inQuery });
      continue;
    }
    const flow = flowLine.exec(line)?.groups;
    if (flow !== undefined) {
      const place = line.indexOf(".") - 2;
      while (open.length > 1 && isBehind(open.at(-1), place)) open.pop();
      const current = open.at(-1);
      if (current === undefined) continue;
      current.flowIndent ??= place;
      current.pipeline?.flows.push(readFlow(flow));
    } else if (line.trim() !== "" && !/^ *-+$/.test(line)) {
      open.at(-1)?.pipeline?.flows.at(-1)?.actions.push(line.trim());
    }
  }
  return pipelines;
}

/** True when the flow at this place belongs to a pipeline further out. */
function isBehind(open: Open | undefined, place: number): boolean {
  return open !== undefined && (place < open.indent || (open.flowIndent !== undefined && place < open.flowIndent));
}

function isTitle(line: string, next: string | undefined): boolean {
  return line.trim() !== "" && next !== undefined && /^ *-{3,}$/.test(next) && next.length === line.length;
}

function emptyPipeline(found: Readonly<Record<string, string | undefined>>, isQuery: boolean): TracedPipeline {
  const given = new Map(
    [...(found["arguments"] ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = "", value = ""]) => [
      name,
      value,
    ]),
  );
  return {
    half: (found["half"] ?? "") as TracedPipeline["half"],
    datapath: given.get("dp") ?? "",
    inport: given.get("inport") ?? "",
    outport: given.get("outport") ?? "",
    flows: [],
    isQuery,
  };
}

function readFlow({ stage = "", match, priority, uuid }: Readonly<Record<string, string | undefined>>): TracedFlow {
  const flow =
    match === undefined || priority === undefined || uuid === undefined
      ? undefined
      : { match, priority: Number(priority), uuidPrefix: uuid };
  return { stage, flow, actions: [] };
}
