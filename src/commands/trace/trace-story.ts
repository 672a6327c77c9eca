// Tells the way of one packet through the logical network: a line for each decision, and the end.
import type { TracedFlow, TracedPipeline } from "./read-trace.ts";
import { dropReason, isDrop, ruleOf, type StageView } from "./stage-words.ts";
import type { DecidingRow } from "./deciding-rows.ts";

/** One decision about the packet. */
export interface TraceStep {
  /** The switch or router. */
  readonly where: string;
  readonly what: string;
  /** Undefined where no row of somebody decided, but OVN itself. */
  readonly row: DecidingRow | undefined;
}

/** Where the packet's way ends. */
export type TraceEnd =
  | { readonly kind: "delivered"; readonly ports: readonly string[] }
  | { readonly kind: "wire"; readonly port: string; readonly datapath: string }
  | { readonly kind: "answered"; readonly by: string }
  | { readonly kind: "asks"; readonly by: string }
  | { readonly kind: "dropped"; readonly by: string; readonly reason: string; readonly row: DecidingRow | undefined };

export interface TraceStory {
  readonly steps: readonly TraceStep[];
  readonly end: TraceEnd;
  /** The number of routers that have taken from the time to live. */
  readonly routers: number;
}

/** The flows whose rows the story needs. */
export function flowsWithRows(pipelines: readonly TracedPipeline[]): readonly TracedFlow[] {
  return pipelines.flatMap(({ flows }) => flows.filter((flow) => ruleOf(flow)?.hasRows === true));
}

export function tellStory(pipelines: readonly TracedPipeline[], view: StageView): TraceStory {
  const own = pipelines.filter(({ isQuery }) => !isQuery);
  const steps = own.flatMap(({ datapath, flows }) => {
    const told = flows.flatMap((flow): readonly (TraceStep & { readonly stage: string })[] => {
      const rule = ruleOf(flow);
      const what = rule?.words(flow, view);
      if (what === undefined) return [];
      return [{ stage: flow.stage, where: datapath, what, row: rule?.hasRows === true ? view.rowOf(flow) : undefined }];
    });
    // A policy decides after the routes, and then its next hop counts.
    const isRerouted = told.some(({ stage }) => stage === "lr_in_policy");
    return told
      .filter(({ stage }) => !(isRerouted && stage === "lr_in_ip_routing"))
      .map(({ where, what, row }): TraceStep => ({ where, what, row }));
  });
  return { steps, end: endOf(pipelines, own, steps.at(-1)), routers: routersPassed(own) };
}

function routersPassed(pipelines: readonly TracedPipeline[]): number {
  return pipelines.flatMap(({ flows }) => flows).filter(({ actions }) => actions.includes("ip.ttl--;")).length;
}

function endOf(
  pipelines: readonly TracedPipeline[],
  own: readonly TracedPipeline[],
  step: TraceStep | undefined,
): TraceEnd {
  const outputs = own.flatMap(({ datapath, flows }) =>
    flows.flatMap(({ actions }) =>
      actions.flatMap((action) => {
        const [, port = "", type] = /^\/\* output to "(.*)", type "(.*)" \*\/$/.exec(action) ?? [];
        return type === undefined ? [] : [{ datapath, port, type }];
      }),
    ),
  );
  const delivered = outputs.filter(({ type }) => type === "").map(({ port }) => port);
  const [first] = own;
  const answering = own.find(({ flows }) => flows.some((flow) => isAnswer(flow)));
  if (answering !== undefined && delivered.includes(first?.inport ?? "")) {
    return { kind: "answered", by: answering.datapath };
  }
  const wire = outputs.find(({ type }) => type === "localnet");
  // A packet for nobody on the switch goes to the wire, and to ports that take everything.
  if (wire !== undefined) return { kind: "wire", port: wire.port, datapath: wire.datapath };
  if (delivered.length > 0) return { kind: "delivered", ports: delivered };
  const last = own.findLast(({ flows }) => flows.length > 0);
  const flow = last?.flows.at(-1);
  const question = pipelines.find(({ isQuery }) => isQuery);
  if (question !== undefined && (flow === undefined || !isDrop(flow))) {
    return { kind: "asks", by: question.datapath };
  }
  const by = last?.datapath ?? first?.datapath ?? "";
  const reason = flow === undefined ? "no flow took it" : dropReason(flow);
  return { kind: "dropped", by, reason, row: isByRow(flow) && step?.where === by ? step.row : undefined };
}

function isAnswer({ stage, flow, actions }: TracedFlow): boolean {
  return (
    stage === "lr_in_ip_input" &&
    /icmp[46]\.type == (?:8|128)/.test(flow?.match ?? "") &&
    actions.some((action) => action.includes("<->"))
  );
}

/** True for the tables that drop by rows of somebody. */
function isByRow(flow: TracedFlow | undefined): boolean {
  return /^(?:ls_(?:in|out)_acl|lr_in_policy)/.test(flow?.stage ?? "");
}
