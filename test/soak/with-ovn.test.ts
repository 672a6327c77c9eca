// OVN of our own, on nodes that have none: what an operator does, and what happens when its pods are replaced.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { labPlace } from "#guides/lab-place.ts";
import { readGuidePages } from "#guides/guide-pages.ts";
import { runGuide } from "#guides/run-guide.ts";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { bareLabAddOns } from "#lab/cluster/lab-add-ons.ts";
import { busyboxImage } from "#lab/cluster/lab-images.ts";
import { describeLab } from "#lab/cluster/lab-state.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { systemClock } from "#src/core/clock.ts";
import { LabStack } from "#test/stacks/lab/lab-stack.ts";
import { stderrProgress } from "#tools/process/progress.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

describe("OVN of our own", { skip: whyLabCannotRun() }, () => {
  const folder = createTemporaryFolder("with-ovn");
  let stack: LabStack;
  before(async () => {
    stack = await LabStack.start({ isBare: true, addOns: bareLabAddOns });
  });
  after(async () => {
    await stack[Symbol.asyncDispose]();
    folder.remove();
  });

  const system = (...args: readonly string[]): Promise<string> => stack.kubectl("-n", systemNamespace, ...args);
  const rolledOut = (name: string): Promise<string> => system("rollout", "status", "--timeout=120s", name);
  const hostPodOf = async (node: string): Promise<string> =>
    (
      await system(
        "get",
        "pod",
        "-l",
        "app.kubernetes.io/name=ovn-host",
        `--field-selector=spec.nodeName=${node}`,
        "-o",
        "name",
      )
    ).trim();

  /** The address of a pod on its network, without the prefix. */
  const addressIn = async (name: string): Promise<string> => {
    const [address = ""] = (await stack.result(name))[0]?.ip_address ?? [];
    return address.split("/")[0] ?? "";
  };

  it("carries the first pods of a new user", async ({ signal }) => {
    const page = readGuidePages().find(({ name }) => name === "first-pod");
    assert.ok(page);
    const place = await labPlace(describeLab(stack.lab), folder.path);
    await runGuide(page, { place, progress: stderrProgress(), signal });
  });

  it("lets a node write its own chassis, and nothing of another node", async () => {
    const chassis = await system(
      "exec",
      "ovn-central-0",
      "-c",
      "northd",
      "--",
      "ovn-sbctl",
      "--bare",
      "--columns=name",
      "list",
      "Chassis",
    );
    assert.deepEqual(chassis.split("\n").filter(Boolean).sort(), ["n1", "n2"]);
    const asNode = async (tool: string, port: number, ...args: readonly string[]) => {
      const server = `--db=ssl:ovn-central-0.ovn-central.${systemNamespace}.svc.cluster.local:${port}`;
      const tls = [
        "private-key=/etc/ovn/tls/tls.key",
        "certificate=/etc/ovn/tls/tls.crt",
        "ca-cert=/etc/ovn/tls/ca.crt",
      ];
      const inside = ["-n", systemNamespace, "exec", await hostPodOf("n1"), "-c", "controller", "--", tool, server];
      return stack.lab.controlPlane.kubectl.run([...inside, "--timeout=10", ...tls.map((one) => `--${one}`), ...args]);
    };
    assert.equal((await asNode("ovn-sbctl", 6642, "set", "Chassis", "n1", "external_ids:mine=yes")).code, 0);
    const other = await asNode("ovn-sbctl", 6642, "set", "Chassis", "n2", "external_ids:mine=yes");
    assert.match(other.stderr, /permission error/);
    // Its certificate is of another authority than that of the Northbound database.
    assert.notEqual((await asNode("ovn-nbctl", 6641, "ls-list")).code, 0);
  });

  it("keeps everything when the pod of the databases is replaced and gets another address", async () => {
    await stack.addNetworks({ kept: { ipv4Subnets: [{ subnet: "10.77.0.0/24" }] } });
    await stack.apply(pod("left", "n1", "kept"), pod("right", "n2", "kept"));
    await stack.ready("left", "right");
    const right = await addressIn("right");
    await stack.assertReaches("left", [right]);
    const addressOf = () => system("get", "pod", "ovn-central-0", "-o", "jsonpath={.status.podIP}");
    const before = await addressOf();
    const startedMs = systemClock.monotonicMs();
    await system("delete", "pod", "ovn-central-0", "--grace-period=1");
    await rolledOut("statefulset/ovn-central");
    assert.notEqual(await addressOf(), before);
    const again = pod("third", "n2", "kept");
    await stack.eventually(() => stack.apply(again));
    console.error(
      `a pod was stored ${Math.round(systemClock.monotonicMs() - startedMs)} ms after the deletion of the databases' pod`,
    );
    await stack.ready("third");
    await stack.assertReaches("left", [right, await addressIn("third")]);
  });

  it("stops traffic for moments only when the pod of a node is replaced", async () => {
    const right = await addressIn("right");
    const count = 300;
    const ping = stack.script("left", `ping -i 0.1 -c ${count} -W 1 ${right} | tail -2`);
    await system("delete", await hostPodOf("n1"), "--grace-period=5");
    await rolledOut("daemonset/ovn-host");
    const said = (await ping).stdout;
    console.error(`ovn-host of n1 replaced under ping, ${count} in 0.1 s: ${said.trim().replaceAll("\n", "; ")}`);
    const received = Number(/(\d+) packets received/.exec(said)?.[1]);
    assert.ok(received > 0, said);
    await stack.assertReaches("left", [right]);
  });
});

function pod(name: string, node: string, network: string): object {
  const request = JSON.stringify({ type: "ovn4nfv", interface: [{ name: network }] });
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, annotations: { "k8s.plugin.opnfv.org/nfn-network": request } },
    spec: {
      nodeSelector: { "kubernetes.io/hostname": node },
      terminationGracePeriodSeconds: 1,
      containers: [{ name: "main", image: busyboxImage }],
    },
  };
}
