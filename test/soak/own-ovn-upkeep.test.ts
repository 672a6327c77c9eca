// Our own OVN is restarted, upgraded, and gets new certificates while pods talk to each other and others are created. The losses
// are measured, and stand in docs/own-ovn.md.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { systemClock } from "#src/core/clock.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { bareLabAddOns } from "#lab/cluster/lab-add-ons.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { LabStack, labPod } from "#test/stacks/lab/lab-stack.ts";
import { carriedConnection, countedPings } from "#test/stacks/lab/measured-traffic.ts";
import { ovnImageName } from "#tools/image/ovn-image.ts";

const keeper = "deployment/ovn4nfv-ovn-certificates";
/** Certificates are renewed after 80 seconds, and authorities after two minutes. The new one signs 25 seconds later. */
const lives = ["OVN4NFV_CERTIFICATE_LIFETIME=2m", "OVN4NFV_CA_LIFETIME=3m", "OVN4NFV_BUNDLE_SETTLE_TIME=25s"];
const leaves = ["ovn4nfv-ovn-northbound", "ovn4nfv-northbound", "ovn4nfv-ovn-southbound"];
const authorities = ["ovn4nfv-ovn-northbound-ca", "ovn4nfv-ovn-southbound-ca"];
const chassisFile = "/var/lib/ovn4nfv/chassis/tls.crt";
const readers = "app.kubernetes.io/name in (ovn-central,ovn4nfv-webhook,ovn4nfv-controller)";
const rotationLimitMs = 10 * 60_000;

describe("our own OVN under traffic", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  let right = "";
  before(async () => {
    stack = await LabStack.start({ isBare: true, addOns: bareLabAddOns });
    await stack.addNetworks({ blue: { ipv4Subnets: [{ subnet: "10.82.0.0/16" }] } });
    const on = (name: string, node: string) => labPod(name, { node, interfaces: [{ name: "blue" }] });
    await stack.apply(on("left", "n1"), on("right", "n2"));
    await stack.ready("left", "right");
    right = (await stack.result("right"))[0]?.ip_address[0]?.split("/")[0] ?? "";
    await stack.assertReaches("left", [right]);
  });
  after(() => stack[Symbol.asyncDispose]());

  const system = (...args: readonly string[]): Promise<string> => stack.kubectl("-n", systemNamespace, ...args);

  /** Sends pings and keeps a connection from left to right for as long as `work` takes and somewhat longer. */
  async function underTraffic(what: string, work: () => Promise<void>): Promise<void> {
    const [from, to] = [await stack.pod("left"), await stack.pod("right")];
    await using pings = await countedPings(stack, from, right);
    await using connection = await carriedConnection(stack, { from, to, address: right });
    const startedMs = systemClock.monotonicMs();
    await work();
    const tookMs = Math.round(systemClock.monotonicMs() - startedMs);
    await stack.assertReaches("left", [right]);
    const lost = await pings.end();
    const carried = await connection.end();
    console.error(`${what}, in ${tookMs} ms: ${lost}; ${carried.says}`);
    assert.equal(carried.ended, "", "the connection did not live through it");
  }

  /** Changes the pods that read Secrets, at which the kubelet brings these at once. By itself it takes up to two minutes. */
  async function bringSecrets(): Promise<void> {
    const looked = `test/looked=${Math.round(systemClock.monotonicMs())}`;
    await system("annotate", "pod", "--overwrite", "-l", readers, looked);
  }

  async function secrets(...names: readonly string[]): Promise<readonly SecretObject[]> {
    const text = await system("get", "secret", ...names, "-o", "json");
    return (JSON.parse(text) as { readonly items: readonly SecretObject[] }).items;
  }

  it("loses little when the pod of a node is restarted", async () => {
    await underTraffic("ovn-host of n1 restarted", async () => {
      const pods = await stack.pods("app.kubernetes.io/name=ovn-host", systemNamespace);
      const pod = pods.find(({ spec }) => spec.nodeName === "n1");
      assert.ok(pod);
      await system("delete", "pod", pod.metadata.name);
      await stack.rolledOut("daemonset/ovn-host");
    });
  });

  it("loses little when both nodes get another image, one after the other", async () => {
    const next = `${ovnImageName()}-next`;
    const tag = ["--namespace=k8s.io", "images", "tag", "--force", `docker.io/library/${ovnImageName()}`];
    await Promise.all(stack.lab.nodes.map(({ machine }) => machine.must("ctr", [...tag, `docker.io/library/${next}`])));
    await underTraffic("ovn-host of both nodes upgraded", async () => {
      const images = ["check", "openvswitch", "switch", "controller"].map((container) => `${container}=${next}`);
      await system("set", "image", "daemonset/ovn-host", ...images);
      await stack.rolledOut("daemonset/ovn-host");
    });
  });

  it("loses nothing and refuses no pod while the certificates of all parts are renewed", async () => {
    await system("set", "env", keeper, ...lives);
    await stack.rolledOut(keeper);
    await Promise.all(stack.lab.nodes.map(({ machine }) => machine.must("rm", ["-f", chassisFile])));
    await system("delete", "secret", ...leaves, ...authorities);
    await stack.eventually(async () => {
      await bringSecrets();
      await stack.apply(waiting("warm"));
    });
    const seen = new Map<string, Set<string>>();
    const look = async (): Promise<void> => {
      for (const { metadata, data } of await secrets(...leaves, ...authorities)) {
        const text = Buffer.from(data["tls.crt"] ?? "", "base64");
        add(seen, metadata.name, new X509Certificate(text).fingerprint256);
      }
      for (const { plan, machine } of stack.lab.nodes) {
        const text = await machine.must("cat", [chassisFile]);
        add(seen, `chassis ${plan.name}`, new X509Certificate(text).fingerprint256);
      }
    };
    const parts = leaves.length + authorities.length + stack.lab.nodes.length;
    /** Twice renewed, and authorities once. */
    const isRenewed = ([name, { size }]: readonly [string, ReadonlySet<string>]): boolean =>
      size > (authorities.includes(name) ? 1 : 2);
    const isDone = (): boolean => seen.size === parts && [...seen].every(isRenewed);
    let made = 0;
    await underTraffic("all certificates renewed twice, and their authorities", async () => {
      const limit = AbortSignal.timeout(rotationLimitMs);
      for (; !isDone(); made += 1) {
        assert.ok(!limit.aborted, [...seen].map(([name, { size }]) => `${name}: ${size}`).join(", "));
        await stack.apply(waiting(`made-${made}`));
        if (made % 10 !== 0) continue;
        await bringSecrets();
        await look();
      }
    });
    console.error(`${made} pods were created meanwhile, and none was refused`);
    await stack.apply(labPod("later", { node: "n1", interfaces: [{ name: "blue" }] }));
    await stack.ready("later");
    await stack.assertReaches("later", [right]);
  });
});

type SecretObject = KubeObject & { readonly data: Readonly<Record<string, string>> };

function add(seen: Map<string, Set<string>>, name: string, value: string): void {
  seen.set(name, (seen.get(name) ?? new Set()).add(value));
}

/** A pod that nothing schedules, because only its creation counts. */
function waiting(name: string): object {
  const pod = labPod(name, { interfaces: [{ name: "blue" }] }) as { readonly spec: object };
  assert.ok(JSON.stringify(pod).includes(annotationKeys.request.key));
  return { ...pod, spec: { ...pod.spec, schedulerName: "nobody" } };
}
