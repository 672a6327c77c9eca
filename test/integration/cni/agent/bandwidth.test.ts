// Limits of bandwidth on a real Open vSwitch that forwards in user space. `npm run bench -- bandwidth` measures more, alone.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ifbName } from "#cni/plumbing/pod-interface.ts";
import { nodePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { LimitedPods, mbit } from "#test/stacks/cni/limited-pods.ts";
import { until } from "#test/assertions/until.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(nodePrograms);

describe("the bandwidth of a pod's interfaces", { skip: whyNot }, () => {
  const folder = createTemporaryFolder("bandwidth");
  let pods: LimitedPods;
  before(async () => {
    pods = await LimitedPods.start(folder.path);
  });
  after(async () => {
    await pods.stop();
    folder.remove();
  });

  /**
   * The share of the limit that arrives. On a busy machine it is smaller, or larger by what waited in front of Open vSwitch when the
   * measurement began, so that a second try is fair.
   */
  async function share(measure: () => Promise<number>, limit: number): Promise<number> {
    let found = 0;
    for (let tries = 0; tries < 6 && !(found > 0.95 && found < 1.05); tries++) found = (await measure()) / limit;
    return found;
  }

  test("TCP and UDP have the rate that was asked for, into the pod and out of it, within 5 %", async (t) => {
    const { limited, peer } = pods;
    const into = [peer, limited] as const;
    const out = [limited, peer] as const;
    for (const [kind, way, words] of [
      ["tcp", into, "TCP into the pod"],
      ["udp", into, "UDP into the pod"],
      ["tcp", out, "TCP out of the pod"],
      ["udp", out, "UDP out of the pod"],
    ] as const) {
      const found = await share(() => pods.measure(kind, way, "net1"), pods.limitOf("net1"));
      t.diagnostic(`${words}: ${(found * 100).toFixed(1)} %`);
      assert.ok(found > 0.95 && found < 1.05, `${words}: ${(found * 100).toFixed(1)} %`);
    }
  });

  test("full buckets of some interfaces take nothing from the others, although one socket sends for all", async () => {
    const { limited, peer } = pods;
    const flood = (net: "net1" | "net3") => pods.measure("udp", [peer, limited], net, 40 * mbit);
    const offered = 5 * mbit;
    const [arrived] = await Promise.all([
      share(() => pods.measure("udp", [limited, peer], "net2", offered), offered),
      flood("net1"),
      flood("net3"),
    ]);
    assert.ok(arrived > 0.9, `${(arrived * 100).toFixed(1)} %`);
  });

  test("a limit that is changed under traffic holds from then on, and CHECK knows it", async (t) => {
    const { limited, peer } = pods;
    const rate = 40 * mbit;
    // The traffic of both directions goes on while the limit changes.
    const flowing = Promise.all([
      pods.measure("tcp", [peer, limited], "net3"),
      pods.measure("tcp", [limited, peer], "net3"),
    ]);
    await pods.change({ net3: { ingress: "40M", egress: "40M" } });
    await flowing;
    await until(async () => (await pods.call("CHECK", limited)).code === 0);
    const [received, sent] = await Promise.all([
      share(() => pods.measure("tcp", [peer, limited], "net3", rate), rate),
      share(() => pods.measure("udp", [limited, peer], "net3", 1.5 * rate), rate),
    ]);
    t.diagnostic(`TCP into the pod: ${(received * 100).toFixed(1)} %, UDP out of it: ${(sent * 100).toFixed(1)} %`);
    for (const found of [received, sent]) assert.ok(found > 0.95 && found < 1.05, `${(found * 100).toFixed(1)} %`);
  });

  test("a burst that becomes smaller than the packets that wait blocks nothing", async () => {
    const { limited, peer, nodes } = pods;
    const discipline = async (): Promise<string> =>
      (await nodes.node(0).inPod(limited.name, "tc", "-s", "qdisc", "show", "dev", "net2")).stdout;
    let isOver = false;
    const flow = async (): Promise<number> => {
      let rate = 0;
      while (!isOver) rate = await pods.measure("tcp", [limited, peer], "net2");
      return rate;
    };
    const flowing = flow();
    await pods.change({ net2: { egress: "1M", burst: "4M" } });
    // TCP sends packets that are not cut into segments yet.
    await until(async () => {
      const [, bytes, count] = /rate 1Mbit[^]*backlog (\d+)b (\d+)p/.exec(await discipline()) ?? [];
      return Number(bytes) > 2 * 1500 * Number(count);
    });
    await pods.change({ net2: { egress: "10M", burst: "12k" } });
    await until(async () => (await discipline()).includes("rate 10Mbit"));
    isOver = true;
    assert.ok((await flowing) > 0);
    assert.ok((await pods.measure("tcp", [limited, peer], "net2", 10 * mbit)) > 0);
  });

  test("a limit that was changed while the agent was away holds when it is back", async () => {
    const { limited, nodes } = pods;
    const { agent } = nodes.node(0);
    await agent.stop();
    await pods.change({ net3: { ingress: "20M" } });
    await agent.start();
    await until(async () => (await pods.call("CHECK", limited)).code === 0);
  });

  test("CHECK finds a limit that somebody took away", async () => {
    const { limited, nodes } = pods;
    const whole = await pods.call("CHECK", limited);
    assert.equal(whole.code, 0, whole.stdout);
    await nodes.node(0).inPod(limited.name, "tc", "qdisc", "del", "dev", "net2", "root");
    const { stdout } = await pods.call("CHECK", limited);
    assert.match(stdout, /net2 has no limit instead of 200000000 bit\/s for egress/);
  });

  test("the links of the limits go with the interfaces", async () => {
    const { limited, nodes } = pods;
    const node = nodes.node(0);
    const links = () => node.host.machine.must("ip", ["-o", "link"]);
    const ifbs = (await node.pairs()).map(ifbName).filter((name) => name !== "");
    const before = await links();
    assert.equal(ifbs.filter((name) => before.includes(name)).length, 3);
    const { code, stdout } = await pods.call("DEL", limited);
    assert.equal(code, 0, stdout);
    assert.doesNotMatch(await links(), /ifb[0-9a-f]{12}/);
  });
});
