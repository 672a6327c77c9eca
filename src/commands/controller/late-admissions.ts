import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import type { AdmitLate, SelectsOurs } from "#src/controllers/late-allocation/late-allocator.ts";
import type { Clock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { NbAllocator } from "#src/ipam/nb-allocator.ts";
import type { TokenKeys, ResultSigner } from "#src/tokens/token.ts";
import { PodApi } from "#src/kube/pods.ts";
import type { AdmissionHandler } from "#webhooks/admission/handler.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import { NetworkGate } from "#webhooks/network/network-gate.ts";
import { StoredNetworks } from "#webhooks/network/stored-networks.ts";
import { createMultusPodHandler, createPodHandler, type PodHandlerOptions } from "#webhooks/pod/pod-handler.ts";
import { ReservationCap } from "#webhooks/pod/reservation-cap.ts";
import { StoredDefinitions } from "#webhooks/pod/stored-definitions.ts";
import { createPodSource } from "#webhooks/pod/stored-pods.ts";
import type { Cluster } from "../cluster.ts";
import { createRequest } from "../admit/create-request.ts";
import type { CommandConfig } from "../flags/flags.ts";
import { handlersInTurn } from "../admit/handlers-in-turn.ts";
import { nbOptions } from "../nb-options.ts";
import { ownSelections } from "./own-selections.ts";
import { ownDefinitionNames } from "../webhook/webhook-entries.ts";

export interface LateAdmissionsOptions {
  readonly config: CommandConfig<"controller">;
  readonly cluster: Cluster;
  readonly signer: ResultSigner;
  /** Of all signers: what stored pods hold is claimed by them. */
  readonly keys: TokenKeys;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

interface Session {
  readonly allocator: NbAllocator;
  readonly handler: AdmissionHandler;
  readonly end: () => Promise<void>;
}

/** After so long without a missed pod the connection to NB, and the fence that is renewed on it, are given up. */
const idleMs = 60_000;

/** The webhook's own code, for pods that it has missed. It connects to NB when there is such a pod, not before. */
export class LateAdmissions {
  readonly #options: LateAdmissionsOptions;
  /** Never run, so that each look is a read. */
  readonly #live: StoredDefinitions;
  #session: Session | undefined;
  #inFlight = 0;
  #cancelIdle = (): void => {};
  #ended: Promise<void> = Promise.resolve();

  constructor(options: LateAdmissionsOptions) {
    this.#options = options;
    const { config, cluster, clock, logger, metrics } = options;
    const names = ownDefinitionNames(config);
    this.#live = new StoredDefinitions({ client: cluster.client, clock, logger, metrics, names });
  }

  /** Reads definitions live: asked only of pods in namespaces that opted in. */
  get selectsOurs(): SelectsOurs {
    return ownSelections(this.#live.source);
  }

  readonly admit: AdmitLate = async (pod, call) => {
    this.#cancelIdle();
    this.#inFlight += 1;
    try {
      const { allocator, handler } = (this.#session ??= this.#open());
      await allocator.ready(call);
      const { namespace = "", name = "" } = readPod(pod).metadata;
      const username = "ovn4nfv controller";
      const answer = await handler(
        createRequest(pod as unknown as JsonObject, { namespace, name, username, dryRun: false }),
        call,
      );
      if (!answer.allowed) throw answer.error;
      const { patch, undo, auditAnnotations } = answer;
      if (patch.length === 0) return undefined;
      const allocation = auditAnnotations?.["allocation"];
      if (allocation === undefined || undo === undefined) throw new AppError("Internal", "patched without allocation");
      // Its audit line; what became of it in Kubernetes has lines of its own.
      answer.onHandedOver?.();
      return { allocation, patch, undo };
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#cancelIdle = this.#options.clock.after(idleMs, this.#close);
    }
  };

  /** To be called when nothing is being admitted any more. */
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
    const parts = { clock, logger, metrics };
    const allocator = new NbAllocator({
      ...parts,
      nb: nbOptions(config),
      replica: `late-${hostname()}-${randomBytes(4).toString("hex")}`,
      cluster: cluster.uid,
      anySwitch: config.anySwitch,
      cooldownMs: config.restMs,
      quietMs: config.restoreQuietMs,
      pods: createPodSource({ pods: new PodApi(cluster.client), keys, logger }),
    });
    allocator.start(running.signal);
    const stored = new StoredNetworks({ client: cluster.client, ...parts });
    const definitions = new StoredDefinitions({ ...parts, client: cluster.client, names: ownDefinitionNames(config) });
    const informing = [stored.run(running.signal), definitions.run(running.signal)];
    const end = async (): Promise<void> => {
      await allocator.retire();
      running.abort();
      await Promise.all([allocator.close(), ...informing]);
    };
    return { allocator, handler: this.#handler(allocator, stored, definitions, signer), end };
  }

  #handler(
    allocator: NbAllocator,
    objects: StoredNetworks,
    definitions: StoredDefinitions,
    signer: ResultSigner,
  ): AdmissionHandler {
    const { config, clock, logger } = this.#options;
    const { index, reservations, switches } = allocator;
    const definition = { namespace: config.nadNamespace, name: config.nadName };
    const podOptions: PodHandlerOptions = {
      allocator,
      // These pods exist: nobody can fill a pool with creates that are refused afterwards.
      cap: new ReservationCap({ index, reservations, clock, maxOpen: 0 }),
      gate: new NetworkGate({ index, switches, objects }),
      signer,
      logger,
      definition: config.attach === "multus" ? definition : undefined,
      definitions: definitions.source,
      excludedNamespaces: new Set(config.excludedNamespaces),
    };
    return handlersInTurn(createPodHandler(podOptions), createMultusPodHandler(podOptions));
  }
}
