// Pods that get interfaces and addresses of claims, and give them up, while webhook and controller are killed at each message that they
// send or get, or lose their connections there. Nothing is lost, nothing is left, and a claim has its addresses.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { runCheck } from "#test/stacks/controller-process.ts";
import { type Fault, GatedProcess } from "#test/stacks/faults/gated-process.ts";
import { PluggedPod, prepareForPlugs, untilAgreed } from "#test/stacks/faults/plugged-pod.ts";

/** The highest number of a message at which something breaks. Work that has fewer is broken at each of them. */
const most = Number(process.env["MESSAGES"] ?? 16);

describe("hot plug and claims", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const owned = new AsyncDisposableStack();
  let stack: AdmissionStack;
  let webhook: GatedProcess;
  let controller: GatedProcess;
  let made = 0;
  /** The addresses of the claims. */
  let first: string | undefined;
  let second: string | undefined;
  before(async () => {
    const flags = { "restore-quiet-time": "1s" };
    stack = owned.use(await AdmissionStack.start({ reviewTimeoutSeconds: 15, flags }));
    await prepareForPlugs(stack);
    webhook = owned.use(await GatedProcess.webhook(stack));
    await stack.replicas[0]?.process.stop();
    const key = { "token-key-file": join(stack.plane.folder, "token.pem") };
    const lease = { "lease-duration": "3s", "renew-deadline": "2s", "retry-period": "300ms" };
    controller = owned.use(await GatedProcess.controller(stack, { ...lease, ...key }));
  });
  after(() => owned.disposeAsync());

  interface Work {
    readonly name: string;
    readonly act: (pod: PluggedPod) => Promise<void>;
    /** Waits until it is done, beyond that everything agrees. */
    readonly done: (pod: PluggedPod) => Promise<void>;
  }
  const works: readonly Work[] = [
    {
      name: "a pod takes a claim over",
      act: (pod) => pod.create({ claim: "first" }),
      done: (pod) => pod.untilBound("net1"),
    },
    {
      name: "a pod is plugged",
      act: (pod) => pod.select("second", "plain"),
      done: async (pod) => {
        await pod.untilBound("net1", "second", "plain");
        await pod.wire();
      },
    },
    {
      name: "a pod is unplugged",
      act: async (pod) => {
        await pod.select();
        await pod.unwire();
      },
      done: (pod) => pod.untilBound("net1"),
    },
    {
      name: "two writers and a dry run at once",
      act: async (pod) => {
        await Promise.all([pod.select("other"), pod.select("another"), pod.tryOut("dry")]);
      },
      done: async (pod) => {
        // The interface of the writer who was first leaves.
        await pod.unwire();
        await pod.untilBound("net1", await pod.selected());
        await pod.select();
        await pod.unwire();
        await pod.untilBound("net1");
      },
    },
    { name: "a pod ends", act: (pod) => pod.end(), done: (pod) => pod.untilGone() },
  ];

  /** Does all the work over and over, each time with the fault at a later message, until no work has so many messages. */
  async function breakEverywhere(t: TestContext, victim: GatedProcess, fault: Omit<Fault, "number">): Promise<void> {
    const broken = new Map(works.map(({ name }) => [name, [] as string[]]));
    let open = new Set(works);
    for (let number = 1; number <= most && open.size > 0; number += 1) {
      made += 1;
      const pod = new PluggedPod(stack, `pod-${made}`);
      for (const work of works) {
        const what = `${work.name}, message ${number}`;
        const all = async (): Promise<void> => {
          await work.act(pod);
          await work.done(pod).catch((error: unknown) => assert.fail(`${what}: ${String(error)}`));
        };
        if (open.has(work)) {
          const held = await victim.during({ ...fault, number }, all);
          if (held === undefined) open = new Set([...open].filter((one) => one !== work));
          else broken.get(work.name)?.push(`${held.gate} ${held.from === "process" ? ">" : "<"}`);
        } else await all();
        await untilAgreed(stack, what);
      }
      assert.deepEqual(pod.addresses.get("net1"), first ?? pod.addresses.get("net1"), "the claim of the create");
      assert.deepEqual(pod.addresses.get("second"), second ?? pod.addresses.get("second"), "the claim of the plug");
      first ??= pod.addresses.get("net1");
      second ??= pod.addresses.get("second");
    }
    for (const [name, messages] of broken) {
      t.diagnostic(`${name}: broken at ${messages.length} messages: ${messages.join(", ")}`);
      assert.ok(messages.length > 0 || name.includes("ends"), `${name} was never broken`);
    }
    const { code, stdout } = await runCheck(stack);
    assert.equal(code, 0, stdout);
  }

  for (const [title, how, arrives] of [
    ["is killed before a message is there", "kill", false],
    ["is killed when a message has gone", "kill", true],
    ["loses a message and its connections", "cut", false],
    ["loses its connections behind a message", "cut", true],
  ] as const) {
    it(`go on when the webhook ${title}`, (t) => breakEverywhere(t, webhook, { how, arrives }));
    it(`go on when the controller ${title}`, (t) => breakEverywhere(t, controller, { how, arrives }));
  }
});
