// The webhook as a server: it has two ports, reports whether it is ready, and shuts down without losing a review.
import type { Server } from "node:http";
import type { Clock } from "#src/core/clock.ts";
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { createAdmissionApp } from "./admission-app.ts";
import { type AdmissionListener, createAdmissionListener } from "./admission-listener.ts";
import type { AdmissionEntry } from "./admission-route.ts";
import { type BodyLimits, defaultBodyLimits } from "./body.ts";
import { type ClientCertificatePolicy, createClientCheck } from "./client-certificate.ts";
import type { Delivery } from "./delivery.ts";
import { LargeTurns } from "../peers/large-turns.ts";
import { KnownPeers } from "../peers/known-peers.ts";
import { WorkTurns } from "../peers/work-turns.ts";
import { type BindAddress, endListening, startListening } from "#src/health/listening.ts";
import { defaultLoadLimits, Load, type LoadLimits } from "./load-limit.ts";
import { createOperationsServer } from "#src/health/operations-server.ts";
import { defaultMarginMs } from "./review-deadline.ts";
import type { ServingCertificate } from "./serving-certificate.ts";

export interface WebhookServerOptions {
  readonly entries: readonly AdmissionEntry[];
  readonly certificate: ServingCertificate;
  readonly admission: BindAddress;
  readonly operations: BindAddress;
  /** When it is absent, anybody who reaches the port may send reviews. */
  readonly clients?: ClientCertificatePolicy;
  /** Gives reasons why the process is not ready, such as the first sync. The server adds that it drains. */
  readonly notReady?: () => readonly string[];
  /** The server goes on for so long after it has said that it is not ready: Endpoints need 10-15 s to follow. */
  readonly drainMs: number;
  readonly loadLimits?: LoadLimits;
  /** Tells of each allocation that a stored pod holds. Peers that had sent its review are known. */
  readonly onBound?: (listener: (allocation: string) => void) => () => void;
  /** What is absent is as in `defaultBodyLimits`. */
  readonly bodyLimits?: Partial<BodyLimits>;
  readonly marginMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Peers that open many connections at once fill the queue of those that wait to be accepted. When it is full the kernel drops
 * others, and the API server tries again only after a second.
 */
const admissionBacklog = 4_096;

/** The numbers of the ports that the server listens on. */
export interface WebhookPorts {
  readonly admission: number;
  readonly operations: number;
}

type State = "new" | "serving" | "draining" | "closed";

/** After drainMs, reviews in flight and their rollback may take so long: the default webhook timeout. */
const lastReviewsMs = 10_000;
/** Reviews that were given up may take so long to roll back what they did. */
const lastRollbacksMs = 2_000;
/** Bytes that were handed to a socket may take so long to leave it, before connections are cut. */
export const lastBytesMs = 500;
/** A request that was sent when the drain ended may take so long to arrive. */
export const onTheWayMs = 20;

export class WebhookServer {
  readonly #options: WebhookServerOptions;
  readonly #load: Load;
  readonly #open = new Set<Delivery>();
  readonly #listener: AdmissionListener;
  readonly #operations: Server;
  readonly #endBound: (() => void) | undefined;
  #state: State = "new";
  #listenerEnded: Promise<void> | undefined;

  constructor(options: WebhookServerOptions) {
    const { clock, logger, metrics, entries, certificate, clients } = options;
    this.#options = options;
    const known = new KnownPeers(clock, (peer) => {
      logger.info({ peer }, "peer is known as an API server");
    });
    this.#endBound = options.onBound?.((allocation) => {
      known.bound(allocation);
    });
    const { isKnown } = known;
    const turns = new WorkTurns({ isKnown });
    const check = clients && createClientCheck(clients, clock);
    this.#load = new Load({ limits: options.loadLimits ?? defaultLoadLimits, isKnown, clock });
    const app = createAdmissionApp(entries, {
      load: this.#load,
      known,
      turns,
      largeTurns: new LargeTurns({ isKnown, clock }),
      bodyLimits: { ...defaultBodyLimits, ...options.bodyLimits },
      marginMs: options.marginMs ?? defaultMarginMs,
      clients: check,
      clock,
      logger,
      metrics,
      draining: () => this.#state !== "serving",
      open: this.#open,
    });
    this.#listener = createAdmissionListener(app, { certificate, clients, check, known, clock, logger, metrics });
    this.#operations = createOperationsServer({
      metrics,
      clock,
      notReady: () => this.#notReady(),
      beforeScrape: () => {
        metrics.set("ovn4nfv_webhook_in_flight", {}, this.#load.requests);
      },
    });
  }

  /** Listens on both ports. Throws `ConfigInvalid` when it cannot have one, and then leaves nothing open. */
  async start(): Promise<WebhookPorts> {
    if (this.#state !== "new") throw new AppError("Internal", "the webhook server was started before");
    try {
      const operations = await startListening(this.#operations, this.#options.operations);
      const admission = await startListening(this.#listener.server, this.#options.admission, admissionBacklog);
      this.#state = "serving";
      this.#options.logger.info({ admission, operations }, "webhook serving");
      return { admission, operations };
    } catch (error) {
      await this.#stop();
      throw error;
    }
  }

  /**
   * Drains and closes. The server says at once that it is not ready, and goes on for drainMs, in which each answer closes
   * its connection. Then it takes no new connections, ends the idle ones, waits for reviews in flight and rollbacks, and cuts
   * what is left. An aborted signal or a deadline that has passed ends the waiting.
   */
  async close(options: CallOptions = {}): Promise<void> {
    if (this.#state === "serving") {
      this.#state = "draining";
      await this.#drain(options);
    }
    if (this.#state !== "closed") await this.#stop();
  }

  async #drain(options: CallOptions): Promise<void> {
    const { clock, logger, drainMs } = this.#options;
    logger.info({ drainMs, inFlight: this.#load.requests }, "webhook draining");
    const fullMs = clock.monotonicMs() + drainMs + lastReviewsMs;
    const deadlineMs = Math.min(fullMs, options.deadlineMs ?? fullMs);
    try {
      await clock.sleep(Math.max(0, Math.min(drainMs, deadlineMs - clock.monotonicMs())), options.signal);
      await readArrived(clock);
      this.#listenerEnded = endListening(this.#listener.server);
      await this.#idle("last reviews", { ...options, deadlineMs });
    } catch (error) {
      logger.warn({ err: fromUnknown(error), inFlight: this.#load.requests }, "webhook closes before it was drained");
    }
  }

  async #stop(): Promise<void> {
    this.#state = "closed";
    for (const delivery of this.#open) delivery.abandon(new AppError("Aborted", "the webhook is shutting down"));
    this.#listener.release();
    this.#endBound?.();
    const { clock, logger } = this.#options;
    try {
      await this.#idle("last rollbacks", { deadlineMs: clock.monotonicMs() + lastRollbacksMs });
    } catch (error) {
      logger.warn(
        { err: fromUnknown(error), inFlight: this.#load.requests },
        "webhook closes before all reviews were rolled back",
      );
    }
    this.#listenerEnded ??= endListening(this.#listener.server);
    const cancelCut = clock.after(lastBytesMs, () => void this.#cut());
    await Promise.all([this.#listenerEnded, endListening(this.#operations)]);
    cancelCut();
    logger.info({}, "webhook closed");
  }

  /** Cuts every connection. One that had carried nothing before may have brought a review since the end of the drain. */
  async #cut(): Promise<void> {
    const { clock, logger } = this.#options;
    try {
      await readArrived(clock);
      await this.#idle("reviews that came last", { deadlineMs: clock.monotonicMs() + lastRollbacksMs });
    } catch (error) {
      logger.warn({ err: fromUnknown(error), inFlight: this.#load.requests }, "webhook cuts reviews that came last");
    }
    this.#listener.cut();
    this.#operations.closeAllConnections();
  }

  #idle(what: string, options: CallOptions): Promise<undefined> {
    return settleWithin(this.#options.clock, options, what, (resolve) => {
      this.#load.whenIdle(() => {
        resolve(undefined);
      });
    });
  }

  #notReady(): readonly string[] {
    const own = this.#state === "serving" ? [] : [this.#state === "draining" ? "draining" : "not listening"];
    return [...own, ...(this.#options.notReady?.() ?? [])];
  }
}

/**
 * Lets reviews arrive that are on their way, and the event loop read them, so that a connection with a new request is not taken for an
 * idle one. The API server does not send a review again when its connection ends after it began to write.
 */
function readArrived(clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    // The event loop reads after its timers, so that a turn more is needed for what came with the timer.
    clock.after(onTheWayMs, () => setImmediate(resolve));
  });
}
