import type { ManagedProcess } from "#tools/process/process.ts";
import type { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess } from "#test/stacks/controller-process.ts";

export type RolledPart = "webhook" | "controller";

/** Replaces processes by those of another release, one after the other, as a Deployment does. */
export class RolledCluster implements AsyncDisposable {
  readonly #stack: AdmissionStack;
  #controllers: readonly ManagedProcess[] = [];
  #started = 0;

  constructor(stack: AdmissionStack) {
    this.#stack = stack;
  }

  /** Starts two controllers of the program, of which one leads. */
  async startControllers(program: string): Promise<void> {
    this.#controllers = [await this.#startController(program), await this.#startController(program)];
  }

  async roll(part: RolledPart, program: string): Promise<void> {
    await (part === "webhook" ? this.#rollWebhook(program) : this.#rollController(program));
  }

  /** A new replica is ready before an old one goes. */
  async #rollWebhook(program: string): Promise<void> {
    const { replicas, balancer } = this.#stack;
    for (const old of replicas.filter(({ process }) => process.running)) {
      this.#started += 1;
      await this.#stack.addReplica(`webhook-r${this.#started}`, {}, [program]);
      balancer.remove(old.admissionPort);
      await old.process.stop();
    }
  }

  async #rollController(program: string): Promise<void> {
    for (const old of this.#controllers) {
      const started = await this.#startController(program);
      await old.stop();
      this.#controllers = [...this.#controllers.filter((one) => one !== old), started];
    }
  }

  async #startController(program: string): Promise<ManagedProcess> {
    this.#started += 1;
    const process = controllerProcess(this.#stack, { name: `controller-r${this.#started}`, program, ready: "serving" });
    await process.start();
    return process;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#controllers.map((process) => process.stop()));
  }
}
