// Creates that take long after our answer, clocks that are wrong, and our marks on pods that never got them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { ephemeralTokenKey } from "#src/tokens/token.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { type ControllerOptions, controllerProcess, releases } from "#test/stacks/controller-process.ts";
import { HoldingWebhook, held } from "#test/fakes/kube/holding-webhook.ts";
import { untilEvent } from "#test/stacks/pod-events.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { PortHistory } from "#test/stacks/port-history.ts";
import { until } from "#test/assertions/until.ts";

const { allocation, finalizer, result, token } = annotationKeys;
/** The lease is longer than the controller's work while a create is held, and shorter than the API server waits. */
const lease = { "reservation-lease": "25s" };

describe("addresses and a controller that", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  let history: PortHistory;
  let slow: HoldingWebhook;
  let controller: ManagedProcess | undefined;
  const owned = new AsyncDisposableStack();
  before(async () => {
    stack = owned.use(await AdmissionStack.start());
    await stack.addSwitch("blue", "10.1.0.0/24");
    history = owned.use(await PortHistory.start(stack.nb.join(","), stack.plane.folder, "blue"));
    slow = owned.use(await HoldingWebhook.start(stack));
  });
  after(async () => {
    await controller?.stop();
    await owned.disposeAsync();
  });

  const kubectl = (...args: readonly string[]) => stack.plane.kubectl.must(args);
  const idOf = ({ metadata }: KubeObject) => metadata.labels?.[allocation.key] ?? "";
  const portsOf = async (id: string) => (await stack.world()).nb.ports.filter(({ name }) => name.startsWith(id));
  const create = (name: string, more: object = {}) =>
    stack.create(podManifest({ name, annotations: request({ name: "blue" }), ...more }), "default", 60_000);
  const actions = async (id: string) =>
    (await history.of(id)).map(({ action }) => action).filter((action) => action !== "new");
  const isBound = async (pod: KubeObject) => (await history.of(idOf(pod))).at(-1)?.podUid === pod.metadata.uid;

  /** Starts the controller of this name, unless it runs already. */
  async function lead(options: ControllerOptions): Promise<ManagedProcess> {
    if (controller !== undefined && controller.spec.name === options.name) return controller;
    await controller?.stop();
    controller = controllerProcess(stack, options);
    await controller.start();
    return controller;
  }

  /** Begins a create. Our webhook answers it, and it does not reach etcd before the test releases it. */
  async function createHeld(name: string) {
    const { arrived, release } = slow.hold();
    const stored = create(name, { labels: held });
    await Promise.race([arrived, stored]);
    const id = await reserved();
    return { id, release, stored };
  }

  /** The allocation that is not bound to a pod yet. */
  async function reserved(): Promise<string> {
    const open = async () =>
      (await stack.world()).nb.ports.filter(({ externalIds }) => externalIds.get(`${ours}pod-uid`) === "");
    await until(async () => (await open()).length === 1);
    return (await open())[0]?.externalIds.get(`${ours}allocation`) ?? "";
  }

  let barriers = 0;
  /** Deletes a port by hand and returns when the controller has made it again: by then it has looked twice, and acted. */
  async function letControllerRepair(): Promise<void> {
    barriers += 1;
    const pod = await create(`barrier-${barriers}`);
    await until(() => isBound(pod));
    const [port] = await portsOf(idOf(pod));
    await nbctl(stack.nb.join(","), "lsp-del", port?.name ?? "");
    await until(async () => (await actions(idOf(pod))).length === 3);
    await kubectl("delete", "pod", pod.metadata.name, "--timeout=90s");
  }

  for (const [clock, offMs] of [
    ["is right", 0],
    ["is 10 minutes fast", 600_000],
    ["is 10 minutes slow", -600_000],
  ] as const) {
    it(`has a clock that ${clock} leave a reservation alone whose create is under way, and binds it`, async () => {
      const running = await lead({ name: `off-${offMs}`, flags: lease, node: [`--import=${shiftedDate(offMs)}`] });
      const [first = ""] = readFileSync(running.spec.logFile, "utf8").split("\n");
      const loggedMs = Date.parse(String((JSON.parse(first) as Record<string, unknown>)["time"]));
      assert.ok(Math.abs(loggedMs - Date.now() - offMs) < 120_000, "the clock is off");
      const { id, release, stored } = await createHeld(`late-${offMs}`);
      await letControllerRepair();
      release();
      const pod = await stored;
      assert.equal(idOf(pod), id);
      await until(() => isBound(pod));
      assert.deepEqual(await actions(id), ["insert"]);
      assert.equal(releases(running).get(id), undefined);
    });
  }

  it("waited in vain are swept, and made again for the pod when its create reaches etcd after all", async () => {
    const running = await lead({ name: "swept", flags: { "reservation-lease": "1s" } });
    const { id, release, stored } = await createHeld("too-late");
    await until(() => releases(running).get(id) === "swept");
    release();
    const pod = await stored;
    await until(() => isBound(pod));
    assert.deepEqual(await actions(id), ["insert", "delete", "insert"]);
    await stack.assertInvariants();
  });

  it("lacks the key of a token are kept, which an Event says, and are bound once it has the key", async () => {
    const other = join(stack.plane.folder, "other-token.pem");
    await writeFile(other, ephemeralTokenKey().export({ type: "pkcs8", format: "pem" }));
    const flags = { "token-public-key-files": other, "reservation-lease": "1s" };
    const running = await lead({ name: "other-key", flags });
    const pod = await create("other-key");
    await untilEvent(stack, { pod: "other-key", reason: "UnknownTokenKey" });
    // A younger reservation without a stored pod is swept, so this one has outlived the lease.
    await kubectl("create", "namespace", "full");
    await kubectl("create", "quota", "none", "--hard=pods=0", "-n", "full");
    await kubectl("wait", "--for=create", "serviceaccount/default", "-n", "full", "--timeout=90s");
    const annotations = request({ name: "blue" });
    await assert.rejects(stack.create(podManifest({ name: "none", namespace: "full", annotations }), "full"));
    await until(() => [...releases(running).values()].includes("swept"));
    await lead({ name: "its-key", flags: lease });
    await until(() => isBound(pod));
    assert.deepEqual(await actions(idOf(pod)), ["insert"]);
  });

  for (const [what, marks] of [
    ["label", [allocation.key]],
    ["label and result", [allocation.key, result.key]],
    ["label, result and token", [allocation.key, result.key, token.key]],
    ["result and token", [result.key, token.key]],
  ] as const) {
    it(`meets the ${what} of a pod on another one, past the webhook, write and free nothing`, async () => {
      await lead({ name: "forged", flags: lease });
      const name = what.replaceAll(/\W+/g, "-");
      const victim = await create(`victim-${name}`);
      await until(() => isBound(victim));
      await mark(`forger-${name}`, victim, marks);
      const before = await history.of(idOf(victim));
      await letControllerRepair();
      await kubectl("delete", "pod", `forger-${name}`, "--timeout=90s");
      await letControllerRepair();
      assert.deepEqual(await history.of(idOf(victim)), before);
    });
  }

  it("meets a copy of a completed pod, past the webhook, write nothing, though its name fits the token", async () => {
    await lead({ name: "forged", flags: lease });
    const spec = { nodeName: "nowhere", restartPolicy: "Never" };
    const original = await stack.create(
      podManifest({ generateName: "batch-", annotations: request({ name: "blue" }), spec }),
    );
    const { name } = original.metadata;
    await until(() => isBound(original));
    await kubectl("patch", "pod", name, "--subresource=status", "-p", '{"status":{"phase":"Succeeded"}}');
    await until(async () => (await actions(idOf(original))).length === 2);
    await until(
      async () => ((await stack.pods.get({ namespace: "default", name })).metadata.finalizers ?? []).length === 0,
    );
    const completed = await stack.pods.get({ namespace: "default", name });
    assert.equal(completed.metadata.annotations?.[result.key], original.metadata.annotations?.[result.key]);
    const copy = await mark({ generateName: "batch-" }, completed, [result.key, token.key], idOf(original));
    await letControllerRepair();
    await kubectl("delete", "pod", copy, "--timeout=90s");
    assert.deepEqual(await actions(idOf(original)), ["insert", "delete"]);
  });

  it("meets a copy of a living pod, past the webhook, take its marks off it although its name fits the token, and write nothing", async () => {
    await lead({ name: "forged", flags: lease });
    const generated = { generateName: "set-", annotations: request({ name: "blue" }) };
    const original = await stack.create(podManifest(generated));
    await until(() => isBound(original));
    const copy = await mark({ generateName: "set-" }, original, [result.key, token.key]);
    const read = (name: string) => stack.pods.get({ namespace: "default", name });
    await until(async () => (await read(copy)).metadata.annotations?.[token.key] === undefined);
    const { labels = {}, finalizers = [] } = (await read(copy)).metadata;
    assert.deepEqual([labels[allocation.key], finalizers], [undefined, []]);
    await untilEvent(stack, { pod: copy, reason: "DuplicateAllocation" });
    const kept = (await read(original.metadata.name)).metadata;
    assert.deepEqual([idOf(original), [finalizer.key]], [kept.labels?.[allocation.key], kept.finalizers]);
    await kubectl("delete", "pod", copy, "--timeout=90s");
    await letControllerRepair();
    assert.deepEqual(await actions(idOf(original)), ["insert"]);
  });

  /** Stores a pod without a request, and puts the marks of another pod on it. */
  async function mark(
    who: string | { readonly generateName: string },
    from: KubeObject,
    keys: readonly string[],
    id = idOf(from),
  ): Promise<string> {
    const { metadata } = await stack.create(podManifest(typeof who === "string" ? { name: who } : who));
    const { annotations = {} } = from.metadata;
    const taken = [result.key, token.key].filter((key) => keys.includes(key) && annotations[key] !== undefined);
    const body = {
      labels: keys.includes(allocation.key) || typeof who !== "string" ? { [allocation.key]: id } : {},
      annotations: Object.fromEntries(taken.map((key) => [key, annotations[key]])),
      finalizers: keys.includes(allocation.key) || typeof who !== "string" ? [finalizer.key] : [],
    };
    await kubectl("patch", "pod", metadata.name, "--type=merge", "-p", JSON.stringify({ metadata: body }));
    return metadata.name;
  }
});

const ours = "k8s.plugin.opnfv.org/";

/** A module that moves the time of Date, but not the monotonic time. */
function shiftedDate(offMs: number): string {
  const code = `const Real = Date;
    globalThis.Date = class extends Real {
      constructor(...args) { super(...(args.length === 0 ? [Real.now() + ${offMs}] : args)); }
      static now() { return Real.now() + ${offMs}; }
    };`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
