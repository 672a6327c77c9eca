// 50 virtual machines are started, restarted, migrated and deleted, with a stand-in for KubeVirt, while webhook and controller are killed
// and the Northbound database goes back to a backup: each keeps its addresses, nobody gets them twice, and none is left at the end.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { networkAttachmentDefinitionCrd } from "#lab/cluster/multus.ts";
import { violations } from "#lab/invariants/invariants.ts";
import { readNb } from "#lab/invariants/nb-snapshot.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import { systemClock } from "#src/core/clock.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { mustRun } from "#tools/process/command.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { root } from "#tools/source-files.ts";
import { until } from "#test/assertions/until.ts";
import { KubeletStandIn } from "#test/fakes/kube/kubelet-stand-in.ts";
import { KubeVirtStandIn } from "#test/fakes/kube/kubevirt-stand-in.ts";
import { attachmentDefinition } from "#test/fixtures/kube/attachment-definition.ts";
import type { MachineInstance } from "#test/fixtures/kube/launcher-pod.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { burst, failed } from "#test/stacks/burst.ts";
import { controllerProcess } from "#test/stacks/controller-process.ts";

const count = Number(process.env["MACHINES"] ?? 50);
const node = "worker";
const lan = { name: "lan", definition: "lan", networkName: "lan-net" };
const spec = { nodeName: node, terminationGracePeriodSeconds: 1 };
const patienceMs = 240_000;
/** virt-controller tries again whatever the reason; these are the reasons that may come here. */
const isPassing = (message: string): boolean =>
  /ClaimInUse|ClaimInvalid|BackendUnavailable|failed calling webhook|EOF|connect/.test(message);

interface Machine {
  readonly instance: MachineInstance;
  readonly pod: KubeObject;
}

describe(`${count} virtual machines`, { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const owned = new AsyncDisposableStack();
  let stack: AdmissionStack;
  let controller: ManagedProcess;
  let kubeVirt: KubeVirtStandIn;
  const machines = new Map<string, Machine>();
  const addresses = new Map<string, string>();
  let backup = "";

  before(async () => {
    const flags = { "restore-quiet-time": "2s" };
    stack = owned.use(await AdmissionStack.start({ replicas: 2, reviewTimeoutSeconds: 30, flags }));
    const { kubectl } = stack.plane;
    await kubectl.apply(readFileSync(`${root}/deploy/components/ipam-claims/crd.yaml`, "utf8"));
    await kubectl.apply([networkAttachmentDefinitionCrd]);
    await kubectl.established("ipamclaims.k8s.cni.cncf.io", networkAttachmentDefinitionCrd.metadata.name);
    await stack.addSwitch("red", "10.42.0.0/25");
    const { key, value } = annotationKeys.multusNamespace;
    await kubectl.must(["label", "namespace", "default", `${key}=${value}`]);
    const config = {
      cniVersion: "1.0.0",
      name: "lan-net",
      type: "ovn4nfv-cni",
      "nfn-network": "red",
      allowPersistentIPs: true,
    };
    await kubectl.apply([attachmentDefinition("default", "lan", config)]);
    await kubectl.apply([{ apiVersion: "v1", kind: "Node", metadata: { name: node } }]);
    owned.use(new KubeletStandIn({ client: stack.client, node }));
    controller = owned.use(controllerProcess(stack));
    await controller.start();
    kubeVirt = new KubeVirtStandIn(stack.client, isPassing);
  });
  after(() => owned.disposeAsync());

  const addressOf = ({ metadata }: KubeObject): string => {
    const [own] = parseResult(metadata.annotations?.[annotationKeys.result.key] ?? "");
    return `${own?.ip_address.join() ?? ""} ${own?.mac_address ?? ""}`;
  };
  const names = Array.from({ length: count }, (_, n) => `vm${n}`);
  /** Does it for all machines, a few at a time, and kills webhook and controller on the way. */
  async function forAll(work: (name: string) => Promise<void>): Promise<void> {
    const [replica] = stack.replicas;
    assert.ok(replica);
    const after = {
      [Math.floor(count / 4)]: async () => {
        await controller.kill();
        await controller.start();
      },
      [Math.floor(count / 2)]: async () => {
        await replica.process.kill();
        await replica.process.start();
      },
    };
    const outcomes = await burst({ count, concurrency: 8, after }, (n) => work(names[n] ?? ""));
    const [error] = failed(outcomes);
    assert.equal(error, undefined, String(error?.error));
  }
  function expectSame(name: string, pod: KubeObject): void {
    assert.equal(addressOf(pod), addresses.get(name), name);
  }
  const agrees = async () => violations(await stack.world(), { nowMs: systemClock.now() }).length === 0;

  it("get addresses, whichever of claim and pod comes first", async () => {
    await forAll(async (name) => {
      const first = Number(name.slice(2)) % 2 === 0 ? "claim" : "pod";
      const machine = await kubeVirt.start(kubeVirt.define(name, [lan]), spec, first);
      machines.set(name, machine);
      addresses.set(name, addressOf(machine.pod));
    });
    assert.equal(new Set(addresses.values()).size, count);
    await until(agrees, patienceMs);
    backup = await mustRun(ovnBinary("ovsdb-client"), ["backup", stack.nb.join(), "OVN_Northbound"]);
  });

  const restart = async (name: string): Promise<void> => {
    const { instance, pod } = machines.get(name) ?? assert.fail();
    await kubeVirt.end(pod);
    const again = await kubeVirt.start(instance, spec);
    expectSame(name, again.pod);
    machines.set(name, again);
  };

  it("keep them when they restart", async () => {
    await forAll(restart);
    await until(agrees, patienceMs);
  });

  it("keep them when they migrate, every fifth in vain", async () => {
    await forAll(async (name) => {
      const { instance, pod } = machines.get(name) ?? assert.fail();
      const target = await kubeVirt.migrate(instance, spec);
      expectSame(name, target);
      await kubeVirt.targetReady(target);
      const fails = Number(name.slice(2)) % 5 === 0;
      await kubeVirt.end(fails ? target : pod);
      if (!fails) machines.set(name, { instance, pod: target });
    });
    await until(agrees, patienceMs);
  });

  it("keep them when the database goes back to a backup, and when they restart after that", async () => {
    const nb = stack.nbServer ?? assert.fail();
    const targets = new Map<string, KubeObject>();
    for (const name of names.slice(0, 5)) {
      const { instance } = machines.get(name) ?? assert.fail();
      targets.set(name, await kubeVirt.migrate(instance, spec));
    }
    const file = join(nb.folder, "backup");
    await writeFile(file, backup);
    const command = ["-c", 'exec "$1" restore "$2" OVN_Northbound <"$3"', "sh", ovnBinary("ovsdb-client")];
    await mustRun("sh", [...command, nb.endpoint, file]);
    await until(agrees, patienceMs);
    for (const [name, target] of targets) {
      const { instance, pod } = machines.get(name) ?? assert.fail();
      await kubeVirt.targetReady(target);
      await kubeVirt.end(pod);
      machines.set(name, { instance, pod: target });
    }
    await forAll(restart);
    await until(agrees, patienceMs);
  });

  it("leave nothing when they are deleted", async () => {
    await forAll(async (name) => {
      const { instance, pod } = machines.get(name) ?? assert.fail();
      await kubeVirt.end(pod);
      await kubeVirt.remove(instance);
    });
    const own = async () =>
      (await readNb(stack.nb)).ports.filter(({ externalIds }) => externalIds.has("k8s.plugin.opnfv.org/claim"));
    await until(async () => (await own()).length === 0, patienceMs);
    assert.equal(await stack.plane.kubectl.must(["get", "ipamclaims", "-o=name"]), "");
  });
});
