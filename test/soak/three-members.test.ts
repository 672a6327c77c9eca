// Three members of our own OVN's databases: they join by themselves, one that was killed and lost its volume comes back while pods
// are created, and they leave by themselves.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { systemClock } from "#src/core/clock.ts";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { bareLabAddOns } from "#lab/cluster/lab-add-ons.ts";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { LabStack, labPod } from "#test/stacks/lab/lab-stack.ts";
import { buildFolder, buildTogether } from "#tools/manifest/kustomize.ts";

const members = [0, 1, 2];
const databases = [
  { role: "nb", database: "OVN_Northbound" },
  { role: "sb", database: "OVN_Southbound" },
] as const;
const folder = "/var/lib/ovn-databases";
/** The creates that each replaced member sees, and how many of them are under way at once. */
const createsEach = 170;
const lanes = 3;

interface Create {
  readonly refused: number;
  readonly tookMs: number;
  readonly said: string;
}

describe("three members of the databases", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  before(async () => {
    stack = await LabStack.start({ nodes: members.length, isBare: true, addOns: bareLabAddOns });
    await stack.apply(volume("n2"), volume("n3"));
    await stack.addNetworks({ blue: { ipv4Subnets: [{ subnet: "10.80.0.0/20" }] } });
    const on = (name: string, node: string) => labPod(name, { node, interfaces: [{ name: "blue" }] });
    await stack.apply(on("left", "n1"), on("right", "n2"));
    await stack.ready("left", "right");
  });
  after(() => stack[Symbol.asyncDispose]());

  const system = (...args: readonly string[]): Promise<string> => stack.kubectl("-n", systemNamespace, ...args);
  const inMember = (member: number, container: string, ...command: readonly string[]): Promise<string> =>
    system("exec", `ovn-central-${member}`, "-c", container, "--", ...command);
  const status = (member: number, { role, database }: (typeof databases)[number]): Promise<string> =>
    inMember(member, role, "ovn-appctl", "-t", `/run/ovn/${role}.ctl`, "cluster/status", database);
  const serversOf = (text: string): readonly string[] =>
    [...text.matchAll(/at ssl:(ovn-central-\d)\.[^)]*\)/g)].map(([, name = ""]) => name).sort();
  const reaches = async (): Promise<void> => {
    const [address = ""] = (await stack.result("right"))[0]?.ip_address ?? [];
    await stack.assertReaches("left", [address.split("/")[0] ?? ""]);
  };
  const assertServers = (wanted: readonly number[]): Promise<void> =>
    stack.eventually(async () => {
      for (const one of databases) {
        const names = wanted.map((member) => `ovn-central-${member}`);
        for (const member of wanted) assert.deepEqual(serversOf(await status(member, one)), names, one.role);
      }
    });
  const assertClean = async (): Promise<void> => {
    const said = await system("exec", "deployment/ovn4nfv-controller", "--", "/bin/ovn4nfv", "check");
    console.error(`ovn4nfv check: ${said.trim()}`);
  };
  const apply = async (manifest: string): Promise<void> => {
    await stack.lab.controlPlane.kubectl.apply(manifest, { timeoutMs: 120_000 });
    await stack.rolledOut("statefulset/ovn-central", "daemonset/ovn-host");
    await system("rollout", "restart", "deployment/ovn4nfv-webhook", "deployment/ovn4nfv-controller");
    await stack.rolledOut("deployment/ovn4nfv-webhook", "deployment/ovn4nfv-controller");
  };

  /** Creates a pod that no node takes, again and again until it is stored. */
  const create = async (name: string): Promise<Create> => {
    const pod = labPod(name, { interfaces: [{ name: "blue" }] }) as { readonly spec: object };
    const input = JSON.stringify({ ...pod, spec: { ...pod.spec, nodeSelector: { nowhere: "yes" } } });
    const startedMs = systemClock.monotonicMs();
    let said = "";
    for (let refused = 0; ; refused += 1) {
      const { code, stderr } = await stack.lab.controlPlane.kubectl.run(["create", "-f", "-"], { input });
      // A create whose answer was lost may have been stored.
      if (code === 0 || stderr.includes("AlreadyExists")) {
        return { refused, said, tookMs: Math.round(systemClock.monotonicMs() - startedMs) };
      }
      said = stderr.trim();
      assert.ok(refused < 200, said);
    }
  };

  it("come from one member, whose data stays", async () => {
    await apply(
      await buildTogether({ resources: ["overlays/lab-with-ovn"], components: ["components/ovn-three-members"] }),
    );
    await assertServers(members);
    await reaches();
    await stack.eventually(async () => {
      const remotes = await system(
        ...["exec", "daemonset/ovn-host", "-c", "switch", "--", "ovs-vsctl", "--db=unix:/run/openvswitch/db.sock"],
        ...["get", "Open_vSwitch", ".", "external_ids:ovn-remote"],
      );
      for (const member of members) assert.match(remotes, new RegExp(`ovn-central-${member}\\.`));
    });
    assert.equal((await create("first")).refused, 0);
  });

  for (const member of members) {
    it(`lose member ${member} with its volume while pods are created, and none of the pods`, async () => {
      const pod = `ovn-central-${member}`;
      const placed = (await system("get", "pod", pod, "-o", "jsonpath={.spec.nodeName}")).trim();
      const node = stack.lab.nodes.find(({ plan }) => plan.name === placed);
      assert.ok(node);
      const { machine } = node;
      const ids = (await system("get", "pod", pod, "-o", "jsonpath={.status.containerStatuses[*].containerID}"))
        .trim()
        .split(" ")
        .map((id) => id.replace("containerd://", ""));
      const leads = await Promise.all(databases.map(async (one) => /^Role: leader/m.test(await status(member, one))));
      const uid = await system("get", "pod", pod, "-o", "jsonpath={.metadata.uid}");
      const startedMs = systemClock.monotonicMs();
      let isBack = false;
      const replaced = (async (): Promise<number> => {
        for (const id of ids)
          await machine.must("ctr", ["--namespace=k8s.io", "tasks", "kill", "--signal=SIGKILL", id]);
        await machine.must("sh", ["-c", `rm -rf ${folder}/*`]);
        await system("delete", "pod", pod, "--force", "--grace-period=0");
        await stack.eventually(async () => {
          assert.notEqual(await system("get", "pod", pod, "-o", "jsonpath={.metadata.uid}"), uid);
        });
        await stack.rolledOut("statefulset/ovn-central");
        isBack = true;
        return Math.round(systemClock.monotonicMs() - startedMs);
      })();
      let next = 0;
      const lane = async (): Promise<readonly Create[]> => {
        const done: Create[] = [];
        while (next < createsEach || !isBack) done.push(await create(`m${member}-${next++}`));
        return done;
      };
      const [tookMs, ...created] = await Promise.all([replaced, ...Array.from({ length: lanes }, lane)]);
      const creates = created.flat().sort((a, b) => b.tookMs - a.tookMs);
      const slowest = creates.slice(0, 3).map((one) => one.tookMs);
      const refused = creates.filter((one) => one.refused > 0);
      console.error(
        `member ${member} (leads: ${leads.join()}) was replaced by an empty one in ${tookMs} ms; of ${creates.length} creates ` +
          `${refused.length} were refused at first; the slowest took ${slowest.join(", ")} ms; ${refused[0]?.said ?? ""}`,
      );
      await assertServers(members);
      assert.ok((slowest[0] ?? 0) < 15_000, "a create failed for longer than an election and its time limit");
    });
  }

  it("have lost nothing, and given no address twice", async () => {
    const pods = (await stack.pods()).filter(
      ({ metadata }) => annotationKeys.request.key in (metadata.annotations ?? {}),
    );
    const addresses = pods.map((pod) => resultOf(pod)[0]?.ip_address[0]);
    assert.ok(pods.length >= members.length * createsEach, `${pods.length} pods`);
    assert.equal(addresses.filter((address) => address !== undefined).length, pods.length);
    assert.equal(new Set(addresses).size, pods.length);
    await assertClean();
    await reaches();
  });

  it("become one again, when the others have left", async () => {
    await apply(await buildFolder("deploy/overlays/lab-with-ovn"));
    await assertServers([0]);
    assert.equal((await create("last")).refused, 0);
    await reaches();
    await assertClean();
  });
});

/** A folder of a node as the disk of a member. */
function volume(node: string): object {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `ovn-databases-${node}` },
    spec: {
      capacity: { storage: "2Gi" },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Retain",
      local: { path: folder },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [node] }] },
          ],
        },
      },
    },
  };
}
