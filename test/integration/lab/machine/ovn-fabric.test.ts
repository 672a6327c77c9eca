import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { ChassisHost } from "#lab/machine/chassis-host.ts";
import { OvnFabric } from "#lab/machine/ovn-fabric.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(chassisPrograms);

describe("OVN over two chassis", { skip: whyNot }, () => {
  const folder = createTemporaryFolder("fabric");
  let fabric: OvnFabric;

  before(async () => {
    fabric = await OvnFabric.start(folder.path);
    await fabric.central.nbctl("ls-add", "blue");
    for (const [index, host] of fabric.hosts.entries()) await wire(fabric, host, index + 1);
    await fabric.central.nbctl("--timeout=60", "--wait=hv", "sync");
  });
  after(async () => {
    await fabric.stop();
    folder.remove();
  });

  const on = (index: number, command: string, ...args: readonly string[]): Promise<string> => {
    const host = fabric.hosts[index];
    assert.ok(host);
    return host.machine.must("ip", ["netns", "exec", "w", command, ...args], { timeoutMs: 60_000 });
  };
  it("carries TCP through the tunnel", async () => {
    const listen = `
      const end = () => process.exit();
      require("net").createServer((socket) => socket.on("end", end).pipe(process.stdout)).listen(9000);`;
    const send = `
      const attempt = () => {
        const socket = require("net").connect(9000, "172.16.0.2");
        socket.on("error", attempt).on("connect", () => socket.end("hello"));
      };
      attempt();`;
    const [received] = await Promise.all([on(1, process.execPath, "-e", listen), on(0, process.execPath, "-e", send)]);
    assert.equal(received, "hello");
  });

  it("has one chassis for each machine", async () => {
    assert.deepEqual(await fabric.central.chassisNames(), ["n1", "n2"]);
  });
});

/** Makes a network namespace "w" inside the machine, with a port of br-int that has 172.16.0.n on the switch "blue". */
async function wire({ central }: OvnFabric, { machine, chassis }: ChassisHost, n: number): Promise<void> {
  const mac = `0a:00:00:00:00:0${n}`;
  await central.nbctl("lsp-add", "blue", `p${n}`, "--", "lsp-set-addresses", `p${n}`, `${mac} 172.16.0.${n}`);
  await machine.must("ip", ["netns", "add", "w"]);
  await machine.ip("link add w-out type veth peer name w-in netns w", "link set w-out up");
  const lines = [`link set w-in address ${mac} mtu 1400 up`, `addr add 172.16.0.${n}/24 dev w-in`];
  await machine.must("ip", ["-n", "w", "-batch", "-"], { input: lines.join("\n") });
  // Without this TCP does not connect over the userspace datapath.
  await machine.must("ip", ["netns", "exec", "w", "ethtool", "-K", "w-in", "tx", "off"]);
  await chassis.vsctl("add-port", "br-int", "w-out", "--", "set", "Interface", "w-out", `external_ids:iface-id=p${n}`);
}
