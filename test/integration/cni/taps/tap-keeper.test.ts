// Taps on real packets: two chassis with 25 ports each, and an interface on one of them that gets the copies.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { NodeTapStatus } from "#src/api/node/node-taps.ts";
import { until } from "#test/assertions/until.ts";
import type { FrameCapture } from "#test/stacks/frames/frame-capture.ts";
import { type Exchange, sinkPort, sourceName, TappedNodes } from "#test/stacks/taps/tapped-nodes.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing([...chassisPrograms, "ethtool", "busybox", "nft"]);
const key = 15_728_641;
const rounds = 10;
/** A busy machine loses single packets, and then says nothing about copies. */
const attempts = 5;

describe("a tap of 50 ports on two nodes", { skip: whyNot }, () => {
  const folder = createTemporaryFolder("taps");
  const owned = new AsyncDisposableStack();
  let stack: TappedNodes;
  let captured: FrameCapture;
  before(async () => {
    stack = owned.use(await TappedNodes.start(folder.path));
    captured = owned.use(await stack.capture());
    const { chassis } = host(1);
    await chassis.vsctl(
      "--",
      "--id=@m",
      "create",
      "Mirror",
      "name=foreign",
      "--",
      "add",
      "Bridge",
      "br-int",
      "mirrors",
      "@m",
    );
  });
  after(async () => {
    await owned.disposeAsync();
    folder.remove();
  });

  const host = (node: number) => {
    const found = stack.fabric.hosts[node];
    assert.ok(found);
    return found;
  };
  const tapOf = (node: number): NodeTapStatus | undefined => stack.nodes[node]?.keeper.taps?.[0];
  const askBoth = (): void => {
    const { underlay } = host(1).plan;
    const away = stack.tapOf(0, { remote: { address: underlay, key } });
    stack.ask([away], [stack.tapOf(1, { port: sinkPort, acceptedKey: key })]);
  };
  const active = () => until(() => [0, 1].every((node) => tapOf(node)?.sources.length === 25), 30_000);
  const gone = () => until(() => stack.nodes.every(({ keeper }) => keeper.taps?.length === 0), 30_000);
  /** Everything of taps that the databases have, and the links of the kernel. */
  const traces = async (): Promise<string> => {
    const found = await Promise.all(
      [0, 1].map(async (node) => {
        const { chassis, machine } = host(node);
        const rows = await Promise.all(
          ["Mirror", "Port", "Interface"].map((table) => chassis.vsctl("--bare", "--columns=name", "list", table)),
        );
        return [...rows, await machine.must("ip", ["-o", "link"])].join("\n").split("\n");
      }),
    );
    return found
      .flat()
      .filter((line) => /tap|foreign/.test(line))
      .join(" ");
  };
  /** Exchanges until no packet was lost. */
  async function exchangeAll(port?: number): Promise<Exchange> {
    let last: Exchange | undefined;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      last = await stack.exchange(rounds, captured, port);
      if (last.received === last.sent && [0, last.sent * 2].includes(last.copies)) return last;
    }
    assert.ok(last);
    return last;
  }

  it("copies each packet once where it is sent and once where it arrives, also of flows that were there before", async () => {
    const flow = 8_999;
    const without = await exchangeAll(flow);
    assert.deepEqual([without.received, without.copies], [without.sent, 0]);
    assert.equal(without.sent, 500);
    askBoth();
    await active();
    const copied = await exchangeAll(flow);
    assert.deepEqual([copied.received, copied.copies], [500, 1_000]);
  });

  it("copies what is sent, or what arrives, when the tap says so", async () => {
    const { underlay } = host(1).plan;
    for (const direction of ["egress", "ingress"] as const) {
      const away = stack.tapOf(0, { remote: { address: underlay, key } }, { direction });
      const here = stack.tapOf(1, { port: sinkPort, acceptedKey: key }, { direction });
      stack.ask([away], [here]);
      await until(async () => (await stack.exchange(2, captured)).copies === 100, 60_000);
    }
    askBoth();
  });

  it("lets the sink send nothing, and tells all the same that its port is installed, for which an ADD waits", async () => {
    const { machine, chassis } = host(1);
    await active();
    const installed = ["--bare", "get", "Interface", `h${sinkPort}`, "external_ids:ovn-installed"];
    await until(async () => /true/.test(await chassis.vsctl("--if-exists", ...installed)));
    const ping = await machine.run("ip", ["netns", "exec", sinkPort, "busybox", "ping", "-c1", "-W1", "10.60.1.10"]);
    assert.notEqual(ping.code, 0);
  });

  it("goes on when an agent and Open vSwitch restart, and takes in a port that comes again", async () => {
    await stack.restartAgent(0);
    await stack.restartAgent(1);
    const { chassis } = host(0);
    await chassis.switchd.kill();
    await chassis.switchd.start();
    assert.match(await traces(), /tap-tap-uid.*tap-tap-uid/, "nothing was taken away before the API server was read");
    askBoth();
    await active();
    await until(async () => (await stack.exchange(2, captured)).copies === 200, 60_000);
    const name = sourceName(0, 0);
    await chassis.vsctl("del-port", "br-int", `h${name}`);
    await until(() => tapOf(0)?.sources.length === 24);
    const ids = [`external_ids:iface-id=${name}`, "external_ids:k8s.plugin.opnfv.org/owner=ovn4nfv"];
    await chassis.vsctl("add-port", "br-int", `h${name}`, "--", "set", "Interface", `h${name}`, ...ids);
    await active();
  });

  it("takes the mirrors away while the sink is gone", async () => {
    const { chassis } = host(1);
    await chassis.vsctl("del-port", "br-int", `h${sinkPort}`);
    await until(() => tapOf(1)?.reason === "SinkNotWired");
    assert.equal((await chassis.vsctl("--bare", "--columns=name", "list", "Mirror")).trim(), "foreign");
    const ids = [`external_ids:iface-id=${sinkPort}`, "external_ids:k8s.plugin.opnfv.org/owner=ovn4nfv"];
    await chassis.vsctl("add-port", "br-int", `h${sinkPort}`, "--", "set", "Interface", `h${sinkPort}`, ...ids);
    await active();
  });

  it("sends copies to a host outside by GRE", async () => {
    const { machine, plan } = host(1);
    await machine.must("nft", ["-f", "-"], {
      input:
        "table inet tap { chain in { type filter hook input priority 0; meta l4proto gre counter name copies; }; counter copies { }; }",
    });
    stack.ask([stack.tapOf(0, { gre: { address: plan.underlay, key: 7 } })], []);
    await until(() => tapOf(0)?.sources.length === 25 && stack.nodes[1]?.keeper.taps?.length === 0);
    const copies = async () =>
      Number(/packets (\d+)/.exec(await machine.must("nft", ["list", "counter", "inet", "tap", "copies"]))?.[1] ?? 0);
    await until(async () => {
      await stack.exchange(2);
      return (await copies()) >= 100;
    }, 60_000);
  });

  it("makes as many mirrors as Open vSwitch does, for the older taps, and refuses the others with the reason", async () => {
    const one = { sources: [sourceName(1, 0)] };
    const many = Array.from({ length: 34 }, (_, n) =>
      stack.tapOf(1, { port: sinkPort }, { ...one, uid: `tap-uid-${n}` }),
    );
    stack.ask([], many);
    await until(() => stack.nodes[1]?.keeper.taps?.length === many.length, 30_000);
    const said = stack.nodes[1]?.keeper.taps?.map(({ state, reason }) => `${state} ${reason}`) ?? [];
    // Somebody else has one of the 32.
    assert.deepEqual(
      said.slice(0, 31),
      Array.from({ length: 31 }, () => "Active Mirrored"),
    );
    assert.deepEqual(
      said.slice(31),
      Array.from({ length: 3 }, () => "Refused TooManyMirrors"),
    );
    const rows = await host(1).chassis.vsctl("--bare", "--columns=mirrors", "list", "Bridge", "br-int");
    assert.equal(rows.trim().split(" ").length, 32);
    stack.ask([], many.slice(-2));
    await until(() => stack.nodes[1]?.keeper.taps?.map(({ state }) => state).join() === "Active,Active", 30_000);
    stack.ask([], []);
    await gone();
  });

  it("copies what there was before between two ports of the sink's node, and stops at once", async () => {
    const flow = 8_998;
    assert.equal((await stack.exchange(rounds, captured, flow)).copies, 0);
    stack.ask([], [stack.tapOf(1, { port: sinkPort })]);
    await until(() => tapOf(1)?.sources.length === 25);
    await until(async () => (await stack.exchange(2, captured, flow)).copies === 100, 60_000);
    stack.ask([], []);
    await gone();
    await until(async () => (await stack.exchange(2, captured, flow)).copies === 0, 60_000);
  });

  it("leaves no trace when it is gone, and nothing of others is touched", async () => {
    stack.ask([], []);
    await gone();
    assert.equal(await traces(), "foreign");
    const after = await exchangeAll();
    assert.deepEqual([after.received, after.copies], [after.sent, 0]);
  });
});
