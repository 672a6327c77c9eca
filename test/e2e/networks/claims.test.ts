// Claims whose addresses pass from one pod to the next, with a real API server: webhook, controller and NB do their parts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as z from "zod";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { exitCodes } from "#src/commands/exit-codes.ts";
import { ipamClaimStatusSchema } from "#src/api/claim/ipam-claim.ts";
import { parseResult } from "#src/api/result.ts";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { networkAttachmentDefinitionCrd } from "#lab/cluster/multus.ts";
import { violations } from "#lab/invariants/invariants.ts";
import { readNb } from "#lab/invariants/nb-snapshot.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { dropConnections, nbctl } from "#lab/ovn/ovsdb-server.ts";
import { mustRun } from "#tools/process/command.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { root } from "#tools/source-files.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { until } from "#test/assertions/until.ts";
import { KubeVirtStandIn } from "#test/fakes/kube/kubevirt-stand-in.ts";
import { attachmentDefinition } from "#test/fixtures/kube/attachment-definition.ts";
import { podInterfaceName } from "#test/fixtures/kube/launcher-pod.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess, runCheck } from "#test/stacks/controller-process.ts";
import { networkManifest } from "#test/stacks/network-stack.ts";

const objectSchema = z.object({
  metadata: z.object({
    finalizers: z.array(z.string()).default([]),
    deletionTimestamp: z.string().optional(),
    ownerReferences: z.array(z.unknown()).default([]),
  }),
  status: ipamClaimStatusSchema.optional(),
});
/** A network of a virtual machine, with KubeVirt's name for it. */
const lan = { name: "LAN", definition: "lan", networkName: "lan-net" };
const setSchema = z.object({ metadata: z.object({ uid: z.string() }) });
const podSchema = z.object({ metadata: z.object({ annotations: z.record(z.string(), z.string()) }) });

describe("an IPAMClaim", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const owned = new AsyncDisposableStack();
  let stack: AdmissionStack;
  let controller: ManagedProcess;
  let kubeVirt: KubeVirtStandIn;
  before(async () => {
    const flags = { "restore-quiet-time": "2s" };
    stack = owned.use(
      await AdmissionStack.start({ reviewTimeoutSeconds: 30, replicas: 2, plane: { audit: true }, flags }),
    );
    const { kubectl } = stack.plane;
    await kubectl.apply(readFileSync(`${root}/deploy/crds/networks.yaml`, "utf8"));
    await kubectl.established("networks.k8s.plugin.opnfv.org");
    controller = owned.use(controllerProcess(stack));
    await controller.start();
    // It comes after webhook and controller have started.
    await kubectl.apply(readFileSync(`${root}/deploy/components/ipam-claims/crd.yaml`, "utf8"));
    await kubectl.established("ipamclaims.k8s.cni.cncf.io");
    const ipv4Subnets = [{ name: "s", subnet: "10.41.0.0/28" }];
    await kubectl.apply([
      networkManifest("blue", { ipv4Subnets }),
      networkManifest("red", { ipv4Subnets: [{ name: "s", subnet: "10.42.0.0/24" }] }),
    ]);
    await kubectl.must(["wait", "network/blue", "network/red", "--for=condition=Ready", "--timeout=60s"]);
    await kubectl.apply([networkAttachmentDefinitionCrd]);
    await kubectl.established(networkAttachmentDefinitionCrd.metadata.name);
    const { key, value } = annotationKeys.multusNamespace;
    await kubectl.must(["label", "namespace", "default", `${key}=${value}`]);
    const config = { name: "lan-net", type: "ovn4nfv-cni", "nfn-network": "red", allowPersistentIPs: true };
    await kubectl.apply([attachmentDefinition("default", "lan", config)]);
    kubeVirt = new KubeVirtStandIn(stack.client);
  });
  after(() => owned.disposeAsync());

  const kubectl = (...args: readonly string[]): Promise<string> => stack.plane.kubectl.must(args);
  const tryApply = async (...items: readonly object[]) => {
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    return stack.plane.kubectl.run(["apply", "-f", "-"], { input });
  };
  async function apply(...items: readonly object[]): Promise<void> {
    const { code, stderr } = await tryApply(...items);
    assert.equal(code, 0, stderr);
  }
  const claim = (name: string, network = "blue") => ({
    apiVersion: "k8s.cni.cncf.io/v1alpha1",
    kind: "IPAMClaim",
    metadata: { name, namespace: "default" },
    spec: { network, interface: "" },
  });
  const pod = (name: string, named: string, network = "blue") =>
    podManifest({ name, annotations: request({ name: network, claim: named }) });
  async function ipOf(name: string): Promise<string | undefined> {
    const { metadata } = podSchema.parse(await stack.plane.kubectl.get(["pod", name]));
    return parseResult(metadata.annotations[annotationKeys.result.key] ?? "")[0]?.ip_address[0];
  }
  async function read(name: string) {
    return objectSchema.parse(await stack.plane.kubectl.get(["ipamclaim", name]));
  }
  const untilIp = async (name: string): Promise<string> => {
    let ip: string | undefined;
    await until(async () => (ip = await ipOf(name).catch(() => undefined)) !== undefined);
    return ip ?? "";
  };
  const eventsOf = (name: string) =>
    kubectl("get", "events", `--field-selector=involvedObject.name=${name}`, "-o", "jsonpath={.items[*].message}");
  const statefulSet = (name: string, replicas: number, asked: object, ordinals = { start: 0 }) => {
    const labels = { app: name };
    const containers = [{ name: "main", image: "registry.example/none" }];
    const template = {
      metadata: { labels, annotations: request(asked) },
      spec: { containers, terminationGracePeriodSeconds: 0 },
    };
    const management = { podManagementPolicy: "Parallel", serviceName: name, ordinals };
    return {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name, namespace: "default" },
      spec: { replicas, selector: { matchLabels: labels }, ...management, template },
    };
  };
  const untilTold = (name: string, ip: string | undefined) =>
    until(async () => (await read(name).catch(() => undefined))?.status?.ips[0] === ip);
  const rows = async (name: string) => {
    const ids = [`external_ids:k8s.plugin.opnfv.org/claim=${name}`];
    const text = await nbctl(stack.nb.join(), "--bare", "--columns=name", "find", "logical_switch_port", ...ids);
    return text.split("\n").filter((line) => line !== "");
  };
  const untilRows = (name: string, wanted: RegExp | undefined) =>
    until(async () => {
      const found = await rows(name);
      return wanted === undefined ? found.length === 0 : found.length === 1 && wanted.test(found[0] ?? "");
    });

  const resultsOf = ({ metadata }: KubeObject) => parseResult(metadata.annotations?.[annotationKeys.result.key] ?? "");
  /** The ports of a claim that have their addresses. */
  const withAddresses = async (name: string) => {
    const { ports } = await readNb(stack.nb);
    const own = ports.filter(({ externalIds }) => externalIds.get("k8s.plugin.opnfv.org/claim") === name);
    return own.filter(({ addresses }) => addresses.length > 0).map((port) => port.name);
  };
  const untilBound = (bound: KubeObject) =>
    until(async () =>
      (await readNb(stack.nb)).ports.some(
        ({ externalIds }) => externalIds.get("k8s.plugin.opnfv.org/pod-uid") === bound.metadata.uid,
      ),
    );
  const untilHolder = (name: string, holder: KubeObject) =>
    until(async () => (await read(name)).status?.ownerPod?.name === holder.metadata.name);

  it("gets its first addresses with a pod, is told of them, and hands them to the next pod only when that one has ended", async () => {
    await apply(claim("db"), pod("db-a", "db"));
    const ip = await ipOf("db-a");
    assert.match(ip ?? "", /^10\.41\.0\.\d+\/28$/);
    await untilTold("db", ip);
    const { status, metadata } = await read("db");
    assert.equal(status?.ownerPod?.name, "db-a");
    assert.deepEqual(
      status.conditions?.map(({ type, status: holds, reason }) => [type, holds, reason]),
      [["IPsAllocated", "True", "SuccessfulAllocation"]],
    );
    assert.deepEqual(metadata.finalizers, ["k8s.plugin.opnfv.org/ipam-claim"]);
    const refused = await tryApply(pod("db-b", "db"));
    assert.match(refused.stderr, /ClaimInUse: .*claim "db" is in use by pod default\/db-a; wait/);
    await kubectl("delete", "pod", "db-a");
    await untilRows("db", /^claim:.*default\/db$/);
    await until(async () => (await read("db")).status?.ownerPod?.name === undefined);
    await apply(pod("db-b", "db"));
    assert.equal(await ipOf("db-b"), ip);
  });

  it("is kept from others while nobody has it, and made again when NB loses it", async () => {
    await apply(claim("lost"), pod("lost-a", "lost"));
    const ip = (await ipOf("lost-a")) ?? "";
    await untilTold("lost", ip);
    await kubectl("delete", "pod", "lost-a");
    await untilRows("lost", /^claim:/);
    const thief = podManifest({ name: "thief", annotations: request({ name: "blue", ipAddress: ip }) });
    assert.match((await tryApply(thief)).stderr, /AddressInUse: .*is in use by the IPAMClaim default\/lost/);
    await nbctl(stack.nb.join(), "lsp-del", (await rows("lost"))[0] ?? "");
    await untilRows("lost", /^claim:/);
    await apply(pod("lost-b", "lost"));
    assert.equal(await ipOf("lost-b"), ip);
  });

  it("is listed with the pod that has it, and so are addresses without a claim", async () => {
    await apply(claim("listed"), pod("listed-a", "listed"), pod("orphan-a", "orphan"));
    const ip = (await ipOf("listed-a")) ?? "";
    await untilTold("listed", ip);
    const flags = ["claims", "--nb", stack.nb.join(), "--kubeconfig", stack.plane.adminKubeconfig];
    const list = () => mustRun(process.execPath, [`${root}/src/main.ts`, ...flags, "listed", "orphan"]);
    const table = await list();
    assert.match(table, new RegExp(`^default +listed +blue +${ip} +\\S+ +in use +listed-a$`, "m"));
    assert.match(table, /^default +orphan +blue +\S+ +\S+ +no claim +orphan-a$/m);
    await kubectl("delete", "pod", "listed-a", "orphan-a");
    await untilRows("listed", /^claim:/);
    assert.match(await list(), /^default +listed +blue .* kept +-$/m);
  });

  it("that is deleted in use says for whom it waits, and its address is free after that", async () => {
    await apply(claim("going"), pod("going-a", "going"));
    await untilTold("going", await ipOf("going-a"));
    await kubectl("delete", "ipamclaim", "going", "--wait=false");
    await until(
      async () =>
        (await read("going")).status?.conditions?.[0]?.message === "the claim is deleted when pod going-a has ended",
    );
    assert.match((await tryApply(pod("going-b", "going"))).stderr, /ClaimInvalid: .* is being deleted/);
    await kubectl("delete", "pod", "going-a");
    await kubectl("wait", "ipamclaim/going", "--for=delete", "--timeout=60s");
    await untilRows("going", undefined);
  });

  it("may come after its pod, and the addresses of one that never comes are free when the pod is gone", async () => {
    await apply(pod("late-a", "late"), pod("never-a", "never"));
    const ip = await ipOf("late-a");
    await apply(claim("late"));
    await untilTold("late", ip);
    await kubectl("delete", "pod", "never-a", "late-a");
    await untilRows("never", undefined);
    await untilRows("late", /^claim:/);
  });

  it("with addresses that somebody wrote gives exactly those", async () => {
    await apply(claim("filled", "red"));
    const status = { ips: ["10.42.0.13/24"] };
    const body = JSON.stringify({ status });
    await kubectl("patch", "ipamclaim", "filled", "--subresource=status", "--type=merge", "-p", body);
    await apply(pod("filled-a", "filled", "red"));
    assert.equal(await ipOf("filled-a"), "10.42.0.13/24");
  });

  it("is refused with field and cure where it does not fit", async () => {
    await apply(claim("red", "red"));
    assert.match(
      (await tryApply(pod("x", "red"))).stderr,
      /ClaimInvalid: .*"red" is for the network "red", and .*"blue"; name a claim/,
    );
    const both = podManifest({ name: "x", annotations: request({ name: "blue", claim: "a", ipAddress: "10.41.0.9" }) });
    assert.match(
      (await tryApply(both)).stderr,
      /Malformed: .*ipAddress "10.41.0.9" asks for an address beside a claim/,
    );
    const twice = podManifest({
      name: "x",
      annotations: request({ name: "blue", claim: "a" }, { name: "blue", claim: "a" }),
    });
    assert.match(
      (await tryApply(twice)).stderr,
      /ClaimInvalid: .*interface\[1\]\.claim "a" is named by .*interface\[0\]\.claim as well/,
    );
    assert.match((await tryApply(pod("x", "other/a"))).stderr, /Malformed: .*names a namespace, .*; write "a"/);
    assert.deepEqual([await rows("a"), await rows("red")], [[], []]);
  });

  it("is made for each replica of a StatefulSet that is sticky, and the replica has its addresses over and over", async () => {
    await apply(statefulSet("kv", 2, { name: "red", interface: "net1", sticky: true }));
    await untilTold("kv-0.red.net1", await untilIp("kv-0"));
    await untilTold("kv-1.red.net1", await untilIp("kv-1"));
    const before = [await ipOf("kv-0"), await ipOf("kv-1")];
    const { metadata } = await read("kv-0.red.net1");
    const set = setSchema.parse(await stack.plane.kubectl.get(["statefulset", "kv"]));
    assert.deepEqual(metadata.ownerReferences, [
      { apiVersion: "apps/v1", kind: "StatefulSet", name: "kv", uid: set.metadata.uid, controller: true },
    ]);
    await kubectl("scale", "statefulset", "kv", "--replicas=0");
    await kubectl("wait", "pod/kv-0", "pod/kv-1", "--for=delete", "--timeout=60s");
    await kubectl("scale", "statefulset", "kv", "--replicas=2");
    assert.deepEqual([await untilIp("kv-0"), await untilIp("kv-1")], before);
    await kubectl("delete", "statefulset", "kv");
    await kubectl("wait", "ipamclaim/kv-0.red.net1", "ipamclaim/kv-1.red.net1", "--for=delete", "--timeout=120s");
    await untilRows("kv-0.red.net1", undefined);
  });

  it("of a replica that the set no longer has is deleted with the pod where that was asked for", async () => {
    const asked = { name: "red", interface: "net1", sticky: true, whenScaled: "Delete" };
    const lists = [["10.42.0.50"], ["10.42.0.51"], ["10.42.0.52"]];
    await apply(statefulSet("tmp", 2, { ...asked, ordinalAddresses: lists }, { start: 5 }));
    assert.deepEqual([await untilIp("tmp-5"), await untilIp("tmp-6")], ["10.42.0.50/24", "10.42.0.51/24"]);
    await untilTold("tmp-6.red.net1", "10.42.0.51/24");
    await kubectl("scale", "statefulset", "tmp", "--replicas=1");
    await kubectl("wait", "ipamclaim/tmp-6.red.net1", "--for=delete", "--timeout=60s");
    await untilRows("tmp-6.red.net1", undefined);
    await untilTold("tmp-5.red.net1", "10.42.0.50/24");
    await kubectl("scale", "statefulset", "tmp", "--replicas=4");
    await until(async () => /ReplicaInvalid: .*has 3 lists, .*so that tmp-8 has none/.test(await eventsOf("tmp")));
    assert.equal(await untilIp("tmp-7"), "10.42.0.52/24");
  });

  it("is made for no pod that nobody controls", async () => {
    const bare = podManifest({ name: "web-0", annotations: request({ name: "red", sticky: true }) });
    assert.match((await tryApply(bare)).stderr, /ReplicaInvalid: .*and no workload controls this one/);
  });

  it("is told of when it is not there and a name near by is", async () => {
    await apply(claim("mistyped.blue"));
    const { code, stderr } = await tryApply(pod("mistyped-a", "mistyped.bleu"));
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /Warning: .*claim "mistyped.bleu" names an IPAMClaim that does not exist yet; did you mean "mistyped.blue"\?/,
    );
    await kubectl("delete", "pod", "mistyped-a");
  });

  it("is named by a selection of a definition, and says the name of its configuration", async () => {
    const { multusNetworks } = annotationKeys;
    const config = { name: "red-config", type: "ovn4nfv-cni", "nfn-network": "red", allowPersistentIPs: true };
    await stack.plane.kubectl.apply([attachmentDefinition("default", "red-net", config)]);
    const selecting = (name: string, named: string) => {
      const selection = [{ name: "red-net", "ipam-claim-reference": named }];
      return podManifest({ name, annotations: { [multusNetworks.key]: JSON.stringify(selection) } });
    };
    await apply(claim("vm.red-net", "red-config"), claim("vm.other", "red"));
    // The API server may not have the label in its cache of namespaces yet.
    await until(async () => {
      await apply(selecting("vm-a", "vm.red-net"));
      if ((await ipOf("vm-a")) !== undefined) return true;
      await kubectl("delete", "pod", "vm-a");
      return false;
    });
    const ip = await ipOf("vm-a");
    await untilTold("vm.red-net", ip);
    assert.match(
      (await tryApply(selecting("vm-x", "vm.other"))).stderr,
      /ClaimInvalid: .*"vm.other" is for the network "red", and .*"red-config"; name a claim/,
    );
    // The pod comes before a claim of its name that is for another configuration.
    await apply(selecting("vm-b", "vm.early"));
    await apply(claim("vm.early", "red"));
    const conditionOf = async (name: string) => (await read(name)).status?.conditions?.[0];
    await until(async () => (await conditionOf("vm.early"))?.reason === "ClaimInvalid");
    assert.match(
      (await conditionOf("vm.early"))?.message ?? "",
      /^pod vm-b has addresses under this name on "red-config"/,
    );
    assert.deepEqual((await read("vm.early")).status?.ips, []);
    await kubectl("delete", "pod", "vm-a", "vm-b");
    await untilRows("vm.red-net", /^claim:/);
    await untilRows("vm.early", undefined);
    await apply(selecting("vm-c", "vm.red-net"));
    assert.equal(await ipOf("vm-c"), ip);
  });

  it("says when somebody has its address as well", async () => {
    await apply(claim("shared", "red"), pod("shared-a", "shared", "red"));
    const ip = (await ipOf("shared-a")) ?? "";
    await untilTold("shared", ip);
    await kubectl("delete", "pod", "shared-a");
    await untilRows("shared", /^claim:/);
    const nb = stack.nb.join();
    const addresses = `0e:00:00:00:00:01 ${ip.replace(/\/.*/, "")}`;
    // The command lsp-set-addresses refuses what is there already, and other writers do not.
    const columns = ["name=vm", `addresses="${addresses}"`];
    const onRed = ["--", "add", "logical_switch", "red", "ports", "@p"];
    await nbctl(nb, "--", "--id=@p", "create", "logical_switch_port", ...columns, ...onRed);
    await until(async () => (await read("shared")).status?.conditions?.[0]?.reason === "IPAddressConflict");
    assert.match((await read("shared")).status?.conditions?.[0]?.message ?? "", /^port vm has an address of the claim/);
    await nbctl(nb, "lsp-del", "vm");
  });

  it("has its addresses after a restore of NB from a backup that lacks them, and nobody got them meanwhile", async () => {
    assert.ok(stack.nbServer !== undefined);
    const { folder, endpoint, controlSocket } = stack.nbServer;
    const client = ovnBinary("ovsdb-client");
    const backup = join(folder, "claims-backup");
    await writeFile(backup, await mustRun(client, ["backup", endpoint, "OVN_Northbound"]));
    // A backup that is older than the numbers of the fence tells each replica that NB was restored.
    await dropConnections(controlSocket);
    await apply(claim("restored", "red"), pod("restored-a", "restored", "red"));
    await apply(claim("running", "red"), pod("running-a", "running", "red"));
    const [ip, running] = [(await ipOf("restored-a")) ?? "", (await ipOf("running-a")) ?? ""];
    await untilTold("restored", ip);
    await untilTold("running", running);
    await kubectl("delete", "pod", "restored-a");
    await untilRows("restored", /^claim:/);
    // Nobody makes rows again now, so only what the webhook has read keeps the addresses from others.
    await controller.stop();
    // The program seeks in its input, so the input must be a file.
    await mustRun("sh", ["-c", 'exec "$1" restore "$2" OVN_Northbound <"$3"', "sh", client, endpoint, backup]);
    assert.deepEqual(await rows("restored"), []);
    const thief = (wanted: string) =>
      podManifest({ name: "thief", annotations: request({ name: "red", ipAddress: wanted.replace(/\/.*/, "") }) });
    for (const [wanted, says] of [
      [ip, /AddressInUse: .*is in use by the IPAMClaim default\/restored/],
      [running, /AddressInUse: .*is in use by pod default\/running-a/],
    ] as const) {
      await until(async () => {
        const { code, stderr } = await tryApply(thief(wanted));
        assert.notEqual(code, 0, "somebody got an address of a claim");
        return says.test(stderr);
      });
    }
    const checked = await runCheck(stack);
    assert.equal(checked.code, exitCodes.disagrees.code, checked.stderr);
    assert.match(checked.stdout, /^claim without row +default .*claim:\S+:default\/restored$/m);
    const flags = ["addresses", "red", "--nb", stack.nb.join(), "--kubeconfig", stack.plane.adminKubeconfig];
    const listed = await mustRun(process.execPath, [`${root}/src/main.ts`, ...flags]);
    assert.match(listed, /IPAMClaim default\/restored \(its row is lost\)$/m);
    await controller.start();
    await untilRows("restored", /^claim:/);
    await untilRows("running", /-net1$/);
    await apply(pod("restored-b", "restored", "red"));
    assert.equal(await ipOf("restored-b"), ip);
    assert.match((await tryApply(pod("running-b", "running", "red"))).stderr, /ClaimInUse: .*running-a/);
    await until(async () => violations(await stack.world(), { nowMs: Date.now() }).length === 0).catch(() => undefined);
    await stack.assertInvariants();
  });

  it("of a virtual machine is named as KubeVirt's ipam-extensions name it, and its launcher pods get what they select", async () => {
    const machine = kubeVirt.define("Shop-VM".toLowerCase(), [{ ...lan, mac: "02:00:00:00:00:11" }]);
    const { instance, pod: first } = await kubeVirt.start(machine, {}, "pod");
    const [one] = resultsOf(first);
    assert.ok(one);
    assert.deepEqual([one.interface, one.mac_address], [podInterfaceName("LAN"), "02:00:00:00:00:11"]);
    assert.equal(one.interface.length, 14);
    await untilTold("shop-vm.lan", one.ip_address[0]);
    await kubeVirt.end(first);
    await untilRows("shop-vm.lan", /^claim:.*default\/shop-vm\.lan$/);
    const again = await kubeVirt.start(machine);
    const [two] = resultsOf(again.pod);
    assert.deepEqual([two?.ip_address, two?.mac_address], [one.ip_address, one.mac_address]);
    assert.notEqual(again.instance.uid, instance.uid);
    await kubeVirt.end(again.pod);
    await kubeVirt.remove(machine);
    await kubectl("wait", "ipamclaim/shop-vm.lan", "--for=delete", "--timeout=60s");
    await untilRows("shop-vm.lan", undefined);
  });

  it("passes to the pod to which its virtual machine migrates when that is ready, and back when it fails", async () => {
    const { instance, pod: source } = await kubeVirt.start(kubeVirt.define("mig", [lan]));
    const [has] = resultsOf(source);
    await untilTold("mig.lan", has?.ip_address[0]);
    await untilHolder("mig.lan", source);
    const forged = podManifest({ name: "forged", annotations: request({ name: "blue", claim: "mig.lan" }) });
    assert.match((await tryApply(forged)).stderr, /ClaimInUse/);
    for (const isFailing of [true, false]) {
      const target = await kubeVirt.migrate(instance);
      const [gets] = resultsOf(target);
      assert.deepEqual([gets?.ip_address, gets?.mac_address], [has?.ip_address, has?.mac_address]);
      assert.notEqual(gets?.port, has?.port);
      await assert.rejects(kubeVirt.migrate(instance), (error) => {
        return apiErrorDetails(error)?.message.includes("ClaimInUse") === true;
      });
      await untilBound(target);
      assert.deepEqual(await withAddresses("mig.lan"), [has?.port]);
      await stack.assertInvariants();
      await kubeVirt.targetReady(target);
      await until(async () => (await withAddresses("mig.lan")).join() === gets?.port);
      await untilHolder("mig.lan", target);
      await stack.assertInvariants();
      await kubeVirt.end(isFailing ? target : source);
      await untilHolder("mig.lan", isFailing ? source : target);
      assert.deepEqual(await withAddresses("mig.lan"), [isFailing ? has?.port : gets?.port]);
    }
    const conflicts = await stack.plane.kubectl.must(["get", "events", "-o=jsonpath={.items[*].reason}"]);
    assert.doesNotMatch(conflicts, /AddressConflict|PortChanged|PortCorrected/);
    assert.match(conflicts, /AddressesMoved/);
  });

  it("needs no right that it was not given, and none is there for nothing", async () => {
    // The audit log has a watch when it has ended.
    await controller.stop();
    await assertRareRights(stack.plane, "test/e2e/networks/claims.test.ts");
  });
});
