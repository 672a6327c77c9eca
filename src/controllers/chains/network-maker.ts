import type { CallOptions } from "#src/core/deadline.ts";
import { fromUnknown } from "#src/core/errors.ts";
import { Failures } from "#src/core/failures.ts";
import type { Logger } from "#src/core/logger.ts";
import { apiErrorDetails, isAlreadyExists, isConflict, isNotFound } from "#src/kube/client/api-error.ts";
import type { ResourceApi } from "#src/kube/client/resource-api.ts";
import { type DynamicPlan, dynamicNetworkManifest } from "./dynamic-networks.ts";

export interface NetworkMakerOptions {
  readonly networks: Pick<ResourceApi, "create" | "delete">;
  /** Gives the UIDs of the chains that are not being deleted, by a live read. */
  readonly liveChains: (options: CallOptions) => Promise<ReadonlySet<string>>;
  /** True when there is a pool. */
  readonly hasPool: boolean;
  readonly logger: Logger;
}

/** Makes the Networks of a plan and removes those that are too many, and says why one could not be made. */
export class NetworkMaker {
  readonly #options: NetworkMakerOptions;
  readonly #failed = new Map<string, string>();
  #unserved: ReadonlySet<string> = new Set();

  constructor(options: NetworkMakerOptions) {
    this.#options = options;
  }

  /**
   * True when a Network was made, which the informer will report. Tries all of the plan before it throws the first error that may
   * pass.
   */
  async bring(plan: DynamicPlan, options: CallOptions): Promise<boolean> {
    const { networks, hasPool, logger } = this.#options;
    this.#unserved = plan.unserved;
    this.#failed.clear();
    const failures = new Failures();
    await failures.try(() => this.#remove(plan, options));
    let isMade = false;
    for (const network of hasPool ? plan.missing : []) {
      const { name, chain } = network;
      try {
        await networks.create(chain.namespace, dynamicNetworkManifest(network), options);
        logger.info({ network: name, namespace: chain.namespace, chain: chain.name }, "network made for a chain");
        isMade = true;
      } catch (caught) {
        if (isAlreadyExists(caught)) continue;
        if (!isRefused(caught)) failures.add(caught);
        this.#failed.set(name, fromUnknown(caught).message);
      }
    }
    failures.throwFirst();
    return isMade;
  }

  /** Says what to do so that a network of this name is made, or why it was not; "" when it is being made. */
  whyNot(name: string): string {
    if (!this.#options.hasPool)
      return "; with --chain-subnets ovn4nfv-controller makes the Networks that a chain names";
    const failed = this.#failed.get(name);
    if (failed !== undefined) return `; ovn4nfv-controller could not make it: ${failed}`;
    return this.#unserved.has(name) ? "; --chain-subnets of ovn4nfv-controller has no free prefix for it" : "";
  }

  async #remove({ surplus, orphans }: DynamicPlan, options: CallOptions): Promise<void> {
    const { networks, liveChains, logger } = this.#options;
    // The informer of Networks may be ahead of that of chains, and then the chain seems to be gone.
    const live = orphans.length === 0 ? new Set<string>() : await liveChains(options);
    const gone = orphans.filter(({ maker }) => maker !== undefined && !live.has(maker));
    for (const { namespace, name, uid } of [...surplus, ...gone]) {
      try {
        await networks.delete({ namespace, name }, { ...options, uid });
        logger.info({ network: name, namespace }, "network of a chain that needs it no more was deleted");
      } catch (caught) {
        if (!isNotFound(caught) && !isConflict(caught)) throw caught;
      }
    }
  }
}

/** True when the API server, or an admission webhook, does not take the object. To send it again at once is of no use. */
function isRefused(error: unknown): boolean {
  const status = apiErrorDetails(error)?.status;
  return status !== undefined && [400, 403, 422].includes(status);
}
