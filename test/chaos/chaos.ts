// A bad day in a cluster, with all parts real except the kubelets. All promises must hold at its end.
import assert from "node:assert/strict";
import { join } from "node:path";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { readNb } from "#lab/invariants/nb-snapshot.ts";
import { seededRandom } from "#test/fakes/seeded-random.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { burst, tellErrors } from "#test/stacks/burst.ts";
import { runCheck } from "#test/stacks/controller-process.ts";
import { KubeletStandIn } from "#test/fakes/kube/kubelet-stand-in.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { PortHistory } from "#test/stacks/port-history.ts";
import { until } from "#test/assertions/until.ts";
import { ClaimsAndPlugs } from "./claims-and-plugs.ts";
import { addStrayPorts, deletePorts, unusedAddresses } from "./damage.ts";
import { assertNeverShared, assertNeverWent, portsOf } from "./judge.ts";
import { Leaders } from "./leaders.ts";

export interface ChaosOptions {
  readonly seed: number;
  readonly pods: number;
  /** Pods that are deleted by force, on a node whose kubelet is silent. */
  readonly forced: number;
  /** The number of ports of living pods that somebody deletes by hand. */
  readonly robbed: number;
  /** The number of ports with our owner that belong to no pod. */
  readonly strays: number;
  readonly tell: (line: string) => void;
}

const concurrency = 16;
const { allocation, result } = annotationKeys;
/** The time limits are not shorter, because a create takes seconds on a machine that has much else to do. */
const flags = { "reservation-lease": "10s", "force-delete-bound": "8s" };
const leaseMs = 10_000;
const worker = "worker";
const silent = "silent";
const blueBase = "10.64.0.0";

/** Fails when a promise does not hold. */
export async function runChaos(options: ChaosOptions): Promise<void> {
  const { pods: count, forced, robbed, strays, tell } = options;
  const random = seededRandom(options.seed);
  const pick = <T>(from: readonly T[], size: number): T[] => shuffle(from, random).slice(0, size);
  await using stack = await AdmissionStack.start({
    replicas: 2,
    // These controllers are off, because nobody sends heartbeats for the nodes.
    plane: { controllerManagerFlags: { controllers: "*,-node-lifecycle-controller,-taint-eviction-controller" } },
  });
  await stack.addSwitch("blue", `${blueBase}/${count > 200 ? 21 : 24}`);
  await stack.addSwitch("green", "10.72.0.0/21,fd72::/64");
  const claimsAndPlugs = await ClaimsAndPlugs.prepare(stack);
  await stack.plane.kubectl.apply(
    [worker, silent].map((name) => ({ apiVersion: "v1", kind: "Node", metadata: { name } })),
  );
  const endpoint = stack.nb.join(",");
  await using history = await PortHistory.start(endpoint, stack.plane.folder, "green");
  const tooEarly: string[] = [];
  // Deleted pods run on until controllers have had time to make a mistake about them.
  const mayEnd = Promise.withResolvers<undefined>();
  const lost = new Set<string>();
  await using _kubelet = new KubeletStandIn({
    client: stack.client,
    node: worker,
    beforeEnd: async (ending) => {
      await mayEnd.promise;
      const there = new Set((await readNb(stack.nb)).ports.map(({ name }) => name));
      for (const pod of ending) tooEarly.push(...portsOf(pod).filter((port) => !there.has(port) && !lost.has(port)));
    },
  });
  using _ending = { [Symbol.dispose]: () => mayEnd.resolve(undefined) };
  // Without the key a controller leaves interfaces in the result that were unplugged.
  const signing = { "token-key-file": join(stack.plane.folder, "token.pem") };
  await using controllers = new Leaders(stack, { ...flags, ...signing });
  await controllers.start();

  const create = async (name: string): Promise<KubeObject> => {
    const place = random();
    const nodeName = place < 0.4 ? worker : place < 0.6 ? silent : undefined;
    const networks = random() < 0.3 ? [{ name: "blue" }, { name: "green" }] : [{ name: "blue" }];
    const spec = nodeName === undefined ? {} : { nodeName };
    return stack.create(podManifest({ name, annotations: request(...networks), spec }));
  };
  const stored = new Map<string, KubeObject>();
  const createMany = async (name: string, size: number, after: Record<number, () => Promise<void>> = {}) => {
    const outcomes = await burst({ count: size, concurrency, after }, (n) => create(`${name}-${n}`));
    assert.equal(tellErrors(outcomes), "");
    for (const { value } of outcomes) if (value !== undefined) stored.set(value.metadata.uid, value);
  };
  const gone: KubeObject[] = [];
  const deleteAll = async (doomed: readonly KubeObject[]): Promise<void> => {
    const outcomes = await burst({ count: doomed.length, concurrency }, (n) => {
      const { namespace, name, uid } = doomed[n]?.metadata ?? { name: "" };
      const force = doomed[n] !== undefined && nodeOf(doomed[n]) === silent ? { gracePeriodSeconds: 0 } : {};
      return stack.pods.delete({ namespace, name }, { uid: uid ?? "", ...force });
    });
    assert.equal(tellErrors(outcomes), "");
    for (const pod of doomed) stored.delete(pod.metadata.uid);
    gone.push(...doomed);
  };
  const few = Math.ceil(count / 20);
  /** Does something with a few pods at once, and remembers how they are stored then. */
  const changeFew = async (
    pods: readonly KubeObject[],
    change: (pod: KubeObject, n: number) => Promise<KubeObject>,
  ) => {
    const outcomes = await burst({ count: pods.length, concurrency }, async (n) => {
      const pod = pods[n];
      return pod === undefined ? undefined : await change(pod, n);
    });
    assert.equal(tellErrors(outcomes), "");
    for (const { value } of outcomes) if (value !== undefined) stored.set(value.metadata.uid, value);
  };
  const living = (node?: string): KubeObject[] => [...stored.values()].filter((pod) => nodeOf(pod) === node);

  tell(`${count} creates, the leading controller killed twice meanwhile`);
  const kill = () => controllers.killLeader();
  await createMany("pod", count, { [Math.floor(count * 0.3)]: kill, [Math.floor(count * 0.7)]: kill });

  tell(
    `${few} pods with claims, ${few} pods plugged, and some of them unplugged, the leading controller killed meanwhile`,
  );
  const claimants = Array.from({ length: few }, (_, n) => `claim-${n}`);
  const claimed = await burst({ count: few, concurrency, after: { [Math.ceil(few / 2)]: kill } }, (n) =>
    claimsAndPlugs.create(claimants[n] ?? "", `claiming-${n}`, { nodeName: worker }),
  );
  assert.equal(tellErrors(claimed), "");
  const holders = claimed.flatMap(({ value }) => value ?? []);
  const plugged = pick(living(worker), few);
  await Promise.all([changeFew(plugged, (pod) => claimsAndPlugs.plug(pod)), kill()]);
  const unplugged = plugged.slice(0, few / 2).flatMap(({ metadata: { uid } }) => stored.get(uid) ?? []);
  await Promise.all([changeFew(unplugged, (pod) => claimsAndPlugs.unplug(pod)), kill()]);

  tell(`controllers down: ${count / 2} deletes, ${forced} by force, ${robbed} ports robbed, ${strays} strays`);
  await controllers.stop();
  const byForce = pick(living(silent), forced);
  const others = pick([...living(worker), ...living()], count / 2 - byForce.length);
  await deleteAll(shuffle([...byForce, ...others, ...holders], random));
  const nb = await readNb(stack.nb);
  const names = new Set([...stored.values()].flatMap(portsOf));
  const victims = pick(
    nb.ports.filter(({ name }) => names.has(name)),
    robbed,
  );
  for (const { name } of victims) lost.add(name);
  await deletePorts(endpoint, victims);
  const { metadata } = (await stack.plane.kubectl.get(["namespace", "kube-system"])) as KubeObject;
  const unused = unusedAddresses(nb, blueBase, strays);
  await addStrayPorts(
    endpoint,
    unused.map((addresses, n) => ({ switchName: "blue", cluster: metadata.uid, addresses, bound: n % 2 === 0 })),
  );

  tell("controllers back, the leading one killed three times in its work");
  await controllers.start();
  const before = controllers.released().size;
  const killAfter = async (releases: number): Promise<void> => {
    await until(() => controllers.released().size - before >= releases, 120_000);
    await controllers.killLeader();
  };
  const unscheduled = gone.filter((pod) => nodeOf(pod) === undefined).length;
  await killAfter(Math.floor(unscheduled * 0.5 * random()));
  // A killed controller may have released pods that it had not logged yet, so that the last of them are never counted.
  const counted = Math.floor(unscheduled * 0.75);
  await killAfter(counted);
  mayEnd.resolve(undefined);
  await killAfter(counted + Math.floor((gone.length - unscheduled) * 0.7 * random()));
  // Only the cooldown keeps new pods from the addresses of these pods.
  await until(async () => {
    const told = await history.events();
    return victims.every(({ name }) => told.findLast((event) => event.name === name)?.action !== "delete");
  }, 60_000);

  tell("fail-over by SIGTERM, then by SIGSTOP, with deletes and creates under way");
  const stopped = await controllers.leader();
  await Promise.all([deleteAll(pick(living(), count / 20)), stopped.stop()]);
  // Pods take claims over whose pods have ended, or are about to. The first claim is left alone: its addresses are kept.
  const takeOver = async (): Promise<void> => {
    await changeFew(holders.slice(1), (_, n) =>
      claimsAndPlugs.takeOver(claimants[n + 1] ?? "", `taking-${n}`, { nodeName: worker }),
    );
  };
  await Promise.all([controllers.leader(stopped), createMany("more", count / 20), stopped.start(), takeOver()]);
  const frozen = await controllers.leader();
  frozen.freeze();
  await Promise.all([deleteAll(pick(living(worker), count / 20)), createMany("late", count / 20)]);
  await controllers.leader(frozen);
  frozen.thaw();

  tell("all that was deleted goes, and check finds nothing");
  const leaving = new Set(gone.map(({ metadata: { uid } }) => uid));
  await until(
    async () => (await stack.pods.list({})).items.every(({ metadata: { uid } }) => !leaving.has(uid)),
    180_000,
  );
  let told = "";
  await until(async () => {
    const { code, stdout } = await runCheck(stack, { flags });
    told = stdout;
    return code === 0;
  }, 180_000).catch((error: unknown) => assert.fail(`${String(error)}\n${told}`));
  const world = await stack.assertInvariants({ leaseMs });

  assert.deepEqual(tooEarly, [], "ports that went before their pods had ended");
  assert.deepEqual(
    world.pods.map(tellPod).sort(),
    [...stored.values()].map(tellPod).sort(),
    "pods that are left, with what they were given",
  );
  const events = await history.events();
  assertNeverShared(events);
  assertNeverWent(
    [...stored.values()].flatMap(portsOf).filter((port) => !lost.has(port)),
    events,
  );
  const why = Object.entries(Object.groupBy(controllers.released().values(), (text) => text));
  tell(
    `released: ${why.map(([text, all]) => `${all?.length ?? 0} ${text}`).join(", ")}; ${events.length} changes of ports`,
  );
}

function tellPod({ metadata }: KubeObject): string {
  const { uid, name, labels, annotations } = metadata;
  return [name, uid, labels?.[allocation.key], annotations?.[result.key]].join(" ");
}

function nodeOf(pod: KubeObject): string | undefined {
  return (pod["spec"] as { readonly nodeName?: string }).nodeName;
}

function shuffle<T>(from: readonly T[], random: () => number): T[] {
  return from
    .map((value) => ({ value, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);
}
