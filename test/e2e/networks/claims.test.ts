// Claims whose addresses pass from one pod to the next, with a real API server: webhook, controller and NB do their parts.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as z from "zod";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { exitCodes } from "#src/commands/exit-codes.ts";
import { parseResult } from "#src/api/result.ts";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { violations } from "#lab/invariants/invariants.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { dropConnections, nbctl } from "#lab/ovn/ovsdb-server.ts";
import { mustRun } from "#tools/process/command.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { root } from "#tools/source-files.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { until } from "#test/assertions/until.ts";
import { attachmentDefinition } from "#test/fixtures/kube/attachment-definition.ts";
import { podInterfaceName } from "#test/fixtures/kube/launcher-pod.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { statefulSetManifest } from "#test/fixtures/kube/stateful-set.ts";
import { ClaimsStack } from "#test/stacks/claims-stack.ts";
import { runCheck } from "#test/stacks/controller-process.ts";

/** A network of a virtual machine, with KubeVirt's name for it. */
const lan = { name: "LAN", definition: "lan", networkName: "lan-net" };
const setSchema = z.object({ metadata: z.object({ uid: z.string() }) });

describe("an IPAMClaim", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: ClaimsStack;
  before(async () => {
    stack = await ClaimsStack.start();
  });
  after(() => stack[Symbol.asyncDispose]());

  const claim = (name: string, network = "blue") => ({
    apiVersion: "k8s.cni.cncf.io/v1alpha1",
    kind: "IPAMClaim",
    metadata: { name, namespace: "default" },
    spec: { network, interface: "" },
  });
  const pod = (name: string, named: string, network = "blue") =>
    podManifest({ name, annotations: request({ name: network, claim: named }) });
  const resultsOf = ({ metadata }: KubeObject) => parseResult(metadata.annotations?.[annotationKeys.result.key] ?? "");

  it("gets its first addresses with a pod, is told of them, and hands them to the next pod only when that one has ended", async () => {
    await stack.apply(claim("db"), pod("db-a", "db"));
    const ip = await stack.ipOf("db-a");
    assert.match(ip ?? "", /^10\.41\.0\.\d+\/28$/);
    await stack.untilTold("db", ip);
    const { status, metadata } = await stack.read("db");
    assert.equal(status?.ownerPod?.name, "db-a");
    assert.deepEqual(
      status.conditions?.map(({ type, status: holds, reason }) => [type, holds, reason]),
      [["IPsAllocated", "True", "SuccessfulAllocation"]],
    );
    assert.deepEqual(metadata.finalizers, ["k8s.plugin.opnfv.org/ipam-claim"]);
    const refused = await stack.tryApply(pod("db-b", "db"));
    assert.match(refused.stderr, /ClaimInUse: .*claim "db" is in use by pod default\/db-a; wait/);
    await stack.kubectl("delete", "pod", "db-a");
    await stack.untilRows("db", /^claim:.*default\/db$/);
    await until(async () => (await stack.read("db")).status?.ownerPod?.name === undefined);
    await stack.apply(pod("db-b", "db"));
    assert.equal(await stack.ipOf("db-b"), ip);
  });

  it("is kept from others while nobody has it, and made again when NB loses it", async () => {
    await stack.apply(claim("lost"), pod("lost-a", "lost"));
    const ip = (await stack.ipOf("lost-a")) ?? "";
    await stack.untilTold("lost", ip);
    await stack.kubectl("delete", "pod", "lost-a");
    await stack.untilRows("lost", /^claim:/);
    const thief = podManifest({ name: "thief", annotations: request({ name: "blue", ipAddress: ip }) });
    assert.match((await stack.tryApply(thief)).stderr, /AddressInUse: .*is in use by the IPAMClaim default\/lost/);
    await nbctl(stack.admission.nb.join(), "lsp-del", (await stack.rows("lost"))[0] ?? "");
    await stack.untilRows("lost", /^claim:/);
    await stack.apply(pod("lost-b", "lost"));
    assert.equal(await stack.ipOf("lost-b"), ip);
  });

  it("is listed with the pod that has it, and so are addresses without a claim", async () => {
    await stack.apply(claim("listed"), pod("listed-a", "listed"), pod("orphan-a", "orphan"));
    const ip = (await stack.ipOf("listed-a")) ?? "";
    await stack.untilTold("listed", ip);
    const flags = ["claims", "--nb", stack.admission.nb.join(), "--kubeconfig", stack.admission.plane.adminKubeconfig];
    const list = () => mustRun(process.execPath, [`${root}/src/main.ts`, ...flags, "listed", "orphan"]);
    const table = await list();
    assert.match(table, new RegExp(`^default +listed +blue +${ip} +\\S+ +in use +listed-a$`, "m"));
    assert.match(table, /^default +orphan +blue +\S+ +\S+ +no claim +orphan-a$/m);
    await stack.kubectl("delete", "pod", "listed-a", "orphan-a");
    await stack.untilRows("listed", /^claim:/);
    assert.match(await list(), /^default +listed +blue .* kept +-$/m);
  });

  it("that is deleted in use says for whom it waits, and its address is free after that", async () => {
    await stack.apply(claim("going"), pod("going-a", "going"));
    await stack.untilTold("going", await stack.ipOf("going-a"));
    await stack.kubectl("delete", "ipamclaim", "going", "--wait=false");
    await until(
      async () =>
        (await stack.read("going")).status?.conditions?.[0]?.message ===
        "the claim is deleted when pod going-a has ended",
    );
    assert.match((await stack.tryApply(pod("going-b", "going"))).stderr, /ClaimInvalid: .* is being deleted/);
    await stack.kubectl("delete", "pod", "going-a");
    await stack.kubectl("wait", "ipamclaim/going", "--for=delete", "--timeout=60s");
    await stack.untilRows("going", undefined);
  });

  it("may come after its pod, and the addresses of one that never comes are free when the pod is gone", async () => {
    await stack.apply(pod("late-a", "late"), pod("never-a", "never"));
    const ip = await stack.ipOf("late-a");
    await stack.apply(claim("late"));
    await stack.untilTold("late", ip);
    await stack.kubectl("delete", "pod", "never-a", "late-a");
    await stack.untilRows("never", undefined);
    await stack.untilRows("late", /^claim:/);
  });

  it("with addresses that somebody wrote gives exactly those", async () => {
    await stack.apply(claim("filled", "red"));
    const status = { ips: ["10.42.0.13/24"] };
    const body = JSON.stringify({ status });
    await stack.kubectl("patch", "ipamclaim", "filled", "--subresource=status", "--type=merge", "-p", body);
    await stack.apply(pod("filled-a", "filled", "red"));
    assert.equal(await stack.ipOf("filled-a"), "10.42.0.13/24");
  });

  it("takes no more than its pod has got, whatever somebody writes into it", async () => {
    await stack.apply(pod("greedy-a", "greedy", "red"), pod("listing-a", "listing", "red"));
    const asked = ["--subresource=status", "--type=merge", '-p={"status":{"ips":["10.42.0.7/24","10.42.0.8/24"]}}'];
    const write = (name: string) => stack.kubectl("patch", "ipamclaim", name, ...asked);
    const reasonOf = async (name: string) => (await stack.read(name)).status?.conditions?.[0]?.reason;
    await stack.apply(claim("greedy", "blue"));
    await until(async () => (await reasonOf("greedy")) === "ClaimInvalid");
    await write("greedy");
    await stack.controller.stop(); // The second one has a status before the controller sees it.
    await stack.apply(claim("listing", "red"));
    await write("listing");
    await stack.controller.start();
    await until(async () => (await reasonOf("listing")) === "IPAddressConflict");
    for (const name of ["greedy", "listing"]) assert.deepEqual((await stack.read(name)).metadata.finalizers, []);
    await stack.kubectl("delete", "ipamclaim", "listing");
    await stack.apply(claim("listing", "red"));
    await stack.untilTold("listing", await stack.ipOf("listing-a"));
    await stack.kubectl("delete", "pod", "greedy-a", "listing-a");
    await stack.untilRows("greedy", undefined);
  });

  it("is refused with field and cure where it does not fit", async () => {
    await stack.apply(claim("red", "red"));
    assert.match(
      (await stack.tryApply(pod("x", "red"))).stderr,
      /ClaimInvalid: .*"red" is for the network "red", and .*"blue"; name a claim/,
    );
    const both = podManifest({ name: "x", annotations: request({ name: "blue", claim: "a", ipAddress: "10.41.0.9" }) });
    assert.match(
      (await stack.tryApply(both)).stderr,
      /Malformed: .*ipAddress "10.41.0.9" asks for an address beside a claim/,
    );
    const twice = podManifest({
      name: "x",
      annotations: request({ name: "blue", claim: "a" }, { name: "blue", claim: "a" }),
    });
    assert.match(
      (await stack.tryApply(twice)).stderr,
      /ClaimInvalid: .*interface\[1\]\.claim "a" is named by .*interface\[0\]\.claim as well/,
    );
    assert.match((await stack.tryApply(pod("x", "other/a"))).stderr, /Malformed: .*names a namespace, .*; write "a"/);
    assert.deepEqual([await stack.rows("a"), await stack.rows("red")], [[], []]);
  });

  it("is made for each replica of a StatefulSet that is sticky, and the replica has its addresses over and over", async () => {
    await stack.apply(statefulSetManifest("kv", 2, [{ name: "red", interface: "net1", sticky: true }]));
    await stack.untilTold("kv-0.red.net1", await stack.untilIp("kv-0"));
    await stack.untilTold("kv-1.red.net1", await stack.untilIp("kv-1"));
    const before = [await stack.ipOf("kv-0"), await stack.ipOf("kv-1")];
    const { metadata } = await stack.read("kv-0.red.net1");
    const set = setSchema.parse(await stack.admission.plane.kubectl.get(["statefulset", "kv"]));
    assert.deepEqual(metadata.ownerReferences, [
      { apiVersion: "apps/v1", kind: "StatefulSet", name: "kv", uid: set.metadata.uid, controller: true },
    ]);
    await stack.kubectl("scale", "statefulset", "kv", "--replicas=0");
    await stack.kubectl("wait", "pod/kv-0", "pod/kv-1", "--for=delete", "--timeout=60s");
    await stack.kubectl("scale", "statefulset", "kv", "--replicas=2");
    assert.deepEqual([await stack.untilIp("kv-0"), await stack.untilIp("kv-1")], before);
    await stack.kubectl("delete", "statefulset", "kv");
    await stack.kubectl("wait", "ipamclaim/kv-0.red.net1", "ipamclaim/kv-1.red.net1", "--for=delete", "--timeout=120s");
    await stack.untilRows("kv-0.red.net1", undefined);
  });

  it("of a replica that the set no longer has is deleted with the pod where that was asked for", async () => {
    const asked = { name: "red", interface: "net1", sticky: true, whenScaled: "Delete" };
    const lists = [["10.42.0.50"], ["10.42.0.51"], ["10.42.0.52"]];
    await stack.apply(statefulSetManifest("tmp", 2, [{ ...asked, ordinalAddresses: lists }], { start: 5 }));
    assert.deepEqual([await stack.untilIp("tmp-5"), await stack.untilIp("tmp-6")], ["10.42.0.50/24", "10.42.0.51/24"]);
    await stack.untilTold("tmp-6.red.net1", "10.42.0.51/24");
    await stack.kubectl("scale", "statefulset", "tmp", "--replicas=1");
    await stack.kubectl("wait", "ipamclaim/tmp-6.red.net1", "--for=delete", "--timeout=60s");
    await stack.untilRows("tmp-6.red.net1", undefined);
    await stack.untilTold("tmp-5.red.net1", "10.42.0.50/24");
    await stack.kubectl("scale", "statefulset", "tmp", "--replicas=4");
    await until(async () =>
      /ReplicaInvalid: .*has 3 lists, .*so that tmp-8 has none/.test(await stack.eventsOf("tmp")),
    );
    assert.equal(await stack.untilIp("tmp-7"), "10.42.0.52/24");
  });

  it("is made for no pod that nobody controls", async () => {
    const bare = podManifest({ name: "web-0", annotations: request({ name: "red", sticky: true }) });
    assert.match((await stack.tryApply(bare)).stderr, /ReplicaInvalid: .*and no workload controls this one/);
  });

  it("is told of when it is not there and a name near by is", async () => {
    await stack.apply(claim("mistyped.blue"));
    const said = /Warning: .*claim "mistyped.bleu" .* does not exist yet; did you mean "mistyped.blue"\?/;
    await until(async () => {
      const { code, stderr } = await stack.tryApply(pod("mistyped-a", "mistyped.bleu"));
      assert.equal(code, 0, stderr);
      await stack.kubectl("delete", "pod", "mistyped-a");
      return said.test(stderr);
    });
  });

  it("is named by a selection of a definition, and says the name of its configuration", async () => {
    const { multusNetworks } = annotationKeys;
    const config = { name: "red-config", type: "ovn4nfv-cni", "nfn-network": "red", allowPersistentIPs: true };
    await stack.admission.plane.kubectl.apply([attachmentDefinition("default", "red-net", config)]);
    const selecting = (name: string, named: string) => {
      const selection = [{ name: "red-net", "ipam-claim-reference": named }];
      return podManifest({ name, annotations: { [multusNetworks.key]: JSON.stringify(selection) } });
    };
    await stack.apply(claim("vm.red-net", "red-config"), claim("vm.other", "red"));
    // The API server may not have the label in its cache of namespaces yet.
    await until(async () => {
      await stack.apply(selecting("vm-a", "vm.red-net"));
      if ((await stack.ipOf("vm-a")) !== undefined) return true;
      await stack.kubectl("delete", "pod", "vm-a");
      return false;
    });
    const ip = await stack.ipOf("vm-a");
    await stack.untilTold("vm.red-net", ip);
    assert.match(
      (await stack.tryApply(selecting("vm-x", "vm.other"))).stderr,
      /ClaimInvalid: .*"vm.other" is for the network "red", and .*"red-config"; name a claim/,
    );
    // The pod comes before a claim of its name that is for another configuration.
    await stack.apply(selecting("vm-b", "vm.early"));
    await stack.apply(claim("vm.early", "red"));
    const conditionOf = async (name: string) => (await stack.read(name)).status?.conditions?.[0];
    await until(async () => (await conditionOf("vm.early"))?.reason === "ClaimInvalid");
    assert.match(
      (await conditionOf("vm.early"))?.message ?? "",
      /^pod vm-b has addresses under this name on "red-config"/,
    );
    assert.deepEqual((await stack.read("vm.early")).status?.ips, []);
    await stack.kubectl("delete", "pod", "vm-a", "vm-b");
    await stack.untilRows("vm.red-net", /^claim:/);
    await stack.untilRows("vm.early", undefined);
    await stack.apply(selecting("vm-c", "vm.red-net"));
    assert.equal(await stack.ipOf("vm-c"), ip);
  });

  it("says when somebody has its address as well", async () => {
    await stack.apply(claim("shared", "red"), pod("shared-a", "shared", "red"));
    const ip = (await stack.ipOf("shared-a")) ?? "";
    await stack.untilTold("shared", ip);
    await stack.kubectl("delete", "pod", "shared-a");
    await stack.untilRows("shared", /^claim:/);
    const nb = stack.admission.nb.join();
    const addresses = `0e:00:00:00:00:01 ${ip.replace(/\/.*/, "")}`;
    // The command lsp-set-addresses refuses what is there already, and other writers do not.
    const columns = ["name=vm", `addresses="${addresses}"`];
    const onRed = ["--", "add", "logical_switch", "red", "ports", "@p"];
    await nbctl(nb, "--", "--id=@p", "create", "logical_switch_port", ...columns, ...onRed);
    await until(async () => (await stack.read("shared")).status?.conditions?.[0]?.reason === "IPAddressConflict");
    assert.match(
      (await stack.read("shared")).status?.conditions?.[0]?.message ?? "",
      /^port vm has an address of the claim/,
    );
    await nbctl(nb, "lsp-del", "vm");
  });

  it("has its addresses after a restore of NB from a backup that lacks them, and nobody got them meanwhile", async () => {
    assert.ok(stack.admission.nbServer !== undefined);
    const { folder, endpoint, controlSocket } = stack.admission.nbServer;
    const client = ovnBinary("ovsdb-client");
    const backup = join(folder, "claims-backup");
    await writeFile(backup, await mustRun(client, ["backup", endpoint, "OVN_Northbound"]));
    // A backup that is older than the numbers of the fence tells each replica that NB was restored.
    await dropConnections(controlSocket);
    await stack.apply(claim("restored", "red"), pod("restored-a", "restored", "red"));
    await stack.apply(claim("running", "red"), pod("running-a", "running", "red"));
    const [ip, running] = [(await stack.ipOf("restored-a")) ?? "", (await stack.ipOf("running-a")) ?? ""];
    await stack.untilTold("restored", ip);
    await stack.untilTold("running", running);
    await stack.kubectl("delete", "pod", "restored-a");
    await stack.untilRows("restored", /^claim:/);
    // Nobody makes rows again now, so only what the webhook has read keeps the addresses from others.
    await stack.controller.stop();
    // The program seeks in its input, so the input must be a file.
    await mustRun("sh", ["-c", 'exec "$1" restore "$2" OVN_Northbound <"$3"', "sh", client, endpoint, backup]);
    assert.deepEqual(await stack.rows("restored"), []);
    const thief = (wanted: string) =>
      podManifest({ name: "thief", annotations: request({ name: "red", ipAddress: wanted.replace(/\/.*/, "") }) });
    for (const [wanted, says] of [
      [ip, /AddressInUse: .*is in use by the IPAMClaim default\/restored/],
      [running, /AddressInUse: .*is in use by pod default\/running-a/],
    ] as const) {
      await until(async () => {
        const { code, stderr } = await stack.tryApply(thief(wanted));
        assert.notEqual(code, 0, "somebody got an address of a claim");
        return says.test(stderr);
      });
    }
    const checked = await runCheck(stack.admission);
    assert.equal(checked.code, exitCodes.disagrees.code, checked.stderr);
    assert.match(checked.stdout, /^claim without row +default .*claim:\S+:default\/restored$/m);
    const flags = [
      "addresses",
      "red",
      "--nb",
      stack.admission.nb.join(),
      "--kubeconfig",
      stack.admission.plane.adminKubeconfig,
    ];
    const listed = await mustRun(process.execPath, [`${root}/src/main.ts`, ...flags]);
    assert.match(listed, /IPAMClaim default\/restored \(its row is lost\)$/m);
    await stack.controller.start();
    await stack.untilRows("restored", /^claim:/);
    await stack.untilRows("running", /-net1$/);
    await stack.apply(pod("restored-b", "restored", "red"));
    assert.equal(await stack.ipOf("restored-b"), ip);
    assert.match((await stack.tryApply(pod("running-b", "running", "red"))).stderr, /ClaimInUse: .*running-a/);
    await until(async () => violations(await stack.admission.world(), { nowMs: Date.now() }).length === 0).catch(
      () => undefined,
    );
    await stack.admission.assertInvariants();
  });

  it("of a virtual machine is named as KubeVirt's ipam-extensions name it, and its launcher pods get what they select", async () => {
    const machine = stack.kubeVirt.define("Shop-VM".toLowerCase(), [{ ...lan, mac: "02:00:00:00:00:11" }]);
    const { instance, pod: first } = await stack.kubeVirt.start(machine, {}, "pod");
    const [one] = resultsOf(first);
    assert.ok(one);
    assert.deepEqual([one.interface, one.mac_address], [podInterfaceName("LAN"), "02:00:00:00:00:11"]);
    assert.equal(one.interface.length, 14);
    await stack.untilTold("shop-vm.lan", one.ip_address[0]);
    await stack.kubeVirt.end(first);
    await stack.untilRows("shop-vm.lan", /^claim:.*default\/shop-vm\.lan$/);
    const again = await stack.kubeVirt.start(machine);
    const [two] = resultsOf(again.pod);
    assert.deepEqual([two?.ip_address, two?.mac_address], [one.ip_address, one.mac_address]);
    assert.notEqual(again.instance.uid, instance.uid);
    await stack.kubeVirt.end(again.pod);
    await stack.kubeVirt.remove(machine);
    await stack.kubectl("wait", "ipamclaim/shop-vm.lan", "--for=delete", "--timeout=60s");
    await stack.untilRows("shop-vm.lan", undefined);
  });

  it("passes to the pod to which its virtual machine migrates when that is ready, and back when it fails", async () => {
    const { instance, pod: source } = await stack.kubeVirt.start(stack.kubeVirt.define("mig", [lan]));
    const [has] = resultsOf(source);
    await stack.untilTold("mig.lan", has?.ip_address[0]);
    await stack.untilHolder("mig.lan", source);
    const forged = podManifest({ name: "forged", annotations: request({ name: "blue", claim: "mig.lan" }) });
    assert.match((await stack.tryApply(forged)).stderr, /ClaimInUse/);
    for (const isFailing of [true, false]) {
      const target = await stack.kubeVirt.migrate(instance);
      const [gets] = resultsOf(target);
      assert.deepEqual([gets?.ip_address, gets?.mac_address], [has?.ip_address, has?.mac_address]);
      assert.notEqual(gets?.port, has?.port);
      await assert.rejects(stack.kubeVirt.migrate(instance), (error) => {
        return apiErrorDetails(error)?.message.includes("ClaimInUse") === true;
      });
      await stack.untilBound(target);
      assert.deepEqual(await stack.withAddresses("mig.lan"), [has?.port]);
      await stack.admission.assertInvariants();
      await stack.kubeVirt.targetReady(target);
      await until(async () => (await stack.withAddresses("mig.lan")).join() === gets?.port);
      await stack.untilHolder("mig.lan", target);
      await stack.admission.assertInvariants();
      await stack.kubeVirt.end(isFailing ? target : source);
      await stack.untilHolder("mig.lan", isFailing ? source : target);
      assert.deepEqual(await stack.withAddresses("mig.lan"), [isFailing ? has?.port : gets?.port]);
    }
    const conflicts = await stack.admission.plane.kubectl.must(["get", "events", "-o=jsonpath={.items[*].reason}"]);
    assert.doesNotMatch(conflicts, /\b(AddressConflict|PortChanged|PortCorrected)\b/);
    assert.match(conflicts, /AddressesMoved/);
  });

  it("needs no right that it was not given, and none is there for nothing", async () => {
    // The audit log has a watch when it has ended.
    await stack.controller.stop();
    await assertRareRights(stack.admission.plane, "test/e2e/networks/claims.test.ts");
  });
});
