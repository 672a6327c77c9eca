// A real Open vSwitch takes announcements as if they came from its ports, and learns from them where a MAC is.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { announcement } from "#cni/announcing/announcement.ts";
import { frameSender } from "#cni/announcing/packet-out.ts";
import { OutsideSwitch } from "#lab/machine/outside-switch.ts";
import { systemClock } from "#src/core/clock.ts";
import { parseIp } from "#src/net/ip.ts";
import { parseMac } from "#src/net/mac.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing([...chassisPrograms, "ethtool"]);
const mac = parseMac("0a:58:0a:01:00:05") ?? assert.fail();

describe("an announcement", { skip: whyNot }, () => {
  it("teaches a bridge the port of its MAC, for each family, and refuses a number that no port has", async () => {
    await using owned = new AsyncDisposableStack();
    const outside = owned.use(new OutsideSwitch(owned.use(createTemporaryFolder("announcing")).path));
    await outside.start();
    const { machine } = outside;
    for (const [name, address] of [
      ["old", "10.1.0.8/24"],
      ["new", "10.1.0.9/24"],
    ] as const)
      await outside.addHost({ name, address });
    const portOf = async (name: string) =>
      Number(await machine.must("ovs-vsctl", ["get", "Interface", `h-${name}`, "ofport"]));
    const learned = async (): Promise<number> => {
      const ask = "ovs-appctl -t /run/openvswitch/ovs-vswitchd.*.ctl fdb/show wire0";
      const line = (await machine.must("sh", ["-c", ask])).split("\n").find((one) => one.includes(mac));
      return Number(line?.trim().split(/\s+/)[0]);
    };
    const send = frameSender(machine.pathOf("/run/openvswitch/wire0.mgmt"), systemClock);
    const options = () => ({ deadlineMs: systemClock.monotonicMs() + 10_000 });
    for (const [name, ip] of [
      ["old", "10.1.0.5"],
      ["new", "10.1.0.5"],
      ["old", "fd00::5"],
    ] as const) {
      const ofPort = await portOf(name);
      await send([{ ofPort, frame: announcement(mac, parseIp(ip) ?? assert.fail()) }], options());
      assert.equal(await learned(), ofPort, `${ip} at ${name}`);
    }
    const frame = announcement(mac, parseIp("10.1.0.5") ?? assert.fail());
    await assert.rejects(send([{ ofPort: 65_536, frame }], options()), /refused a message of OpenFlow/);
  });
});
