// Results that our webhook did not write for the pod. An administrator brings them before a real kubelet.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { readNodeWiring, resultOf } from "#lab/cluster/node-wiring.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { type LabStack, labPod } from "#test/stacks/lab/lab-stack.ts";
import { sharedLab } from "#test/stacks/lab/shared-lab.ts";

const interfaces = [{ name: "plain" }];

describe("a result that was changed after the pod was created", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  before(async () => {
    stack = await sharedLab();
    await stack.apply(labPod("victim", { node: "n1", interfaces }));
    await stack.ready("victim");
  });

  const { allocation, result, token } = annotationKeys;
  const other = "10.10.0.222";
  const changed: Readonly<Record<string, () => Promise<Readonly<Record<string, string>>>>> = {
    edited: async () => {
      const text = (await stack.pod("edited")).metadata.annotations?.[result.key] ?? "";
      return { [result.key]: text.replace(/10\.10\.0\.\d+/, (own) => (own === other ? "10.10.0.223" : other)) };
    },
    forged: async () => {
      const text = (await stack.pod("forged")).metadata.annotations?.[token.key] ?? "";
      // The change is in the middle of the signature, because the last character has bits that do not count.
      const at = text.length - 20;
      return { [token.key]: text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1) };
    },
    "signed with a key of nobody": async () => {
      const text = (await stack.pod(podName("signed with a key of nobody"))).metadata.annotations?.[token.key] ?? "";
      const header = Buffer.from(JSON.stringify({ alg: "EdDSA", kid: "nobody" })).toString("base64url");
      return { [token.key]: text.replace(/^[^.]*/, header) };
    },
    copied: async () => {
      const { annotations = {} } = (await stack.pod("victim")).metadata;
      return { [result.key]: annotations[result.key] ?? "", [token.key]: annotations[token.key] ?? "" };
    },
  };

  for (const [how, marks] of Object.entries(changed)) {
    it(`is refused with an Event when it is ${how}, and nothing is wired`, async () => {
      const name = podName(how);
      await stack.apply(gated(labPod(name, { interfaces })));
      const annotations = Object.entries(await marks()).map(([key, value]) => `${key}=${value}`);
      await stack.kubectl("annotate", "--overwrite", "pod", name, ...annotations);
      await stack.kubectl("patch", "pod", name, "--type=json", "-p", JSON.stringify(ungate));
      await untilRefused(name);
      const pod = await stack.pod(name);
      assert.equal(pod.status.phase, "Pending");
      const ports = (await Promise.all(stack.lab.nodes.map(readNodeWiring))).flatMap((node) => node.ports);
      const id = pod.metadata.labels?.[annotationKeys.allocation.key];
      assert.ok(id);
      assert.ok(!ports.some(({ ids }) => ids.get("iface-id-ver") === id));
      await stack.remove(name);
    });
  }

  it("is refused again and again in one Event, also when the pod has lost the label by which the agent watches", async () => {
    await stack.apply(gated(labPod("unlabelled", { interfaces })));
    const marks = await changed["copied"]?.();
    const patch = { metadata: { annotations: marks, labels: { [allocation.key]: null }, finalizers: null } };
    await stack.kubectl("patch", "pod", "unlabelled", "--type=merge", "-p", JSON.stringify(patch));
    await stack.kubectl("patch", "pod", "unlabelled", "--type=json", "-p", JSON.stringify(ungate));
    await untilRefused("unlabelled", 2);
    await stack.remove("unlabelled");
    await assertRareRights(stack.lab.controlPlane, "test/e2e/lab/trust.test.ts");
  });

  /** Waits until an Event says so, as often as this or more often. */
  async function untilRefused(pod: string, times = 1): Promise<void> {
    await stack.eventually(async () => {
      const about = `involvedObject.name=${pod},reason=ForgedResult`;
      const events = (await stack.lab.controlPlane.kubectl.get(["events", `--field-selector=${about}`])) as {
        readonly items: readonly { readonly count?: number }[];
      };
      const told = events.items.map(({ count = 1 }) => count);
      assert.ok(Math.max(0, ...told) >= times, `${pod} was refused ${told.join()} times`);
    });
  }

  it("costs the pod whose token was copied nothing", async () => {
    const victim = await stack.pod("victim");
    assert.equal(resultOf(victim).length, 1);
    await stack.remove("victim");
    await stack.assertSettled();
  });
});

const podName = (how: string): string => how.replaceAll(" ", "-");

const gated = (pod: object): object => ({
  ...pod,
  spec: { ...(pod as { readonly spec: object }).spec, schedulingGates: [{ name: "test.ovn4nfv/wait" }] },
});

const ungate = [{ op: "remove", path: "/spec/schedulingGates" }];
