import assert from "node:assert/strict";
import { test } from "node:test";
import { readTrace } from "#src/commands/trace/read-trace.ts";

const title = (text: string, indent = 0): string =>
  [text, "-".repeat(text.length)].map((line) => `${" ".repeat(indent)}${line}`).join("\n");

const resolve = `${title('ingress(dp="gw", inport="rtoj-gw")')}
17. lr_in_arp_resolve (northd.c:12250): ip4, priority 1, uuid 53012a29
    get_arp(outport, reg0);
    /* No MAC binding. */
    next;
21. lr_in_arp_request (northd.c:12929): eth.dst == 00:00:00:00:00:00 && ip4, priority 100, uuid b8d0be11
    arp { eth.dst = ff:ff:ff:ff:ff:ff; output; };
`;

test("a pipeline has its flows, with the actions of each, also behind the conntrack of a load balancer", () => {
  const [first, second] = readTrace(`# tcp,reg14=0x2

${title('ingress(dp="left", inport="p1")')}
 6. ls_in_pre_stateful (northd.c:6132): reg0[2] == 1, priority 110, uuid 62ebf9cb
    ct_lb;

${title("ct_lb /* default (use --ct to customize) */")}
25. ls_in_l2_lkup (northd.c:9193): eth.dst == 0a:58:0a:01:00:01, priority 50, uuid 28e370e3
    outport = "stor-left";
    output;

${title('egress(dp="left", inport="p1", outport="stor-left")')}
 9. ls_out_apply_port_sec: no match (implicit drop)
`);
  assert.equal(first?.datapath, "left");
  assert.deepEqual(
    first.flows.map(({ stage, actions }) => [stage, actions.length]),
    [
      ["ls_in_pre_stateful", 1],
      ["ls_in_l2_lkup", 2],
    ],
  );
  const flow = { match: "eth.dst == 0a:58:0a:01:00:01", priority: 50, uuidPrefix: "28e370e3" };
  assert.deepEqual(first.flows[1]?.flow, flow);
  assert.deepEqual([second?.half, second?.outport, second?.flows[0]?.flow], ["egress", "stor-left", undefined]);
});

test("before 25.03 a question for a MAC address is the end: what follows is the question's own way", () => {
  const pipelines = readTrace(`${resolve}
${title("arp")}
    eth.dst = ff:ff:ff:ff:ff:ff;
    output;

${title('egress(dp="gw", inport="rtoj-gw", outport="rtoe-gw")')}
 6. lr_out_delivery (northd.c:12995): outport == "rtoe-gw", priority 100, uuid 127a19a4
    output;

${title('ingress(dp="ext", inport="etor-gw")')}
25. ls_in_l2_lkup (northd.c:7938): arp.op == 1, priority 75, uuid 4ca0c311
    output;
`);
  assert.deepEqual(
    pipelines.map(({ datapath, isQuery }) => [datapath, isQuery]),
    [
      ["gw", false],
      ["gw", true],
      ["ext", true],
    ],
  );
});

test("since 25.03 the way of the question is indented, and the packet's own goes on behind it", () => {
  const pipelines = readTrace(`${resolve}
${title("arp", 4)}
            output;

${title('egress(dp="gw", inport="rtoj-gw", outport="rtoe-gw")', 8)}
         6. lr_out_delivery (northd.c:16437): outport == "rtoe-gw", priority 100, uuid 094ce471
            output;

${title('multicast(dp="ext", mcgroup="_MC_flood_l2")', 8)}

${title('egress(dp="ext", inport="etor-gw", outport="ext-ln")', 12)}
                 3. ls_out_pre_lb (northd.c:6608): eth.mcast, priority 110, uuid 54c570a2
                    next;
    next;
28. lr_in_ecmp_stateful_egr (northd.c:16302): 1, priority 0, uuid a7ea10c0
    output;

${title('egress(dp="gw", inport="rtoj-gw", outport="rtoe-gw")')}
 3. lr_out_snat (northd.c:17743): ip4.src == 10.1.0.0/24, priority 153, uuid b33a8098
    ct_snat(192.0.2.5);
`);
  assert.deepEqual(
    pipelines.map(({ half, datapath, isQuery, flows }) => [half, datapath, isQuery, flows.length]),
    [
      ["ingress", "gw", false, 3],
      ["egress", "gw", true, 1],
      ["multicast", "ext", true, 0],
      ["egress", "ext", true, 1],
      ["egress", "gw", false, 1],
    ],
  );
});

test("a name with a quotation mark is read whole", () => {
  const [pipeline] = readTrace(`${title('ingress(dp="a\\"b", inport="p")')}
 0. ls_in_check_port_sec (northd.c:1): 1, priority 50, uuid 2db86c2d
`);
  assert.equal(pipeline?.inport, "p");
});
