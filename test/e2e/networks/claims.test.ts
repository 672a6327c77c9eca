// Claims whose addresses pass from one pod to the next, with a real API server: webhook, controller and NB do their parts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { ipamClaimStatusSchema } from "#src/api/claim/ipam-claim.ts";
import { parseResult } from "#src/api/result.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { mustRun } from "#tools/process/command.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { root } from "#tools/source-files.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { until } from "#test/assertions/until.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess } from "#test/stacks/controller-process.ts";
import { networkManifest } from "#test/stacks/network-stack.ts";

const objectSchema = z.object({
  metadata: z.object({ finalizers: z.array(z.string()).default([]), deletionTimestamp: z.string().optional() }),
  status: ipamClaimStatusSchema.optional(),
});
const podSchema = z.object({ metadata: z.object({ annotations: z.record(z.string(), z.string()) }) });

describe("an IPAMClaim", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const owned = new AsyncDisposableStack();
  let stack: AdmissionStack;
  let controller: ManagedProcess;
  before(async () => {
    stack = owned.use(await AdmissionStack.start({ reviewTimeoutSeconds: 30, replicas: 2, plane: { audit: true } }));
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
  const untilTold = (name: string, ip: string | undefined) =>
    until(async () => (await read(name)).status?.ips[0] === ip);
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

  it("needs no right that it was not given, and none is there for nothing", async () => {
    // The audit log has a watch when it has ended.
    await controller.stop();
    await assertRareRights(stack.plane, "test/e2e/networks/claims.test.ts");
  });
});
