import assert from "node:assert/strict";
import { test } from "node:test";
import type { TracedFlow, TracedPipeline } from "#src/commands/trace/read-trace.ts";
import { dropReason, isDrop, ruleOf, type StageView } from "#src/commands/trace/stage-words.ts";
import { flowsWithRows, tellStory } from "#src/commands/trace/trace-story.ts";
import type { DecidingRow } from "#src/commands/trace/deciding-rows.ts";

const flow = (stage: string, actions: readonly string[], match = "1", uuidPrefix = "0"): TracedFlow => ({
  stage,
  flow: { match, priority: 100, uuidPrefix },
  actions: [...actions],
});

const pipeline = (
  datapath: string,
  flows: readonly TracedFlow[],
  more: Partial<TracedPipeline> = {},
): TracedPipeline => ({
  half: "ingress",
  datapath,
  inport: "",
  outport: "",
  isQuery: false,
  flows: [...flows],
  ...more,
});

const policyRow = (row: string): DecidingRow => ({
  table: "Logical_Router_Policy",
  uuid: "",
  row: { action: "reroute", match: "ip4" },
  ids: new Map([["k8s.plugin.opnfv.org/row", row]]),
});

const view = (row?: DecidingRow): StageView => ({
  rowOf: () => row,
  routerBehind: (port) => (port === "stor-left" ? "master" : undefined),
  switchBehind: (port) => (port === "rtos-right" ? "right" : undefined),
});

const output = (port: string, type: string) =>
  flow("ls_out_apply_port_sec", [`/* output to "${port}", type "${type}" */`]);

test("the next hop of a chain counts, and not the route that it overrides", () => {
  const story = tellStory(
    [
      pipeline("left", [flow("ls_in_l2_lkup", ['outport = "stor-left";'])]),
      pipeline("master", [
        flow("lr_in_ip_routing", ["ip.ttl--;", "reg0 = ip4.dst;", 'outport = "rtos-right";']),
        flow("lr_in_policy", ["reg0 = 10.1.0.9;"]),
      ]),
      pipeline("left", [output("fw", "")]),
    ],
    view(policyRow("chains/uid/ipv4-forward-0-via-fw-0")),
  );
  assert.deepEqual(
    story.steps.map(({ what }) => what),
    ["goes to the router master", "the chain sends it to its pod fw-0, 10.1.0.9"],
  );
  assert.deepEqual([story.end, story.routers], [{ kind: "delivered", ports: ["fw"] }, 1]);
});

test("a chain without pods, and a policy of somebody else, are told apart", () => {
  const policy = [pipeline("master", [flow("lr_in_policy", ["drop;"])])];
  const closed = tellStory(policy, view(policyRow("chains/uid/ipv4-forward-0-closed")));
  assert.match(closed.steps[0]?.what ?? "", /^the chain has no pod/);
  assert.ok(closed.end.kind === "dropped" && closed.end.row !== undefined);
  assert.match(tellStory(policy, view(policyRow(""))).steps[0]?.what ?? "", /^router policy reroute: ip4$/);
});

test("a network that lets nothing in from another one is told from its policies", () => {
  const policy = [pipeline("master", [flow("lr_in_policy", ["drop;"])])];
  const closed = tellStory(policy, view(policyRow("uid/reach-closed")));
  assert.match(closed.steps[0]?.what ?? "", /^the network lets nothing in from there: reachableFrom does not name it$/);
  const open = tellStory([pipeline("master", [flow("lr_in_policy", [])])], view(policyRow("uid/reach-open")));
  assert.match(open.steps[0]?.what ?? "", /^the network lets in what comes from there$/);
});

test("the end is the wire, an answer, a question or a drop", () => {
  const end = (...pipelines: readonly TracedPipeline[]) => tellStory(pipelines, view()).end;
  assert.deepEqual(end(pipeline("wired", [output("wired-localnet", "localnet")])), {
    kind: "wire",
    port: "wired-localnet",
    datapath: "wired",
  });
  const answer = flow("lr_in_ip_input", ["ip4.dst <-> ip4.src;"], "icmp4.type == 8");
  const answered = end(
    pipeline("left", [], { inport: "p1" }),
    pipeline("master", [answer]),
    pipeline("left", [output("p1", "")]),
  );
  assert.deepEqual(answered, { kind: "answered", by: "master" });
  const asking = pipeline("gw", [flow("lr_in_arp_request", ["arp { output; };"])]);
  assert.deepEqual(end(asking, pipeline("gw", [], { isQuery: true })), { kind: "asks", by: "gw" });
  assert.deepEqual(end(pipeline("left", [flow("ls_in_l2_unknown", ["drop;"])])), {
    kind: "dropped",
    by: "left",
    reason: "nobody on the switch has the MAC address of the destination or of the next hop",
    row: undefined,
  });
});

test("only tables in which somebody's rows decide are looked up, and an unknown one is named with its match", () => {
  const flows = [flow("lr_out_snat", []), flow("ls_in_l2_lkup", []), flow("ls_in_pre_lb", [])];
  assert.deepEqual(flowsWithRows([pipeline("x", flows)]), [flows[0]]);
  assert.equal(ruleOf(flow("ls_in_pre_lb", [])), undefined);
  assert.equal(dropReason(flow("lr_in_new_table", ["drop;"], "ip6")), "the table lr_in_new_table: ip6");
  assert.equal(dropReason({ stage: "lr_in_x", flow: undefined, actions: [] }), "the table lr_in_x has no flow for it");
  assert.ok(isDrop({ actions: ["drop;"] }));
});

test("each form of address translation is understood", () => {
  const forms: readonly (readonly [stage: string, action: string, words: string])[] = [
    ["lr_out_snat", "ct_snat(192.0.2.5);", "NAT: the source becomes 192.0.2.5"],
    ["lr_out_snat", "ct_snat_in_czone(192.0.2.5);", "NAT: the source becomes 192.0.2.5"],
    ["lr_in_dnat", "ct_dnat(10.1.0.3);", "NAT: the destination becomes 10.1.0.3"],
    ["lr_in_dnat", "ct_dnat_in_czone(fd00::3);", "NAT: the destination becomes fd00::3"],
    ["lr_in_dnat", "ip4.dst = 10.1.0.3;", "NAT: the destination becomes 10.1.0.3"],
    ["lr_in_dnat", "ct_lb_mark(backends=10.1.0.3:80,10.1.0.4:80);", "load balancer: to one of 10.1.0.3:80,10.1.0.4:80"],
  ];
  for (const [stage, action, words] of forms) {
    assert.equal(tellStory([pipeline("gw", [flow(stage, [action])])], view()).steps[0]?.what, words);
  }
});
