// Pods that come and go all the time, whatever happens around them.
import { systemClock } from "#src/core/clock.ts";
import type { ResultElement } from "#lab/cluster/node-wiring.ts";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import { type LabStack, labPod, type PodObject } from "#test/stacks/lab/lab-stack.ts";
import { pick, type Random } from "./random.ts";

const networks = [
  [{ name: "plain" }],
  [{ name: "plain" }, { name: "dual" }],
  [{ name: "dual", interface: "data" }],
  [{ name: "routed", routes: [{ dst: "192.168.80.0/24", gw: "10.30.0.1" }] }],
] as const;

/** The share of pods that have the addresses of a claim. */
const claiming = 0.2;

/** Refusals that say "try again", also of a claim whose pod has not ended, and those of an API server that reaches no webhook. */
const passing =
  /BackendUnavailable|ReservationsFull|ClaimInUse|failed calling webhook|no endpoints available|ServiceUnavailable|InternalError|timed out|context deadline exceeded|connection refused|EOF/;

export interface ChurnOptions {
  readonly random: Random;
  /** The number of pods that live at once, about. */
  readonly size: number;
  /** The time from one creation or deletion to the next. */
  readonly pauseMs: number;
}

export class PodChurn {
  readonly #stack: LabStack;
  readonly #options: ChurnOptions;
  readonly #living = new Set<string>();
  /** Pods that a fault works with, which must not be deleted meanwhile. */
  readonly #kept = new Set<string>();
  readonly #refusals = new Map<string, number>();
  /** Refusals that should not have been. */
  readonly strange: string[] = [];
  asked = 0;
  created = 0;
  deleted = 0;

  constructor(stack: LabStack, options: ChurnOptions) {
    this.#stack = stack;
    this.#options = options;
  }

  /** Each has one pod at a time, and many one after the other. */
  get #claims(): readonly string[] {
    return Array.from({ length: Math.ceil(this.#options.size * claiming) }, (_, n) => `churn-claim-${n}`);
  }

  get living(): readonly string[] {
    return [...this.#living];
  }

  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals;
  }

  /** Creates and deletes pods until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { random, size, pauseMs } = this.#options;
    while (!signal.aborted) {
      const idle = [...this.#living].filter((name) => !this.#kept.has(name));
      const more = this.#living.size < size * (0.6 + 0.8 * random());
      if (more || idle.length === 0) await this.#create(1 + Math.floor(random() * 3));
      else await this.#delete([pick(idle, random)], random() < 0.1);
      await systemClock.sleep(pauseMs * (0.5 + random()), signal).catch(() => undefined);
    }
  }

  /** Makes the claims and the first pods, and waits until these are Ready. */
  async fill(): Promise<void> {
    await this.#stack.apply(
      ...this.#claims.map((name) => ({
        apiVersion: "k8s.cni.cncf.io/v1alpha1",
        kind: "IPAMClaim",
        metadata: { name, namespace: "default" },
        spec: { network: "plain", interface: "" },
      })),
    );
    while (this.#living.size < this.#options.size) await this.#create(4);
    await this.#stack.ready(...this.#living);
  }

  /** A pod that runs and is Ready, and stays until `release`. Undefined when there is none now. */
  async keep(random: Random): Promise<PodObject> {
    const ready = (await this.#stack.pods()).filter(
      ({ metadata, status }) =>
        this.#living.has(metadata.name) &&
        !this.#kept.has(metadata.name) &&
        isReady(status) &&
        metadata.deletionTimestamp === undefined,
    );
    const pod = pick(ready, random);
    this.#kept.add(pod.metadata.name);
    return pod;
  }

  release({ metadata }: PodObject): void {
    this.#kept.delete(metadata.name);
  }

  /** Deletes a pod for good. */
  async end({ metadata }: PodObject): Promise<void> {
    await this.#delete([metadata.name], false);
    this.#kept.delete(metadata.name);
  }

  async #create(count: number): Promise<void> {
    const { random } = this.#options;
    const made = Array.from({ length: count }, () => {
      this.asked += 1;
      const name = `churn-${this.asked}`;
      const node = pick(this.#stack.lab.nodes, random).plan.name;
      const isClaiming = random() < claiming;
      const interfaces = isClaiming ? [{ name: "plain", claim: pick(this.#claims, random) }] : pick(networks, random);
      return { name, manifest: labPod(name, { node, interfaces }) };
    });
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: made.map(({ manifest }) => manifest) });
    const { kubectl } = this.#stack.lab.controlPlane;
    const { stdout, stderr } = await kubectl
      .run(["create", "-f", "-", "-o", "name"], { input, timeoutMs: 120_000 })
      .catch((error: unknown) => ({ stdout: "", stderr: String(error) }));
    const stored = new Set(stdout.split("\n").map((line) => line.replace(/^pod\//, "")));
    for (const { name } of made) {
      if (!stored.has(name)) continue;
      this.#living.add(name);
      this.created += 1;
    }
    for (const line of stderr.split("\n").filter((text) => text !== "")) this.#refused(line);
  }

  async #delete(names: readonly string[], byForce: boolean): Promise<void> {
    const { kubectl } = this.#stack.lab.controlPlane;
    const how = byForce ? ["--grace-period=0", "--force"] : [];
    const args = ["delete", "pod", "--wait=false", "--ignore-not-found", ...how, ...names];
    const { code, stderr } = await kubectl
      .run(args, { timeoutMs: 120_000 })
      .catch((error: unknown) => ({ code: 1, stderr: String(error) }));
    if (code !== 0) {
      this.#refused(stderr);
      return;
    }
    for (const name of names) this.#living.delete(name);
    this.deleted += names.length;
  }

  #refused(text: string): void {
    const why = passing.exec(text)?.[0];
    if (why === undefined) this.strange.push(text);
    else this.#refusals.set(why, (this.#refusals.get(why) ?? 0) + 1);
  }
}

function isReady(status: PodObject["status"]): boolean {
  const { conditions = [] } = status as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
  return conditions.some((one) => one.type === "Ready" && one.status === "True");
}

/** The first port of a pod, which every pod of the churn has. */
export function firstPort(pod: PodObject): ResultElement {
  const [first] = resultOf(pod);
  if (first === undefined) throw new Error(`${pod.metadata.name} has no result`);
  return first;
}
