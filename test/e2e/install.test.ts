// What an operator does, in a real cluster: install, upgrade, remove.
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import type { KubeObject } from "#src/kube/kube-object.ts";
import { systemNamespace } from "#test/lab/identities.ts";
import { Lab, whyLabCannotRun } from "#test/lab/lab.ts";
import { labAddOns } from "#test/lab/lab-add-ons.ts";
import { busyboxImage } from "#test/lab/lab-images.ts";
import { readManifests } from "#test/lab/manifests.ts";
import { root } from "#test/tools/source-files.ts";
import { type Outcome, tellErrors } from "./burst.ts";
import { podManifest, request } from "./pod-manifest.ts";

const workloads = ["deployment/ovn4nfv-webhook", "deployment/ovn4nfv-controller", "daemonset/ovn4nfv-agent"] as const;
const samples = globSync("deploy/samples/*.yaml", { cwd: root }).sort();

describe("an installation", { skip: whyLabCannotRun() }, () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.start({ addOns: labAddOns });
    for (const [name, ...settings] of networks)
      await lab.central.nbctl("ls-add", name, "--", "set", "logical_switch", name, ...settings);
  });
  after(() => lab.stop());

  const kubectl = (...args: readonly string[]) => lab.controlPlane.kubectl.must(args, { timeoutMs: 130_000 });
  const list = async (...args: readonly string[]) =>
    ((await lab.controlPlane.kubectl.get(args)) as { readonly items: readonly KubeObject[] }).items;
  const rolledOut = () =>
    Promise.all(workloads.map((name) => kubectl("rollout", "status", "-n", systemNamespace, name, "--timeout=120s")));
  const addressesOf = (pod: KubeObject) =>
    parseResult(pod.metadata.annotations?.[annotationKeys.result.key] ?? "").map((one) => one.ip_address.join());
  /** Pod -> what it was given. */
  const allAddresses = async () => {
    const pods = await list("pods", "-l", annotationKeys.allocation.key);
    return new Map(pods.map((pod) => [pod.metadata.name, addressesOf(pod).join()]));
  };

  it("runs what the manifests say, each process on its own rights", async () => {
    await rolledOut();
    const pods = await list("pods", "-n", systemNamespace);
    assert.equal(pods.length, 6);
    const [webhook] = (
      (await lab.controlPlane.kubectl.get(["mutatingwebhookconfiguration", "zz-ovn4nfv"])) as {
        readonly webhooks: readonly { readonly clientConfig: { readonly caBundle?: string } }[];
      }
    ).webhooks;
    assert.ok(webhook?.clientConfig.caBundle);
  });

  it("serves the sample applications, whose pods reach each other", async () => {
    await lab.controlPlane.kubectl.apply(samples.flatMap(readManifests).map(withLabImage));
    await kubectl("rollout", "status", "deployment/web", "--timeout=90s");
    await kubectl("wait", "pod", "--all", "--for=condition=Ready", "--timeout=90s");
    const [first, ...others] = await list("pods", "-l", "app=web");
    assert.ok(first && others.length === 2);
    for (const other of others) {
      const [address = ""] = (addressesOf(other)[0] ?? "").split("/");
      assert.match(
        await kubectl("exec", first.metadata.name, "--", "ping", "-c1", "-W5", address),
        /1 packets received/,
      );
    }
  });

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
    const pings = await inPod("kill -INT $(cat /tmp/ping.pid); sleep 0.2; tail -n3 /tmp/pings");
    const [, sent = "0", received = "0"] = /(\d+) packets transmitted, (\d+) packets received/.exec(pings) ?? [];
    assert.ok(Number(sent) > 20 && Number(sent) - Number(received) <= 1, pings);
    const after = await allAddresses();
    for (const [name, addresses] of before) assert.equal(after.get(name), addresses, name);
    const images = (await list("pods", "-n", systemNamespace)).map(imageOf);
    assert.deepEqual([...new Set(images)], [upgradedImage]);
    await kubectl("delete", "pods", "-l", "load", "--timeout=60s");
  });

  /** Creates pods, which nothing schedules, one after the other. */
  async function createUntil(signal: AbortSignal): Promise<readonly Outcome<void>[]> {
    const outcomes: Outcome<void>[] = [];
    for (let number = 0; !signal.aborted; number += 1) {
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

const productImage = "docker.io/library/ovn4nfv:0.1.0";
const upgradedImage = "docker.io/library/ovn4nfv:0.1.0-next";

const networks = [
  [
    "blue",
    "other_config:subnet=10.10.0.0/22",
    "external_ids:k8s.plugin.opnfv.org/gateways=10.10.0.1",
    "external_ids:k8s.plugin.opnfv.org/allowed-namespaces=default",
  ],
  [
    "green",
    'external_ids:k8s.plugin.opnfv.org/subnets="10.20.0.0/24,fd20::/64"',
    'external_ids:k8s.plugin.opnfv.org/gateways="10.20.0.1,fd20::1"',
    "external_ids:k8s.plugin.opnfv.org/mtu=1400",
    "external_ids:k8s.plugin.opnfv.org/allowed-namespaces=default",
  ],
] as const;

interface Template {
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
}

/** Nothing is pulled here: busybox is on the nodes under another name. */
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
