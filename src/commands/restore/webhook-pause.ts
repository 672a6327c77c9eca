import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import * as z from "zod";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";

export interface PauseParts {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly clock: Clock;
}

type Call = CallOptions & { readonly deadlineMs: number; readonly signal: AbortSignal };

const name = "ovn4nfv-webhook";
/** Keeps the number of replicas while there are none, so that a run after one that was killed knows it. */
const replicasKey = "k8s.plugin.opnfv.org/replicas-before-restore";
const pollMs = 250;
/** The time of one try to start the webhooks. */
const tryMs = 10_000;
const finished: readonly string[] = ["Succeeded", "Failed"];
const podPhase = z.looseObject({ status: z.looseObject({ phase: z.string().default("") }).optional() });
const deployment = z.looseObject({
  metadata: z.looseObject({ generation: z.number().default(0) }),
  spec: z.looseObject({ replicas: z.number().default(1) }),
  status: z
    .looseObject({
      observedGeneration: z.number().default(0),
      replicas: z.number().default(0),
      readyReplicas: z.number().default(0),
    })
    .optional(),
});

/** Stops the webhooks of an installation, and starts them again. */
export class WebhookPause {
  /** The number of webhooks that there were before the pause, and are after it. */
  readonly replicas: number;
  /** True when a run that was killed has left the webhooks stopped. */
  readonly isLeftOver: boolean;
  readonly #parts: PauseParts;
  readonly #deployments: ResourceApi;
  readonly #target: { readonly namespace: string; readonly name: string };
  #mayBeStopped = false;

  private constructor(parts: PauseParts, deployments: ResourceApi, now: number, before: number | undefined) {
    this.#parts = parts;
    this.#deployments = deployments;
    this.#target = { namespace: parts.namespace, name };
    // Somebody may have started the webhooks by hand since the run that left the key.
    this.isLeftOver = now === 0 && before !== undefined;
    this.replicas = this.isLeftOver ? (before ?? now) : now;
  }

  /** Finds the Deployment. Throws `ConfigInvalid` when there is none. */
  static async find(parts: PauseParts, call: Call): Promise<WebhookPause> {
    const { client, namespace } = parts;
    const deployments = new ResourceApi(client, resources.deployments);
    const found = await deployments.find({ namespace, name }, call);
    if (found === undefined) {
      const cure = "name its namespace with --system-namespace, so that the webhooks can be stopped";
      throw new AppError("ConfigInvalid", `there is no Deployment ${namespace}/${name}; ${cure}`);
    }
    const kept = /^[1-9]\d{0,3}$/.exec(found.metadata.annotations?.[replicasKey] ?? "")?.[0];
    const { spec } = deployment.parse(found);
    return new WebhookPause(parts, deployments, spec.replicas, kept === undefined ? undefined : Number(kept));
  }

  /** False while nothing was done, and when the API server has refused it. */
  get mayBeStopped(): boolean {
    return this.#mayBeStopped;
  }

  /** The command that starts the webhooks by hand, and lets no later run take them for stopped by an earlier one. */
  get cure(): string {
    const body = JSON.stringify({
      metadata: { annotations: { [replicasKey]: null } },
      spec: { replicas: this.replicas },
    });
    return `kubectl -n ${this.#parts.namespace} patch deployment/${name} --type=merge -p '${body}'`;
  }

  /** Stops the webhooks, and waits for the end of their pods. Throws `DeadlineExceeded`, and what the API server answers. */
  async close(call: Call): Promise<void> {
    let generation: number;
    try {
      generation = await this.#scale(0, this.replicas > 0 ? String(this.replicas) : null, call);
    } catch (caught) {
      this.#mayBeStopped = !isRefused(caught);
      throw caught;
    }
    this.#mayBeStopped = true;
    await this.#until(call, async () => {
      const { status } = await this.#read(call);
      // A controller that has not seen the new number yet may still make pods.
      if ((status?.observedGeneration ?? 0) < generation || status?.replicas !== 0) return "the webhooks do not stop";
      const pods = await this.#pods(call);
      if (pods.length === 0) return undefined;
      return `${pods.join(" and ")} may still run; delete by force what is on a node that is surely off, and run restore again`;
    });
  }

  /** Throws `ConfigInvalid` when somebody else has started the webhooks since `close`. */
  async assertClosed(call: Call): Promise<void> {
    const { spec } = await this.#read(call);
    if (spec.replicas === 0 && (await this.#pods(call)).length === 0) return;
    const cure = "stop whatever keeps their number, for instance a tool that applies manifests, and run restore again";
    throw new AppError(
      "ConfigInvalid",
      `somebody has started the webhooks meanwhile, and nothing was restored; ${cure}`,
    );
  }

  /**
   * Starts as many webhooks as there were, unless the API server has refused to stop them. Tries until the deadline, or until it is
   * refused; then the error says how it is done by hand. `mayOpen` is asked before each try: another run may have stopped them since.
   */
  async open(call: Call, mayOpen: () => Promise<boolean> = () => Promise.resolve(true)): Promise<void> {
    const { clock } = this.#parts;
    if (!this.#mayBeStopped) return;
    for (;;) {
      try {
        if (!(await mayOpen())) return;
        const deadlineMs = Math.min(call.deadlineMs, clock.monotonicMs() + tryMs);
        await this.#scale(this.replicas, null, { ...call, deadlineMs });
        return;
      } catch (cause) {
        if (!isRefused(cause) && !call.signal.aborted && clock.monotonicMs() + pollMs < call.deadlineMs) {
          await clock.sleep(pollMs, call.signal);
          continue;
        }
        const message = `the webhooks are stopped, and could not be started: ${fromUnknown(cause).message}`;
        throw new AppError("DeadlineExceeded", `${message}; start them with \`${this.cure}\``, { cause });
      }
    }
  }

  /** Waits until all webhooks are ready. Throws `DeadlineExceeded`. */
  async whenReady(call: Call): Promise<void> {
    await this.#until(call, async () => {
      const { metadata, status } = await this.#read(call);
      // An older status may still count the webhooks of before.
      const isSeen = (status?.observedGeneration ?? 0) >= metadata.generation;
      const ready = isSeen ? (status?.readyReplicas ?? 0) : 0;
      if (ready >= this.replicas) return undefined;
      return `the database was restored, and ${String(ready)} of ${String(this.replicas)} webhooks are ready; look at their pods, then run \`ovn4nfv check\``;
    });
  }

  async #read(call: Call): Promise<z.output<typeof deployment>> {
    return deployment.parse(await this.#deployments.get(this.#target, call));
  }

  /** The pods of the webhook whose containers may still answer, also those that are about to end. */
  async #pods(call: Call): Promise<readonly string[]> {
    const selection = { namespace: this.#parts.namespace, labelSelector: `app.kubernetes.io/name=${name}` };
    const { items } = await new ResourceApi(this.#parts.client, resources.pods).list(selection, call);
    // A pod that was evicted stays in the list long after its end.
    const running = items.filter((pod) => !finished.includes(podPhase.parse(pod).status?.phase ?? ""));
    return running.map(({ metadata }) => metadata.name);
  }

  /** Gives the generation that has this number. */
  async #scale(replicas: number, kept: string | null, call: Call): Promise<number> {
    const body = { metadata: { annotations: { [replicasKey]: kept } }, spec: { replicas } };
    return deployment.parse(await this.#deployments.patch(this.#target, "merge", body, call)).metadata.generation;
  }

  /** Waits until nothing is missing any more. Throws `DeadlineExceeded`, which says what is missing. */
  async #until(call: Call, missing: () => Promise<string | undefined>): Promise<void> {
    const { clock, namespace } = this.#parts;
    for (;;) {
      const what = await missing().catch((caught: unknown) => {
        if (isRefused(caught) || call.signal.aborted) throw caught;
        return fromUnknown(caught).message;
      });
      if (what === undefined) return;
      if (clock.monotonicMs() >= call.deadlineMs) {
        throw new AppError("DeadlineExceeded", `after the time of --recovery-time, in ${namespace}: ${what}`);
      }
      await clock.sleep(pollMs, call.signal);
    }
  }
}

/** True when the API server has answered that it does not do it, and would answer so again. */
function isRefused(error: unknown): boolean {
  const status = apiErrorDetails(error)?.status ?? 0;
  return status >= 400 && status < 500 && status !== 408 && status !== 409 && status !== 429;
}
