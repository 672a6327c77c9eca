// The work of an operator in a real cluster: install, upgrade, remove. It needs the one lab of this machine.
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import { systemClock } from "#src/core/clock.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { certManagerTools } from "#lab/kubernetes/cert-manager.ts";
import {
  type ProcessName,
  processNames,
  rightsManifests,
  systemNamespace,
  userNameOf,
} from "#lab/kubernetes/identities.ts";
import type { LabNode } from "#lab/cluster/lab-node.ts";
import { Lab, whyLabCannotRun } from "#lab/cluster/lab.ts";
import { labAddOns } from "#lab/cluster/lab-add-ons.ts";
import { busyboxImage } from "#lab/cluster/lab-images.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { grantedRights, type Right, usedRights } from "#lab/kubernetes/rights.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { root } from "#tools/source-files.ts";
import { type Outcome, tellErrors } from "#test/stacks/burst.ts";
import { CertManagerInstall } from "#test/stacks/lab/cert-manager-overlay.ts";
import { reachAll } from "#test/stacks/lab/lab-stack.ts";
import { hasNotToEnd } from "#test/stacks/lab/pod-ends.ts";
import { networkManifest } from "#test/stacks/network-stack.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { until } from "#test/assertions/until.ts";

const cainjector = "deployment/ovn4nfv-cainjector";
const workloads = [
  "deployment/ovn4nfv-webhook",
  "deployment/ovn4nfv-controller",
  cainjector,
  "daemonset/ovn4nfv-agent",
] as const;
const samples = globSync("deploy/samples/*.yaml", { cwd: root }).sort();

describe("an installation", { skip: whyLabCannotRun() || whyToolsAreMissing(certManagerTools) }, () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.start({ addOns: labAddOns });
    await lab.controlPlane.kubectl.apply(networks);
    await kubectl("wait", "network", "--all", "--for=condition=Ready", "--timeout=60s");
  });
  after(() => lab.stop());

  const kubectl = (...args: readonly string[]) => lab.controlPlane.kubectl.must(args, { timeoutMs: 130_000 });
  const list = async (...args: readonly string[]) =>
    ((await lab.controlPlane.kubectl.get(args)) as { readonly items: readonly KubeObject[] }).items;
  const rolledOut = (names: readonly string[] = workloads) =>
    Promise.all(names.map((name) => kubectl("rollout", "status", "-n", systemNamespace, name, "--timeout=120s")));
  const addressesOf = (pod: KubeObject) =>
    parseResult(pod.metadata.annotations?.[annotationKeys.result.key] ?? "").map((one) => one.ip_address.join());
  /** The addresses of each pod, by the pod's name. */
  const allAddresses = async () => {
    const pods = await list("pods", "-l", annotationKeys.allocation.key);
    return new Map(pods.map((pod) => [pod.metadata.name, addressesOf(pod).join()]));
  };

  it("runs what the manifests say, each process on its own rights", async () => {
    await rolledOut();
    const pods = await list("pods", "-n", systemNamespace);
    assert.equal(pods.length, 7);
    const [webhook] = (
      (await lab.controlPlane.kubectl.get(["mutatingwebhookconfiguration", "zz-ovn4nfv"])) as {
        readonly webhooks: readonly { readonly clientConfig: { readonly caBundle?: string } }[];
      }
    ).webhooks;
    assert.ok(webhook?.clientConfig.caBundle);
  });

  it("shows Networks to users who may view a namespace, and does not let them make any", async () => {
    await kubectl("create", "rolebinding", "owner", "--clusterrole=admin", "--user=owner");
    const mayOwner = async (verb: string) => {
      const args = ["auth", "can-i", verb, "networks.k8s.plugin.opnfv.org", "--as=owner"];
      return (await lab.controlPlane.kubectl.run(args)).stdout.trim();
    };
    assert.deepEqual([await mayOwner("list"), await mayOwner("create")], ["yes", "no"]);
  });

  it("serves the sample applications, whose pods reach each other", () => assertSamplesServed());

  it("is upgraded under load: no create fails, pings go on, addresses stay", async () => {
    const [from, to] = await list("pods", "-l", "app=web");
    assert.ok(from && to);
    const before = await allAddresses();
    const [target = ""] = (addressesOf(to)[0] ?? "").split("/");
    const inPod = (command: string) => kubectl("exec", from.metadata.name, "--", "sh", "-c", command);
    await inPod(`ping -i 0.2 ${target} > /tmp/pings 2>&1 & echo $! > /tmp/ping.pid`);
    await Promise.all(
      lab.nodes.map((node) => node.machine.must("ctr", ["-n=k8s.io", "images", "tag", productImage, upgradedImage])),
    );
    const load = new AbortController();
    const creating = createUntil(load.signal);
    for (const name of workloads) {
      const [, workload = ""] = name.split("/ovn4nfv-");
      await kubectl("set", "image", "-n", systemNamespace, name, `${workload}=${upgradedImage}`);
    }
    await rolledOut();
    load.abort();
    const outcomes = await creating;
    assert.equal(tellErrors(outcomes), "");
    const pings = await inPod(
      "kill -INT $(cat /tmp/ping.pid); until grep -q transmitted /tmp/pings; do sleep 0.1; done; cat /tmp/pings",
    );
    // Pings that were under way at the end are no loss.
    const answered = new Set([...pings.matchAll(/seq=(\d+)/g)].map(([, seq]) => Number(seq)));
    const last = Math.max(...answered);
    assert.ok(last > 20 && last + 1 - answered.size <= 1, pings);
    const after = await allAddresses();
    for (const [name, addresses] of before) assert.equal(after.get(name), addresses, name);
    const running = (await list("pods", "-n", systemNamespace)).filter((pod) => !pod.metadata.deletionTimestamp);
    const images = running.map(imageOf);
    assert.deepEqual([...new Set(images)], [upgradedImage]);
    await kubectl("delete", "pods", "-l", "load", "--timeout=60s");
  });

  it("adds a definition that is made later to its list, which a policy reads", async () => {
    const metadata = { name: "made-later", namespace: "default" };
    const config = JSON.stringify({ cniVersion: "1.0.0", name: "made-later", type: "ovn4nfv-cni" });
    await lab.controlPlane.kubectl.apply([
      { apiVersion: "k8s.cni.cncf.io/v1", kind: "NetworkAttachmentDefinition", metadata, spec: { config } },
    ]);
    const inDefault = ["get", "configmap", "ovn4nfv-definitions", "-n", systemNamespace, "-o=jsonpath={.data.default}"];
    await until(async () => (await kubectl(...inDefault)).split(" ").includes(metadata.name));
    await kubectl("delete", "network-attachment-definition", metadata.name);
    await until(async () => !(await kubectl(...inDefault)).split(" ").includes(metadata.name));
  });

  for (const process of processNames) {
    it(`has given its ${process} every right that it uses, and no other`, async () => {
      // The audit log has a watch when it has ended: those of the replicas before the upgrade end when these have drained.
      await until(async () => (await list("pods", "-n", systemNamespace)).every(hasNotToEnd), 60_000);
      await assertRights(process);
    });
  }

  async function assertRights(name: keyof typeof onBadDays): Promise<void> {
    const granted = grantedRights(rightsManifests[name]);
    const used = () => usedRights(join(lab.controlPlane.folder, "audit.log"), userNameOf(name), granted);
    const rare = new Set(onBadDays[name]);
    const unused = (): readonly Right[] => {
      const { allowed } = used();
      // Servers that do not stream the first list with the watch get a request for it.
      const isUsed = (right: Right) =>
        allowed.has(right) || allowed.has(right.replace(/^list /, "watch ")) || rare.has(right);
      return [...granted].filter((right) => !isUsed(right));
    };
    // The audit log gets a call when the call has ended, which may be after its answer.
    const limitMs = systemClock.monotonicMs() + 30_000;
    while (unused().length > 0 && systemClock.monotonicMs() < limitMs) await systemClock.sleep(500);
    assert.deepEqual(unused(), [], "granted, but not used");
    assert.deepEqual([...used().forbidden], [], "used, but not granted");
    assert.deepEqual(
      [...rare].filter((right) => !granted.has(right)),
      [],
      "excused, but not granted",
    );
  }

  /** The interfaces of pods on a node's bridge. */
  const portsOf = async (node: LabNode) => {
    const ports = await node.machine.must("ovs-vsctl", ["--bare", "--columns=external_ids", "list", "interface"]);
    return ports.split("\n").filter((line) => line.includes("iface-id="));
  };

  it("is taken away by one Job and kubectl delete, and pods are created and deleted without it", async () => {
    const wired = () => Promise.all(lab.nodes.map(portsOf));
    assert.ok((await wired()).flat().length > 0);
    await kubectl("delete", "-n", "default", "deployment,pod", "--all", "--timeout=90s");
    // The ReplicaSet of a Deployment that is deleted may have made another pod.
    await until(async () => (await wired()).flat().length === 0, 90_000);
    await kubectl("apply", "-k", join(root, "deploy/uninstall"));
    await kubectl("wait", "-n", systemNamespace, "job/ovn4nfv-uninstall", "--for=condition=Complete", "--timeout=90s");
    await assertRights("uninstall");
    await kubectl("delete", "-k", join(root, "deploy/uninstall"), "--timeout=90s");
    await kubectl("delete", "-k", join(root, "deploy/overlays/lab"), "--ignore-not-found", "--timeout=120s");
    const rows = await Promise.all(
      ["logical_switch", "logical_router", "logical_switch_port", "nb_global"].map((table) =>
        lab.central.nbctl("--bare", "--columns=external_ids", "list", table),
      ),
    );
    assert.doesNotMatch(rows.join(), /opnfv/);
    assert.deepEqual((await wired()).flat(), [], "nothing is left on the bridges");
    const kinds = "mutatingwebhookconfiguration,validatingwebhookconfiguration,validatingadmissionpolicy,clusterrole";
    const left = await kubectl("get", kinds, "-o", "name");
    assert.deepEqual(
      left.split("\n").filter((name) => name.includes("ovn4nfv")),
      [],
    );
    const pod = podManifest({ name: "after", annotations: request({ name: "blue" }) });
    await lab.controlPlane.kubectl.apply([withLabImage(pod as KubeObject)]);
    await kubectl("delete", "pod", "after", "--timeout=60s");
  });

  it("can also come from the overlay for cert-manager, and a forced renewal fails no create", async () => {
    await using installed = await CertManagerInstall.apply(lab);
    await rolledOut(workloads.filter((name) => name !== cainjector));
    const all = ["get", "deployment,clusterrole,clusterrolebinding", "-A", "-o", "name"];
    assert.doesNotMatch(await kubectl(...all), /ovn4nfv-cainjector|ovn4nfv-webhook-certificates/);
    for (const verb of ["get", "patch"]) {
      const asked = [
        "auth",
        "can-i",
        verb,
        "mutatingwebhookconfigurations/zz-ovn4nfv",
        `--as=${userNameOf("webhook")}`,
      ];
      assert.equal((await lab.controlPlane.kubectl.run(asked)).stdout.trim(), "no");
    }
    // The API server loads the injected bundle some moments later.
    await until(
      () =>
        lab.controlPlane.kubectl.apply(networks).then(
          () => true,
          () => false,
        ),
      60_000,
    );
    await kubectl("wait", "network", "--all", "--for=condition=Ready", "--timeout=60s");
    await assertSamplesServed();
    const load = new AbortController();
    const creating = createUntil(load.signal);
    await installed.renew();
    load.abort();
    assert.equal(tellErrors(await creating), "");
  });

  async function assertSamplesServed(): Promise<void> {
    await lab.controlPlane.kubectl.apply(samples.flatMap(readManifests).map(withLabImage));
    await kubectl("rollout", "status", "deployment/web", "--timeout=90s");
    await kubectl("wait", "pod", "--all", "--for=condition=Ready", "--timeout=90s");
    const [first, ...others] = await list("pods", "-l", "app=web");
    assert.ok(first && others.length === 2);
    for (const other of others) {
      const [address = ""] = (addressesOf(other)[0] ?? "").split("/");
      assert.equal(await kubectl("exec", first.metadata.name, "--", "sh", "-c", reachAll([address])), "");
    }
  }

  /** Creates pods, which nothing schedules, one after the other. It creates some also when the time is very short. */
  async function createUntil(signal: AbortSignal): Promise<readonly Outcome<void>[]> {
    const outcomes: Outcome<void>[] = [];
    for (let number = 0; !signal.aborted || number < atLeast; number += 1) {
      const spec = { schedulerName: "nobody" };
      const pod = podManifest({
        name: `load-${number}`,
        labels: { load: "" },
        annotations: request({ name: "blue" }),
        spec,
      });
      const { code, stderr } = await lab.controlPlane.kubectl.run(["create", "-f", "-"], {
        input: JSON.stringify(pod),
      });
      const error = code === 0 ? undefined : new Error(stderr);
      outcomes.push({ number, startedMs: 0, endedMs: 0, value: undefined, error });
    }
    return outcomes;
  }
});

/** The least number of creates that happen during a change. */
const atLeast = 10;

const productImage = "docker.io/library/ovn4nfv:0.1.0";
const upgradedImage = "docker.io/library/ovn4nfv:0.1.0-next";

/** The networks for which the samples ask. */
const networks = [
  networkManifest("blue", { ipv4Subnets: [{ name: "v4", subnet: "10.10.0.0/22", gateway: "10.10.0.1" }] }),
  networkManifest("green", {
    ipv4Subnets: [{ name: "v4", subnet: "10.20.0.0/24", gateway: "10.20.0.1" }],
    ipv6Subnets: [{ name: "v6", subnet: "fd20::/64", gateway: "fd20::1" }],
    mtu: 1400,
  }),
];

/** Rights that a day without faults does not need. Each comment names the test in which the process uses them. */
const onBadDays: Readonly<Record<ProcessName | "uninstall", readonly Right[]>> = {
  webhook: [
    // These are for recovered addresses after a restore of NB (restore), and for definitions that are newer than the
    // watch (multus-only).
    "get /pods",
    "get k8s.cni.cncf.io/network-attachment-definitions",
    // The first process makes the token keys, webhook or controller; certificates are renewed (test/integration/certs,
    // test/integration/tokens).
    "create /configmaps",
    "patch /secrets ovn4nfv-webhook-ca",
    "patch /secrets ovn4nfv-webhook-tls",
    "patch /configmaps ovn4nfv-webhook-ca",
    "patch /configmaps ovn4nfv-token-public-keys",
  ],
  controller: [
    // These are for forced deletes, and for a pod that a watch has not shown yet (lifecycle).
    "get /nodes",
    "get /pods",
    // This is for the same Event again within ten minutes (networks).
    "patch /events",
    // These are for pods that no webhook saw (late-allocation).
    "get k8s.cni.cncf.io/network-attachment-definitions",
    "list k8s.cni.cncf.io/network-attachment-definitions",
    "watch k8s.cni.cncf.io/network-attachment-definitions",
    "list /namespaces",
    "watch /namespaces",
    // The first process makes the token keys, and the leader rotates them (test/integration/tokens).
    "create /secrets",
    "create /configmaps",
    "patch /secrets ovn4nfv-token-keys",
    "patch /configmaps ovn4nfv-token-public-keys",
    // This is no call: the guard asks whether it would be allowed (guard).
    "manage k8s.plugin.opnfv.org/allocations",
  ],
  // These are for a forged result, and for a pod or a key that the watch has not shown yet (test/integration/cni/agent).
  agent: ["get /pods", "get /configmaps ovn4nfv-token-public-keys", "create /events", "patch /events"],
  cainjector: [],
  // These are for --force (uninstall).
  uninstall: ["patch /pods/status", "manage k8s.plugin.opnfv.org/allocations"],
};

interface Template {
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
}

/** Names the image of the lab: nothing is pulled here, and busybox is on the nodes under another name. */
function withLabImage(object: KubeObject): object {
  return JSON.parse(
    JSON.stringify(object)
      .replaceAll("docker.io/library/busybox:1.37", busyboxImage)
      .replaceAll('"command":["sleep","infinity"]', '"imagePullPolicy":"Never"'),
  ) as object;
}

function imageOf(pod: KubeObject): string {
  return (pod as unknown as Template).spec.containers[0]?.image ?? "";
}
