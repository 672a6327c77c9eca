// The work of an operator in a real cluster: install, upgrade, remove. It needs the one lab of this machine.
import assert from "node:assert/strict";
import { globSync, realpathSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import { defaultMacPrefix } from "#src/net/mac.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { certManagerTools } from "#lab/kubernetes/cert-manager.ts";
import { processNames, systemNamespace, userNameOf } from "#lab/kubernetes/identities.ts";
import type { LabNode } from "#lab/cluster/lab-node.ts";
import { wireDevice } from "#lab/machine/chassis-host.ts";
import { Lab, whyLabCannotRun } from "#lab/cluster/lab.ts";
import { labAddOns } from "#lab/cluster/lab-add-ons.ts";
import { busyboxImage } from "#lab/cluster/lab-images.ts";
import { importImage } from "#lab/cluster/ovn4nfv-add-on.ts";
import { buildProductImage, type OtherBuild } from "#tools/image/product-image.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { root } from "#tools/source-files.ts";
import { type Outcome, tellErrors } from "#test/stacks/burst.ts";
import { CertManagerInstall } from "#test/stacks/lab/cert-manager-overlay.ts";
import { reachAll } from "#test/stacks/lab/lab-stack.ts";
import { hasNotToEnd } from "#test/stacks/lab/pod-ends.ts";
import { networkManifest } from "#test/stacks/network-stack.ts";
import { attachmentDefinition } from "#test/fixtures/kube/attachment-definition.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { assertRights } from "#test/assertions/rights.ts";
import { until } from "#test/assertions/until.ts";
import packageJson from "../../../package.json" with { type: "json" };

const cainjector = "deployment/ovn4nfv-cainjector";
const workloads = [
  "deployment/ovn4nfv-webhook",
  "deployment/ovn4nfv-controller",
  cainjector,
  "daemonset/ovn4nfv-agent",
] as const;
/** A mapping in Open vSwitch that nobody of us made. */
const foreignMapping = "other:br-phys";
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
  /** The result of each pod, by the pod's name. */
  const allResults = async () => {
    const pods = await list("pods", "-l", annotationKeys.allocation.key);
    return new Map(
      pods.map(({ metadata }) => [metadata.name, metadata.annotations?.[annotationKeys.result.key] ?? ""]),
    );
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

  it("is upgraded to another build under load: no create fails, pings go on, results stay", async () => {
    const [from, to] = await list("pods", "-l", "app=web");
    assert.ok(from && to);
    const before = await allResults();
    const [target = ""] = (addressesOf(to)[0] ?? "").split("/");
    const inPod = (command: string) => kubectl("exec", from.metadata.name, "--", "sh", "-c", command);
    await inPod(`ping -i 0.2 ${target} > /tmp/pings 2>&1 & echo $! > /tmp/ping.pid`);
    await importImage(lab, "next", await buildProductImage(nextBuild(lab.subfolder("next"))));
    const load = new AbortController();
    const creating = createUntil(load.signal);
    for (const name of workloads) {
      const [, workload = ""] = name.split("/ovn4nfv-");
      await kubectl("set", "image", "-n", systemNamespace, name, `${workload}=${nextImage}`);
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
    const sent = Array.from({ length: Math.max(...answered) + 1 }, (_, seq) => seq);
    assert.ok(sent.length > 20, pings);
    // A busy machine may lose a packet now and then. A path that breaks loses several in a row.
    assert.ok(!sent.some((seq) => !answered.has(seq) && !answered.has(seq + 1) && !answered.has(seq + 2)), pings);
    const after = await allResults();
    for (const [name, result] of before) assert.equal(after.get(name), result, name);
    await assertRunsNext();
    assert.match(after.get("load-0") ?? "", macOf(defaultMacPrefix));
    // A replica of before is asked until it has drained.
    await untilOldOnesEnded();
    await createUntil(load.signal, 1, "late");
    assert.match((await allResults()).get("late-0") ?? "", macOf(nextMacPrefix));
    await kubectl("delete", "pods", "-l", "load", "--timeout=60s");
  });

  it("adds a definition that is made later to its list, which a policy reads", async () => {
    const name = "made-later";
    const config = { cniVersion: "1.0.0", name, type: "ovn4nfv-cni" };
    await lab.controlPlane.kubectl.apply([attachmentDefinition("default", name, config)]);
    const inDefault = ["get", "configmap", "ovn4nfv-definitions", "-n", systemNamespace, "-o=jsonpath={.data.default}"];
    await until(async () => (await kubectl(...inDefault)).split(" ").includes(name));
    await kubectl("delete", "network-attachment-definition", name);
    await until(async () => !(await kubectl(...inDefault)).split(" ").includes(name));
  });

  const untilOldOnesEnded = () =>
    until(async () => (await list("pods", "-n", systemNamespace)).every(hasNotToEnd), 60_000);

  /** Every process says that it is the other build, by its image and in its own words. */
  async function assertRunsNext(): Promise<void> {
    const pods = (await list("pods", "-n", systemNamespace)).filter(hasNotToEnd);
    assert.deepEqual([...new Set(pods.map(imageOf))], [nextImage]);
    for (const { metadata } of pods) {
      const said = await kubectl(
        "exec",
        "-n",
        systemNamespace,
        metadata.name,
        "--",
        "ovn4nfv",
        "version",
        "-o",
        "json",
      );
      assert.match(said, new RegExp(`"${nextVersion}"`), metadata.name);
    }
  }

  for (const process of processNames) {
    it(`has given its ${process} every right that it uses, and no other`, async () => {
      // The audit log has a watch when it has ended: those of the replicas before the upgrade end when these have drained.
      await untilOldOnesEnded();
      await assertRights(lab.controlPlane, process);
    });
  }

  /** The interfaces of pods on a node's bridge. */
  const portsOf = async (node: LabNode) => {
    const ports = await node.machine.must("ovs-vsctl", ["--bare", "--columns=external_ids", "list", "interface"]);
    return ports.split("\n").filter((line) => line.includes("iface-id="));
  };

  const mappingsOf = async ({ chassis }: LabNode): Promise<string> => {
    const got = ["--if-exists", "get", "Open_vSwitch", ".", "external_ids:ovn-bridge-mappings"];
    return (await chassis.vsctl(...got)).trim().replaceAll('"', "");
  };

  it("adds a wire to the bridge mappings of a node beside the mapping of somebody else", async () => {
    const [first] = lab.nodes;
    assert.ok(first);
    await first.chassis.vsctl("set", "Open_vSwitch", ".", `external_ids:ovn-bridge-mappings=${foreignMapping}`);
    await lab.controlPlane.kubectl.apply([
      {
        apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
        kind: "ProviderNetwork",
        metadata: { name: "wan" },
        spec: { providerNetType: "DIRECT", direct: { providerInterfaceName: wireDevice, directNodeSelector: "all" } },
      },
    ]);
    await kubectl("wait", "providernetwork/wan", "--for=condition=NodesReady", "--timeout=60s");
    assert.equal(await mappingsOf(first), `${foreignMapping},ovn4nfv-${wireDevice}:br-${wireDevice}`);
  });

  it("is taken away by one Job and kubectl delete, and pods are created and deleted without it", async () => {
    const wired = () => Promise.all(lab.nodes.map(portsOf));
    assert.ok((await wired()).flat().length > 0);
    await kubectl("delete", "-n", "default", "deployment,pod", "--all", "--timeout=90s");
    // The ReplicaSet of a Deployment that is deleted may have made another pod.
    await until(async () => (await wired()).flat().length === 0, 90_000);
    const overlay = uninstallOverlay(lab.subfolder("uninstall"));
    await kubectl("apply", "-k", overlay);
    await kubectl("wait", "-n", systemNamespace, "job/ovn4nfv-uninstall", "--for=condition=Complete", "--timeout=90s");
    await assertRights(lab.controlPlane, "uninstall");
    await kubectl("delete", "-k", overlay, "--timeout=90s");
    await kubectl("delete", "-k", join(root, "deploy/overlays/lab"), "--ignore-not-found", "--timeout=120s");
    const rows = await Promise.all(
      ["logical_switch", "logical_router", "logical_switch_port", "nb_global"].map((table) =>
        lab.central.nbctl("--bare", "--columns=external_ids", "list", table),
      ),
    );
    assert.doesNotMatch(rows.join(), /opnfv/);
    assert.deepEqual((await wired()).flat(), [], "nothing is left on the bridges");
    assert.deepEqual(
      await Promise.all(lab.nodes.map(mappingsOf)),
      [foreignMapping, ""],
      "the mapping of another stays",
    );
    for (const { chassis } of lab.nodes) {
      assert.deepEqual((await chassis.vsctl("list-br")).trim().split("\n"), ["br-int", "br-phys"]);
      assert.doesNotMatch(await chassis.vsctl("get", "Open_vSwitch", ".", "external_ids"), /opnfv/);
    }
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
  async function createUntil(signal: AbortSignal, least = atLeast, name = "load"): Promise<readonly Outcome<void>[]> {
    const outcomes: Outcome<void>[] = [];
    for (let number = 0; !signal.aborted || number < least; number += 1) {
      const spec = { schedulerName: "nobody" };
      const pod = podManifest({
        name: `${name}-${number}`,
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

const [major, minor] = packageJson.version.split(".");
const nextVersion = `${major}.${Number(minor) + 1}.0-next`;
const nextImage = `docker.io/library/ovn4nfv:${nextVersion}`;
const nextMacPrefix = "0e:5a";

/** The overlay of docs/uninstall.md, with the image that the installation has by now. */
function uninstallOverlay(folder: string): string {
  const overlay = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: [relative(realpathSync(folder), join(root, "deploy/uninstall"))],
    images: [{ name: "ovn4nfv", newName: "docker.io/library/ovn4nfv", newTag: nextVersion }],
  };
  writeFileSync(join(folder, "kustomization.yaml"), JSON.stringify(overlay));
  return folder;
}

/** A build of the same tree with another version. It chooses other MAC addresses, and keeps those that are given. */
function nextBuild(folder: string): OtherBuild {
  const [version, from] = [`"version": "${packageJson.version}"`, "? defaultMacPrefix :"];
  const changes = [
    { path: "package.json", from: version, to: `"version": "${nextVersion}"` },
    { path: "src/ovn/switches/switch-settings.ts", from, to: `? ("${nextMacPrefix}" as MacPrefix) :` },
  ];
  return { name: `ovn4nfv:${nextVersion}`, changes, folder };
}

function macOf(prefix: string): RegExp {
  return new RegExp(`"mac_address":"${prefix}:`);
}

/** The networks for which the samples ask. */
const networks = [
  networkManifest("blue", { ipv4Subnets: [{ name: "v4", subnet: "10.10.0.0/22", gateway: "10.10.0.1" }] }),
  networkManifest("green", {
    ipv4Subnets: [{ name: "v4", subnet: "10.20.0.0/24", gateway: "10.20.0.1" }],
    ipv6Subnets: [{ name: "v6", subnet: "fd20::/64", gateway: "fd20::1" }],
    mtu: 1400,
  }),
];

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
