import type { Clock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";
import { decideRequestThenSelections } from "#src/pods/decide-request-then-selections.ts";
import { NetworkGate } from "#src/pods/networks/network-gate.ts";
import type { DecidePod } from "#src/pods/pod-decision.ts";
import type { ResultSigner, TokenKeys } from "#src/tokens/token.ts";
import { openAllocator } from "../allocation/open-allocator.ts";
import { ownDefinitionNames, podDecisions } from "../allocation/pod-decisions.ts";
import { openStoredObjects } from "../allocation/stored-objects.ts";
import type { Cluster } from "../cluster.ts";
import type { CommandConfig } from "../flags/flags.ts";
import { processIdentity } from "../process-identity.ts";

export interface LateConnectionOptions {
  readonly config: CommandConfig<"controller">;
  readonly cluster: Cluster;
  readonly signer: ResultSigner;
  /** The keys of all signers: the addresses of stored pods are taken if one of them verifies the token. */
  readonly keys: TokenKeys;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

interface Session {
  readonly allocator: NbAllocator;
  readonly decide: DecidePod;
  readonly end: () => Promise<void>;
}

/** After so long without a missed pod it gives up the connection to NB, and the fence that is renewed on it. */
const idleMs = 60_000;

/** Decides about the pods that the webhook has missed. It connects to NB when there is such a pod, and not before. */
export class LateConnection {
  readonly #options: LateConnectionOptions;
  #session: Session | undefined;
  #inFlight = 0;
  #cancelIdle = (): void => {};
  #ended: Promise<void> = Promise.resolve();

  constructor(options: LateConnectionOptions) {
    this.#options = options;
  }

  /** Throws `BackendUnavailable` when NB cannot be reached in time. */
  readonly decide: DecidePod = async (pod, call) => {
    this.#cancelIdle();
    this.#inFlight += 1;
    try {
      const { allocator, decide } = (this.#session ??= this.#open());
      await allocator.ready(call);
      return await decide(pod, call);
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#cancelIdle = this.#options.clock.after(idleMs, this.#close);
    }
  };

  /** The caller closes it when no decision is under way any more. */
  async close(): Promise<void> {
    this.#cancelIdle();
    this.#close();
    await this.#ended;
  }

  readonly #close = (): void => {
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) this.#ended = this.#ended.then(session.end);
  };

  #open(): Session {
    const { config, cluster, signer, keys, clock, logger, metrics } = this.#options;
    logger.info({}, "pods were stored without the webhook, allocating late");
    const running = new AbortController();
    const replica = processIdentity({ role: "late" }).unique;
    const allocator = openAllocator(config, { replica, stored: { cluster, keys }, clock, logger, metrics });
    allocator.start(running.signal);
    const { client } = cluster;
    const stored = openStoredObjects(ownDefinitionNames(config), { client, clock, logger, metrics });
    const informing = stored.run(running.signal);
    const { index, switches } = allocator;
    const gate = new NetworkGate({ index, switches, objects: stored.networks });
    const definitions = stored.definitions.source;
    const decisions = podDecisions(config, {
      allocator,
      gate,
      claims: stored.claims,
      ordinals: stored.ordinals,
      definitions,
      signer,
      clock,
      logger,
    });
    const end = async (): Promise<void> => {
      await allocator.retire();
      running.abort();
      await Promise.all([allocator.close(), informing]);
    };
    return { allocator, decide: decideRequestThenSelections(decisions.byRequest, decisions.bySelections), end };
  }
}
