// Webhook and controller whose every message can be the last one.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NetConnectOpts } from "node:net";
import type { Flags } from "#lab/kubernetes/control-plane-flags.ts";
import { systemClock } from "#src/core/clock.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import type { AdmissionStack } from "../admission-stack.ts";
import { controllerProcess } from "../controller-process.ts";
import { type HeldMessage, MessageCount, MessageGate } from "./message-gate.ts";

export interface Fault {
  /** The number of the message, counted from the moment at which the fault is set. */
  readonly number: number;
  /** True when the message still reaches whom it is for. */
  readonly arrives: boolean;
  /** The process is killed and started again, or all its connections are cut. */
  readonly how: "kill" | "cut";
}

/**
 * A watch that is lost sooner than 10 s after it began waits longer each time, up to a minute, and the first wait takes up to 1.6 s.
 * A controller that is cut off again and again is given this time in between, or the soak would wait for little else.
 */
const watchesHealMs = 12_000;

/** A process whose messages go through gates. */
export class GatedProcess implements AsyncDisposable {
  readonly #count: MessageCount;
  readonly #gates: readonly MessageGate[];
  readonly #process: ManagedProcess;
  readonly #healMs: number;
  /** Before that its connections are not cut. */
  #healedMs = 0;

  private constructor(count: MessageCount, gates: readonly MessageGate[], process: ManagedProcess, healMs = 0) {
    this.#count = count;
    this.#gates = gates;
    this.#process = process;
    this.#healMs = healMs;
  }

  /** Starts a replica of the webhook, to which all reviews go from then on. */
  static async webhook(stack: AdmissionStack): Promise<GatedProcess> {
    const count = new MessageCount();
    const { flags, gates } = await gatesOf(stack, count, "webhook");
    const before = stack.balancer.backends;
    const replica = await stack.addReplica("webhook-gated", flags);
    for (const port of [...before, replica.admissionPort]) stack.balancer.remove(port);
    // A replica that was started again listens on another port.
    const target = () => ({ host: "127.0.0.1", port: replica.admissionPort });
    const reviews = await MessageGate.open({ name: "reviews", count, dials: "other", target });
    stack.balancer.add(reviews.port);
    await stack.balancer.cut();
    return new GatedProcess(count, [...gates, reviews], replica.process);
  }

  /** Starts a controller. */
  static async controller(stack: AdmissionStack, flags: Flags = {}): Promise<GatedProcess> {
    const count = new MessageCount();
    const own = await gatesOf(stack, count, "controller");
    const controller = controllerProcess(stack, { flags: { ...own.flags, ...flags } });
    await controller.start();
    return new GatedProcess(count, own.gates, controller, watchesHealMs);
  }

  /** Does the work, in which the fault happens at its message. Gives that message; undefined when there were fewer. */
  async during(fault: Fault, work: () => Promise<void>): Promise<HeldMessage | undefined> {
    let reached: HeldMessage | undefined;
    let recovered = Promise.resolve();
    if (fault.how === "cut") await systemClock.sleep(Math.max(0, this.#healedMs - systemClock.monotonicMs()));
    this.#count.arm(fault.number, (message) => {
      reached = message;
      if (fault.arrives) message.deliver();
      recovered = this.#break(fault);
      // Its failure is thrown when the work has ended.
      recovered.catch(() => undefined);
    });
    try {
      await work();
    } finally {
      if (reached === undefined) this.#count.disarm();
      await recovered;
    }
    return reached;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
    for (const gate of this.#gates) await gate[Symbol.asyncDispose]();
  }

  async #break({ how }: Fault): Promise<void> {
    if (how === "kill") await this.#process.kill();
    for (const gate of this.#gates) gate.cut();
    this.#healedMs = systemClock.monotonicMs() + this.#healMs;
    this.#count.disarm();
    if (how === "kill") await this.#process.start();
  }
}

async function gatesOf(stack: AdmissionStack, count: MessageCount, name: "webhook" | "controller") {
  const { plane, nb, identities } = stack;
  const [, path = ""] = (nb[0] ?? "").split("unix:");
  const open = (gate: string, target: NetConnectOpts) =>
    MessageGate.open({ name: gate, count, dials: "process", target: () => target });
  const northbound = await open("northbound", { path });
  const { hostname: host, port } = new URL(plane.server);
  const api = await open("api", { host, port: Number(port) });
  const kubeconfig = join(plane.folder, `${name}-gated.kubeconfig`);
  const text = await readFile(identities[name], "utf8");
  await writeFile(kubeconfig, text.replaceAll(plane.server, `https://127.0.0.1:${api.port}`), { mode: 0o600 });
  return { gates: [northbound, api], flags: { nb: `tcp:127.0.0.1:${northbound.port}`, kubeconfig } };
}
