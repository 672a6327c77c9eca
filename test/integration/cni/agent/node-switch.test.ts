import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { IntegrationBridge } from "#cni/agent/node/integration-bridge.ts";
import { isOfAttachment } from "#cni/plumbing/ovs-ports.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { mustRun } from "#tools/process/command.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { type OvsdbServer, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { whyProgramsAreMissing } from "#tools/programs/packages.ts";

const port = (name: string, hostName = `ovn-${name}`) => ({
  hostName,
  interfaceName: name,
  mac: "0a:58:0a:01:00:07",
  port: `01J-${name}`,
  allocation: "01J",
});
const origin = (sandbox: string) => ({ sandbox, attachment: "net1", cniNetwork: "ovn4nfv" });
const within = (ms = 30_000) => ({ deadlineMs: systemClock.monotonicMs() + ms });

describe("the bridge of a node", { skip: whyProgramsAreMissing(["ovsdb-server", "ovs-vsctl"]) }, () => {
  let server: OvsdbServer;
  let bridge: IntegrationBridge;
  const stop = new AbortController();
  const open = (name: string): IntegrationBridge => {
    const { endpoint } = server;
    const opened = new IntegrationBridge({ endpoint, bridge: name, clock: systemClock, logger: silentLogger });
    opened.start(stop.signal);
    return opened;
  };
  /** Changes the database like ovn-controller and operators. */
  const vsctl = (...args: string[]) =>
    mustRun(ovnBinary("ovs-vsctl"), [`--db=${server.endpoint}`, "--no-wait", "--timeout=10", ...args]);
  const install = (name: string) => vsctl("set", "Interface", name, "external_ids:ovn-installed=true");
  before(async () => {
    server = await startOvsdbServer({ database: "Open_vSwitch" });
    await vsctl("init");
    await vsctl("add-br", "br-int", "--", "set", "Bridge", "br-int", "datapath_type=netdev");
    const ids = ["external_ids:ovn-encap-ip=198.51.100.11", "external_ids:system-id=c-1"];
    await vsctl("set", "Open_vSwitch", ".", ...ids, 'other_config:ovn-chassis-idx-c-1=""');
    bridge = open("br-int");
    await bridge.assertReady(within());
  });
  after(async () => {
    await bridge.close();
    stop.abort();
    await server[Symbol.asyncDispose]();
  });

  test("gives datapath, system id and tunnel", () => {
    assert.equal(bridge.isReady, true);
    assert.equal(bridge.inUserSpace, true);
    assert.deepEqual(bridge.tunnel, { types: "geneve", addresses: ["198.51.100.11"] });
    assert.deepEqual(bridge.chassis, { systemId: "c-1", controllers: ["c-1"], tunnel: bridge.tunnel });
  });

  test("waits for all ports of a call, not for one, and is woken by the database", async () => {
    await bridge.add([port("a1"), port("a2")], origin("a"), within());
    let done = false;
    const installed = bridge.whenInstalled(["ovn-a1", "ovn-a2"], within()).then(() => {
      done = true;
    });
    await install("ovn-a1");
    await bridge.find(() => true, within());
    assert.equal(done, false);
    await install("ovn-a2");
    await installed;
  });

  test("a newer sandbox's port takes the older one's place in the same transaction, and the older wait ends", async () => {
    await bridge.add([port("b", "ovn-b-old")], origin("old"), within());
    const older = assert.rejects(bridge.whenInstalled(["ovn-b-old"], within()), { code: "SandboxUnknown" });
    await bridge.add([port("b", "ovn-b-new")], origin("new"), within());
    await older;
    const names = (sandbox: string) => bridge.ports().filter((one) => isOfAttachment(one, sandbox, "net1"));
    assert.deepEqual(names("old"), []);
    assert.deepEqual(
      names("new").map(({ hostName }) => hostName),
      ["ovn-b-new"],
    );
  });

  test("a port that ovn-controller does not bind in time is named, and removing it twice does no harm", async () => {
    await bridge.add([port("c")], origin("c"), within());
    await assert.rejects(bridge.whenInstalled(["ovn-c"], within(1)), {
      code: "DeadlineExceeded",
      message: /has not installed 01J-c in the time allowed/,
    });
    const found = await bridge.find((one) => isOfAttachment(one, "c", "net1"), within());
    await bridge.remove(found, within());
    await bridge.remove(found, within());
    assert.equal(bridge.ports().filter((one) => isOfAttachment(one, "c", "net1")).length, 0);
  });

  test("a port that somebody else takes off is a loss, and what the agent removes or others add is none", async () => {
    const changed = async (act: () => Promise<unknown>): Promise<number> => {
      const { changes, losses } = bridge;
      await act();
      await bridge.whenChanged(changes, within());
      return bridge.losses - losses;
    };
    assert.equal(await changed(() => bridge.add([port("e"), port("f")], origin("e"), within())), 0);
    assert.equal(await changed(() => install("ovn-e")), 0);
    const own = bridge.ports().filter(({ hostName }) => hostName === "ovn-e");
    assert.equal(await changed(() => bridge.remove(own, within())), 0);
    assert.equal(await changed(() => vsctl("del-port", "ovn-f")), 1);
    assert.equal(await changed(() => vsctl("add-br", "br-other")), 1);
  });

  test("without the bridge nothing is added, and the error names it", async () => {
    const none = open("br-none");
    const expected = { code: "NodeNotReady", message: /no bridge br-none/ };
    await assert.rejects(none.assertReady(within()), expected);
    await assert.rejects(none.add([port("d")], origin("d"), within()), expected);
    assert.deepEqual(
      none.ports().filter(({ hostName }) => hostName === "ovn-d"),
      [],
    );
    await none.close();
  });
});
