// Says in words what a logical flow did to a packet, for the tables of OVN's pipelines in which something is decided; see
// ovn-northd(8), "Logical Flow Table Structure".
import { chainScopes } from "#src/ovn/rows/chain-rows.ts";
import { reachRowNames } from "#src/ovn/rows/reach-rows.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import type { TracedFlow } from "./read-trace.ts";
import type { DecidingRow } from "./deciding-rows.ts";

/** The knowledge about the parts of OVN that a flow names. */
export interface StageView {
  /** The row that a flow was made from, where the table has rules of somebody. */
  readonly rowOf: (flow: TracedFlow) => DecidingRow | undefined;
  /** The router that a switch port leads to; undefined for any other port. */
  readonly routerBehind: (port: string) => string | undefined;
  /** The switch that a router port leads to. */
  readonly switchBehind: (port: string) => string | undefined;
}

/** The words for a flow; undefined when it decided nothing that is worth a line. */
type Words = (flow: TracedFlow, view: StageView) => string | undefined;

interface StageRule {
  readonly stage: RegExp;
  /** True when the flows come from rows of somebody, which are worth being looked up. */
  readonly hasRows: boolean;
  readonly words: Words;
}

const found = (flow: TracedFlow, pattern: RegExp): string | undefined =>
  flow.actions.map((action) => pattern.exec(action)?.[1]).find((one) => one !== undefined);

const reroute: Words = (flow, view) => {
  const row = view.rowOf(flow);
  if (row === undefined) return undefined;
  const [scope, second, ...rest] = (row.ids.get(externalId("row")) ?? "").split("/");
  const pod = /-via-(.+)$/.exec(rest.join("/"))?.[1];
  const nextHop = nextHopOf(flow);
  if (scope === chainScopes && pod !== undefined) return `the chain sends it to its pod ${pod}, ${nextHop ?? "?"}`;
  if (scope === chainScopes) return "the chain has no pod that takes it, and lets nothing go around";
  const [name] = rest.length === 0 ? [second] : [];
  if (name === reachRowNames.open) return "the network lets in what comes from there";
  if (name === reachRowNames.closed) return "the network lets nothing in from there: reachableFrom does not name it";
  const { action, match } = row.row;
  return `router policy ${String(action)}${nextHop === undefined ? "" : ` to ${nextHop}`}: ${String(match)}`;
};

const translate = (field: "src" | "dst"): Words => {
  const changed = new RegExp(
    `^(?:ct_(?:snat|dnat)(?:_in_czone)?\\(|ip[46]\\.${field} ?= ?)([0-9a-fA-F.:]+)[^;]*\\)?;$`,
  );
  const name = field === "src" ? "source" : "destination";
  return (flow) => {
    const address = found(flow, changed);
    return address === undefined ? undefined : `NAT: the ${name} becomes ${address}`;
  };
};

const balance: Words = (flow) => {
  const backends = found(flow, /^ct_lb\w*\(backends=([^);]+)/);
  return backends === undefined ? undefined : `load balancer: to one of ${backends}`;
};

const judge: Words = (flow, view) => {
  const row = view.rowOf(flow);
  return row?.table === "ACL" ? `ACL ${String(row.row["action"])}: ${String(row.row["match"])}` : undefined;
};

const route: Words = (flow, view) => {
  const port = found(flow, /^outport = "(.+)";$/);
  if (port === undefined) return undefined;
  const link = view.switchBehind(port) ?? port;
  const nextHop = nextHopOf(flow);
  return nextHop === undefined ? `routed into ${link}` : `routed to ${nextHop} in ${link}`;
};

const lookUp: Words = (flow, view) => {
  const port = found(flow, /^outport = "(.+)";$/);
  const router = port === undefined ? undefined : view.routerBehind(port);
  return router === undefined ? undefined : `goes to the router ${router}`;
};

const answerEcho: Words = ({ flow, actions }) => {
  const isEcho = flow?.match.includes("icmp4.type == 8") === true || flow?.match.includes("icmp6.type == 128") === true;
  return isEcho && !isDrop({ actions }) ? "the router answers the ping" : undefined;
};

const resolve: Words = (flow) => {
  const known = found(flow, /^\/\* MAC binding to ([0-9a-f:]+)\. \*\/$/);
  return known === undefined ? undefined : `the next hop has the MAC address ${known}`;
};

/** In the order of trial. A table that no rule names decides nothing for us. */
const rules: readonly StageRule[] = [
  { stage: /^ls_(?:in|out)_acl(?:_after_lb)?(?:_eval)?$/, hasRows: true, words: judge },
  { stage: /^ls_in_lb$/, hasRows: true, words: balance },
  { stage: /^ls_in_l2_lkup$/, hasRows: false, words: lookUp },
  { stage: /^lr_in_ip_input$/, hasRows: false, words: answerEcho },
  {
    stage: /^lr_in_dnat$/,
    hasRows: true,
    words: (flow, view) => balance(flow, view) ?? translate("dst")(flow, view),
  },
  { stage: /^lr_in_ip_routing$/, hasRows: true, words: route },
  { stage: /^lr_in_policy$/, hasRows: true, words: reroute },
  { stage: /^lr_in_arp_resolve$/, hasRows: false, words: resolve },
  { stage: /^lr_out_snat$/, hasRows: true, words: translate("src") },
];

export function ruleOf({ stage }: TracedFlow): StageRule | undefined {
  return rules.find((rule) => rule.stage.test(stage));
}

function nextHopOf(flow: TracedFlow): string | undefined {
  return found(flow, /^(?:xx)?reg0 = ([0-9a-f.:]+);$/);
}

/** True for a flow that ends the packet's way. */
export function isDrop({ actions }: Pick<TracedFlow, "actions">): boolean {
  return actions.some((action) => action === "drop;");
}

const drops: readonly (readonly [stage: RegExp, reason: string])[] = [
  [/^ls_in_(?:check|apply)_port_sec/, "port security: the interface may not send with this MAC address or source"],
  [/^ls_out_(?:check|apply)_port_sec/, "port security: the receiver does not have this destination"],
  [/^ls_in_l2_(?:lkup|unknown)$/, "nobody on the switch has the MAC address of the destination or of the next hop"],
  [/^lr_in_admission$/, "the router does not have the MAC address to which it was sent"],
  [/^lr_in_ip_input$/, "the router takes no such packet"],
  [/^lr_in_ip_routing/, "the router has no route to the destination"],
  [/^ls_(?:in|out)_acl/, "an ACL"],
  [/^lr_in_policy/, "a router policy"],
];

/** The reason for which a packet ended in this table. */
export function dropReason({ stage, flow }: TracedFlow): string {
  const known = drops.find(([pattern]) => pattern.test(stage))?.[1];
  return known ?? `the table ${stage}${flow === undefined ? " has no flow for it" : `: ${flow.match}`}`;
}
