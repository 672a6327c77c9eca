// The lab of `npm run soak -- hostile`: what faults are made with, and where people would look for what they are told.
import assert from "node:assert/strict";
import type { DoctorFinding } from "#src/commands/doctor/finding.ts";
import type { DriftFinding } from "#src/controllers/allocation-rules/findings.ts";
import { systemClock } from "#src/core/clock.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { LabNode } from "#lab/cluster/lab-node.ts";
import { labPlan } from "#lab/machine/lab-plan.ts";
import { northboundPort } from "#lab/ovn/ovn-central.ts";
import type { ClusterMember, OvsdbCluster } from "#lab/ovn/ovsdb-cluster.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { jsonLines } from "#tools/process/log-lines.ts";
import { withSources } from "#tools/source-condition.mjs";
import { root } from "#tools/source-files.ts";
import { containerOf, type LabStack, type PodObject } from "#test/stacks/lab/lab-stack.ts";
import { hasNotToEnd } from "#test/stacks/lab/pod-ends.ts";
import type { ContainerExits } from "./container-exits.ts";
import type { PodChurn } from "./pod-churn.ts";

/** The processes of the product that run in pods. */
export type Component = "webhook" | "controller" | "agent";

/** A line of a log: its message, and the fields of that message. */
export type LogLine = { readonly msg: string } & Readonly<Record<string, unknown>>;

type KubeEvent = KubeObject & { readonly reason: string; readonly note?: string; readonly message?: string };

const patienceMs = 120_000;

export class HostileLab {
  readonly stack: LabStack;
  readonly churn: PodChurn;
  readonly exits: ContainerExits;
  #sinceTime = new Date();
  #sinceMs = 0;
  #sinceRevision = 0;
  #sinceRestarts: ReadonlyMap<string, number> = new Map();

  constructor(stack: LabStack, churn: PodChurn, exits: ContainerExits) {
    this.stack = stack;
    this.churn = churn;
    this.exits = exits;
  }

  get nodes(): readonly LabNode[] {
    return this.stack.lab.nodes;
  }

  get northbound(): OvsdbCluster {
    const cluster = this.stack.lab.central.northboundCluster;
    if (cluster === undefined) throw new Error("the lab's Northbound database is no cluster");
    return cluster;
  }

  /** The time at which the fault that is under way began. */
  get since(): Date {
    return this.#sinceTime;
  }

  /** Waits until no pod of the product is being deleted: what the fault does shall happen to those that stay. */
  untilNoneEnds(): Promise<void> {
    return this.eventually(async () => {
      const ending = (await this.systemPods()).filter((pod) => !hasNotToEnd(pod));
      assert.deepEqual(
        ending.map(({ metadata }) => metadata.name),
        [],
        "are being deleted",
      );
    });
  }

  /**
   * Called when a fault begins: what was told before does not count for it. A fault calls it again when something must be
   * prepared first.
   */
  async begin(): Promise<void> {
    const { metadata } = JSON.parse(await this.stack.kubectl("get", "--raw", "/api/v1/events?limit=1")) as {
      readonly metadata: { readonly resourceVersion: string };
    };
    this.#sinceRevision = Number(metadata.resourceVersion);
    this.#sinceRestarts = new Map((await this.systemPods()).map((pod) => [pod.metadata.uid, restartsOf(pod)]));
    this.#sinceTime = new Date();
    this.#sinceMs = systemClock.monotonicMs();
  }

  /** The time since the fault began. */
  get ageMs(): number {
    return systemClock.monotonicMs() - this.#sinceMs;
  }

  /** Waits, or returns at once when the run ends. */
  async wait(timeMs: number, signal: AbortSignal): Promise<void> {
    await systemClock.sleep(timeMs, signal).catch(() => undefined);
  }

  systemPods(component?: Component): Promise<readonly PodObject[]> {
    const selector = component === undefined ? "" : `app.kubernetes.io/name=ovn4nfv-${component}`;
    return this.stack.pods(selector, systemNamespace);
  }

  nodeOf(pod: PodObject): LabNode {
    return this.stack.nodeOf(pod);
  }

  /** The process id of a pod's only container. */
  async pidOf(pod: PodObject): Promise<number> {
    const listing = await this.nodeOf(pod).machine.must("ctr", ["--namespace=k8s.io", "tasks", "ls"]);
    const pid = new RegExp(`^${containerOf(pod)}\\s+(\\d+)`, "m").exec(listing)?.[1];
    if (pid === undefined) throw new Error(`${pod.metadata.name} does not run`);
    return Number(pid);
  }

  /** Kills a pod's container at once. The kubelet starts it again. */
  async killContainer(pod: PodObject): Promise<void> {
    const id = containerOf(pod);
    this.exits.expect(id);
    const { machine } = this.nodeOf(pod);
    await machine.run("ctr", ["--namespace=k8s.io", "tasks", "kill", "--signal=SIGKILL", id]);
  }

  /** Runs `ovn4nfv doctor`, and gives what it complains about, as `check health: says`. */
  async doctor(): Promise<readonly string[]> {
    const members = this.northbound.members.map((_, n) => `tcp:${labPlan.centerAddress}:${northboundPort(n)}`);
    const flags = ["-o", "json", "--timeout=8s", `--sb=${labPlan.southbound}`, `--nb=${members.join(",")}`];
    const found = JSON.parse(await this.#ovn4nfv("doctor", ...flags)) as readonly DoctorFinding[];
    return found.flatMap(({ check, health, says }) => (health === "ok" ? [] : [`${check} ${health}: ${says}`]));
  }

  /** The first complaint of doctor that matches, as a text about who told what. */
  async doctorSays(pattern: RegExp): Promise<string | undefined> {
    const found = (await this.doctor()).find((line) => pattern.test(line));
    return found && `doctor: ${found}`;
  }

  /** Runs `ovn4nfv check`, and gives what it finds. */
  async check(): Promise<readonly DriftFinding[]> {
    const members = this.northbound.members.map((_, n) => `tcp:${labPlan.centerAddress}:${northboundPort(n)}`);
    const timings = ["--settle-time=3s", "--timeout=30s"];
    const keys = [`--token-public-keys=ovn4nfv-token-public-keys`, `--system-namespace=${systemNamespace}`];
    const text = await this.#ovn4nfv("check", "-o", "json", ...timings, ...keys, `--nb=${members.join(",")}`);
    return JSON.parse(text) as readonly DriftFinding[];
  }

  /** An Event that came, or came again, since the fault began. */
  async eventSays(reason: string, about?: string): Promise<string | undefined> {
    const selector = `--field-selector=reason=${reason}`;
    const { items } = (await this.kubectlJson("get", "events", "-A", selector)) as {
      readonly items: readonly KubeEvent[];
    };
    const found = items.find((event) => {
      const subject = (event["involvedObject"] as { readonly name?: string } | undefined)?.name;
      return Number(event.metadata.resourceVersion) > this.#sinceRevision && (about === undefined || subject === about);
    });
    return found && `Event ${reason}: ${found.message ?? found.note ?? ""}`;
  }

  /** A line that a process of the product has logged since the fault began. */
  async logSays(component: Component, pattern: RegExp): Promise<string | undefined> {
    for (const { metadata } of await this.systemPods(component)) {
      const found = (await this.logOf(metadata.name)).find(({ msg }) => pattern.test(msg));
      if (found !== undefined) return `log of ${component}: ${found.msg}`;
    }
    return undefined;
  }

  /** Reads the log of a pod of the product since the fault began, also from before its container was started again. */
  async logOf(pod: string): Promise<readonly LogLine[]> {
    const own = ["logs", pod, `--namespace=${systemNamespace}`, `--since-time=${this.since.toISOString()}`];
    const lines: LogLine[] = [];
    for (const previous of [[], ["--previous"]]) {
      const { stdout } = await this.stack.lab.controlPlane.kubectl.run([...own, ...previous]);
      lines.push(...(jsonLines(stdout) as readonly LogLine[]));
    }
    return lines;
  }

  /** The kubelet has started the container of one of these processes again since the fault began. */
  async restartSays(component: Component): Promise<string | undefined> {
    const again = (await this.systemPods(component)).find(
      (pod) => restartsOf(pod) > (this.#sinceRestarts.get(pod.metadata.uid) ?? 0),
    );
    return again && `status of ${again.metadata.name}: restarted ${restartsOf(again)} times`;
  }

  /** The sum of a metric over the processes of a component. */
  async metric(component: Component, name: string): Promise<number> {
    const { kubectl } = this.stack.lab.controlPlane;
    let sum = 0;
    for (const { metadata } of await this.systemPods(component)) {
      const path = `/api/v1/namespaces/${systemNamespace}/pods/${metadata.name}:9440/proxy/metrics`;
      const { stdout } = await kubectl.run(["get", "--raw", path]);
      for (const [, value] of stdout.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "gm"))) sum += Number(value);
    }
    return sum;
  }

  async kubectlJson(...args: readonly string[]): Promise<unknown> {
    return JSON.parse(await this.stack.kubectl(...args, "-o", "json"));
  }

  /** Runs ovn-nbctl, which waits for a leader when there is none. */
  nbctl(...args: readonly string[]): Promise<string> {
    return this.stack.lab.central.nbctl("--timeout=60", ...args);
  }

  /** Tries until it passes, for as long as things in the lab may take. */
  eventually(attempt: () => Promise<void>, timeoutMs = patienceMs): Promise<void> {
    return this.stack.eventually(attempt, timeoutMs);
  }

  /** The members of NB that run. */
  runningMembers(): readonly ClusterMember[] {
    return this.northbound.members.filter(({ process }) => process.running);
  }

  async #ovn4nfv(...args: readonly string[]): Promise<string> {
    const { center, controlPlane } = this.stack.lab;
    const env = withSources({ PATH: process.env["PATH"], KUBECONFIG: controlPlane.adminKubeconfig });
    const { stdout, stderr } = await center.run(process.execPath, [`${root}/src/main.ts`, ...args], {
      env,
      timeoutMs: patienceMs,
    });
    if (stdout === "") throw new Error(`ovn4nfv ${args[0] ?? ""}: ${stderr}`);
    return stdout;
  }
}

export function restartsOf({ status }: PodObject): number {
  return status.containerStatuses?.[0]?.restartCount ?? 0;
}
