// The reference client of the CNI specification calls the plugin. We do not choose what it sends and expects.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { cniVersions, isCniVersionAtLeast } from "#cni/contract/commands.ts";
import { nodePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { ensureTools, whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { cniArgs, WiredNodes } from "#test/stacks/cni/wired-nodes.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(nodePrograms) || whyToolsAreMissing(["cnitool"]);

describe("cnitool", { skip: whyNot, timeout: 280_000 }, () => {
  const folder = createTemporaryFolder("cnitool");
  let nodes: WiredNodes;
  let cnitool: string;
  before(async () => {
    ({ cnitool } = await ensureTools(["cnitool"]));
    nodes = await WiredNodes.start(folder.path);
  });
  after(async () => {
    await nodes.stop();
    folder.remove();
  });

  /** Runs a command of cnitool for the pod whose network namespace has its name. */
  const run = (command: string, cniVersion: string, pod: { readonly name: string; readonly uid: string }) => {
    const configs = join(folder.path, `conf-${cniVersion}`);
    mkdirSync(configs, { recursive: true });
    const list = { cniVersion, name: "ovn4nfv", plugins: [{ type: "ovn4nfv-cni", strictStatus: true }] };
    writeFileSync(join(configs, "10-ovn4nfv.conflist"), JSON.stringify(list));
    const env = {
      PATH: process.env["PATH"],
      NETCONFPATH: configs,
      CNI_PATH: dirname(nodes.shim),
      CNI_IFNAME: "net1",
      CNI_ARGS: cniArgs(pod),
    };
    const args = [command, "ovn4nfv", `/run/netns/${pod.name}`];
    return nodes.node(0).host.machine.run(cnitool, args, { env });
  };

  for (const [index, cniVersion] of cniVersions.entries()) {
    test(`adds, checks, collects and deletes at CNI ${cniVersion}`, async () => {
      const name = `tool-${index}`;
      const wanted = { interface: "net1", network: "blue", ip_address: [`10.1.0.${20 + index}/24`] };
      const pod = await nodes.admit(name, 0, [wanted]);
      await nodes.node(0).addNetns(name);
      const must = async (command: string) => {
        const { code, stdout, stderr } = await run(command, cniVersion, pod);
        assert.equal(code, 0, `${command}: ${stdout}${stderr}`);
        return stdout;
      };
      const result = JSON.parse(await must("add")) as { cniVersion: string; ips: { address: string }[] };
      assert.equal(result.cniVersion, cniVersion);
      assert.deepEqual(
        result.ips.map(({ address }) => address),
        wanted.ip_address,
      );
      if (isCniVersionAtLeast(cniVersion, "0.4.0")) {
        await must("check");
        await nodes.node(0).inPod(name, "ip", "link", "set", "net1", "down");
        const { code, stderr } = await run("check", cniVersion, pod);
        assert.equal(code, 1);
        assert.match(stderr, /net1 is down/);
      }
      if (isCniVersionAtLeast(cniVersion, "1.1.0")) {
        await must("status");
        // cnitool names no valid attachment.
        await must("gc");
        assert.deepEqual(await nodes.node(0).ports(), []);
      }
      await must("del");
      await must("del");
      assert.deepEqual([await nodes.node(0).ports(), await nodes.node(0).pairs()], [[], []]);
      await nodes.node(0).removeNetns(name);
    });
  }

  test("shows the plugin's message for a pod that does not exist, and leaves nothing", async () => {
    const pod = { name: "nobody", uid: "none" };
    await nodes.node(0).addNetns(pod.name);
    const { code, stderr } = await run("add", "1.0.0", pod);
    assert.equal(code, 1);
    assert.match(stderr, /the pod default\/nobody is gone/);
    assert.deepEqual([await nodes.node(0).ports(), await nodes.node(0).pairs()], [[], []]);
    await nodes.node(0).removeNetns(pod.name);
  });
});
