// The Northbound database goes back to a backup, and pods have been plugged and unplugged since: nobody gets an address twice, and
// nothing is lost or left.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { dropConnections } from "#lab/ovn/ovsdb-server.ts";
import { mustRun } from "#tools/process/command.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { until } from "#test/assertions/until.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess, runCheck } from "#test/stacks/controller-process.ts";
import { PluggedPod, prepareForPlugs, untilAgreed } from "#test/stacks/faults/plugged-pod.ts";

describe("a database that is restored under plugged pods", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const owned = new AsyncDisposableStack();
  let stack: AdmissionStack;
  before(async () => {
    const flags = { "restore-quiet-time": "2s" };
    stack = owned.use(await AdmissionStack.start({ replicas: 2, reviewTimeoutSeconds: 30, flags }));
    await prepareForPlugs(stack);
    const key = { "token-key-file": join(stack.plane.folder, "token.pem") };
    const controller = owned.use(controllerProcess(stack, { flags: key }));
    await controller.start();
  });
  after(() => owned.disposeAsync());

  async function started(name: string, asked: object, ...plugs: readonly string[]): Promise<PluggedPod> {
    const pod = new PluggedPod(stack, name);
    await pod.create(asked);
    await pod.select(...plugs);
    await pod.untilBound("net1", ...plugs);
    await pod.wire();
    return pod;
  }
  const ask = (name: string, ipAddress: string) =>
    stack.plane.kubectl.run(["apply", "-f", "-"], {
      input: JSON.stringify(podManifest({ name, annotations: request({ name: "red", interface: "net1", ipAddress }) })),
    });
  const plainIp = (pod: PluggedPod, name: string): string =>
    pod.addresses.get(name)?.split("/")[0] ?? assert.fail(name);

  it("gives each pod what it had, and nobody else", async () => {
    const server = stack.nbServer ?? assert.fail();
    const plugged = await started("plugged", {}, "early");
    const left = await started("left", {}, "gone");
    const leaving = await started("leaving", {}, "going");
    const claiming = await started("claiming", { claim: "first" }, "second");
    await untilAgreed(stack, "before the backup");
    const client = ovnBinary("ovsdb-client");
    const backup = join(server.folder, "plugged-backup");
    await writeFile(backup, await mustRun(client, ["backup", server.endpoint, "OVN_Northbound"]));
    // A backup that is older than the numbers of the fence tells each replica that NB was restored.
    await dropConnections(server.controlSocket);

    // One gets an interface more, of one the interface has left and somebody else has its address, and one is about to leave.
    await plugged.select("early", "late");
    await plugged.untilBound("net1", "early", "late");
    await left.select();
    await left.unwire();
    await left.untilBound("net1");
    const heir = await ask("heir", plainIp(left, "gone"));
    assert.equal(heir.code, 0, heir.stderr);
    await leaving.select();
    // The claim goes to another pod, also by a plug.
    await claiming.select();
    await claiming.unwire();
    await claiming.untilBound("net1");
    const second = await started("next", {}, "second");
    assert.equal(second.addresses.get("second"), claiming.addresses.get("second"));
    await untilAgreed(stack, "after the changes");

    // The program seeks in its input, so the input must be a file.
    await mustRun("sh", ["-c", 'exec "$1" restore "$2" OVN_Northbound <"$3"', "sh", client, server.endpoint, backup]);
    const thief = plainIp(plugged, "late");
    await until(async () => {
      const { code, stderr } = await ask("thief", thief);
      assert.notEqual(code, 0, "somebody got the address of a plugged interface");
      return /AddressInUse: /.test(stderr);
    });
    await untilAgreed(stack, "after the restore");
    await plugged.untilBound("net1", "early", "late");
    assert.equal(plainIp(plugged, "late"), thief);
    await left.untilBound("net1");
    await second.untilBound("net1", "second");
    assert.equal(second.addresses.get("second"), claiming.addresses.get("second"));
    await leaving.unwire();
    await leaving.untilBound("net1");
    await untilAgreed(stack, "after the interface has left");
    const { code, stdout } = await runCheck(stack);
    assert.equal(code, 0, stdout);
    const all = [plugged, left, leaving, claiming, second];
    for (const pod of all) await pod.end();
    await stack.plane.kubectl.must(["delete", "pod", "heir", "--force", "--grace-period=0"]);
    for (const pod of all) await pod.untilGone();
    await untilAgreed(stack, "at the end");
  });
});
