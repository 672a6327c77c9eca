// Interfaces that come to many running pods and leave them again, under traffic on the interface that the pods had before.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { multusAddOn } from "#lab/cluster/multus.ts";
import { ovn4nfvAddOn } from "#lab/cluster/ovn4nfv-add-on.ts";
import { thickMultusAddOn } from "#lab/cluster/thick-multus.ts";
import { CountedTraffic } from "#test/stacks/lab/counted-traffic.ts";
import { changeLinks, countDatapathLosses } from "#test/stacks/lab/datapath-losses.ts";
import { HotPlug, plugAddresses } from "#test/stacks/lab/hot-plug.ts";
import { LabStack, labPod } from "#test/stacks/lab/lab-stack.ts";

const count = Number(process.env["PODS"] ?? 100);
/** Pods that start at the same time. */
const batch = 10;
/** Changes that are under way at the same time. */
const width = 3;

describe("hot plug of many pods", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  before(async () => {
    const addOns = [multusAddOn, thickMultusAddOn("n1"), thickMultusAddOn("n2"), ovn4nfvAddOn];
    stack = await LabStack.start({ addOns });
  });
  after(() => stack[Symbol.asyncDispose]());

  it(`${count} pods get two interfaces each and lose them, and their first one loses only what Open vSwitch does`, async () => {
    const say = (text: string): void => void process.stderr.write(`${text}\n`);
    const plug = await HotPlug.prepare(stack, ["first", "second", "third"]);
    const names = Array.from({ length: count }, (_, index) => `plug-${index}`);
    const node = (index: number): string => (index % 2 === 0 ? "n1" : "n2");
    await stack.apply(
      labPod("peer", { node: "n1", interfaces: [{ name: "first" }, { name: "second" }, { name: "third" }] }),
    );
    for (let first = 0; first < count; first += batch) {
      const some = names.slice(first, first + batch);
      await stack.apply(
        ...some.map((name, index) =>
          labPod(name, { node: node(first + index), interfaces: [{ name: "first" }], labels: { "hot-plug": "" } }),
        ),
      );
      await stack.ready(...some);
    }
    await stack.ready("peer");
    const [peer = ""] = plugAddresses(await stack.result("peer"));
    const near = names.filter((_, index) => node(index) === "n1");
    const portsBefore = await plug.portsOn("second", "third");
    const traffic = await CountedTraffic.start(stack, await stack.pods("hot-plug"), peer);

    /** Counts the traffic inside the node and across the tunnel meanwhile, and the packets that Open vSwitch has lost. */
    const during = async (title: string, change: () => Promise<void>) => {
      const sinceThen = await countDatapathLosses(stack.lab.nodes);
      const began = performance.now();
      await change();
      const { some: inside, others: across } = await traffic.count(near);
      const losses = await sinceThen();
      const seconds = Math.round((performance.now() - began) / 1000);
      say(`${title} (${seconds} s): ${JSON.stringify({ inside, across, losses })}`);
      return { inside, across, losses };
    };

    await during("before", () => traffic.answered(40));
    const plugged = await during("plugged and unplugged", async () => {
      await plug.each(names, width, (name) => plug.plug(name, ["second", "third"]));
      say(`${count} pods have two more interfaces`);
      await plug.each(names, width, async (name) => {
        const own = plugAddresses((await stack.result(name)).filter(({ network }) => network !== "first"));
        assert.equal(own.length, 2);
        await stack.assertReaches("peer", own);
      });
      await stack.assertSettled();
      await plug.each(names, width, (name) => plug.unplug(name));
    });
    assert.deepEqual(await plug.portsOn("second", "third"), portsBefore, "all addresses are back");
    const bare = await during("as many pairs of devices without any port", async () => {
      await Promise.all(stack.lab.nodes.map((one) => changeLinks(one, count)));
    });
    const quiet = await during("afterwards", () => traffic.answered(40));
    await traffic.end();

    assert.ok(plugged.inside.sent > count * 5, "the traffic ran all the time");
    for (const { inside, across, losses } of [plugged, bare, quiet]) {
      const { received, dropped, overflowed } = losses;
      assert.ok(
        inside.lost <= overflowed,
        `inside the node ${inside.lost} packets were lost, ${overflowed} by full sockets`,
      );
      const known = received + dropped + overflowed;
      assert.ok(
        inside.lost + across.lost <= known,
        `${inside.lost + across.lost} packets were lost, ${known} by Open vSwitch`,
      );
    }
    await stack.assertSettled();
    await stack.remove("peer", ...names);
    await stack.assertSettled();
  });
});
