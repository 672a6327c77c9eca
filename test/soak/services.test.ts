// 10,000 connections through a Service while its backends are drained in turn: from its network, from another one, and from outside.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import {
  outsideIpv4,
  outsideSpec,
  shopIpv4,
  shopIpv6,
  shopService,
  ShopStack,
} from "#test/stacks/services/shop-stack.ts";
import { drainDuring } from "#test/stacks/services/drained-backends.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(chassisPrograms) || whyToolsAreMissing(controlPlaneTools);
const count = 10_000;

describe("a Service under many connections", { skip: whyNot }, () => {
  let stack: ShopStack;
  before(async () => {
    stack = await ShopStack.start();
    const asked = { "k8s.plugin.opnfv.org/load-balancer-ips": outsideIpv4 };
    await stack.datapath.admission.plane.kubectl.apply([shopService("web", outsideSpec, asked)]);
    await stack.untilReason("web", "ServedOutside", "ServedOutside");
    await stack.untilReached(outsideIpv4);
  });
  after(() => stack[Symbol.asyncDispose]());

  for (const [from, to] of [
    ["near", shopIpv4],
    ["near", shopIpv6],
    ["far", shopIpv4],
    ["outside", outsideIpv4],
  ] as const) {
    it(`loses none of ${count} connections from ${from} to ${to}`, async (t) => {
      const begin = performance.now();
      const { answered, drains } = await drainDuring(stack, from, to, count);
      const seconds = Math.round((performance.now() - begin) / 1_000);
      t.diagnostic(`${JSON.stringify(answered)} in ${seconds} s, ${drains} drains`);
      for (const share of Object.values(answered)) assert.ok(share >= count / 10, JSON.stringify(answered));
    });
  }

  it("leaves the ClusterIP to nobody, and writes none of it", async () => {
    const { kubectl } = stack.datapath.admission.plane;
    const ip = await kubectl.must(["get", "service", "web", "-o=jsonpath={.spec.clusterIP}"]);
    assert.ok(!(await stack.balancers()).includes(ip), ip);
  });
});
