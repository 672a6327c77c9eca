import { Backoff, reflectorBackoff } from "#src/core/backoff.ts";
import type { Clock } from "#src/core/clock.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { IpAddress } from "#src/net/ip.ts";
import type { AddressIndex } from "../index/address-index.ts";
import { claimKey, claimOf } from "#src/ovn/claims/port-claim.ts";
import { addressKey } from "../index/address-key.ts";
import type { RecoveredPod, RecoveredPort } from "../index/recovered-addresses.ts";

/** Reads the pods that Kubernetes has stored: their addresses are recovered when NB lacks them. */
export interface PodSource {
  /**
   * Reads all pods that carry our label and may run, in one consistent read of all pages. Gives those for which `lacks` is true by what
   * their annotations say, and which have a valid token.
   */
  labelledPods(lacks: (pod: RecoveredPod) => boolean, signal: AbortSignal): Promise<readonly RecoveredPod[]>;
  /** Reads the pod live. True while it exists with its UID and may run. */
  mayRun(pod: RecoveredPod, signal: AbortSignal): Promise<boolean>;
}

export interface RestoreGuardOptions {
  readonly index: AddressIndex;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Undefined where the webhook runs without Kubernetes (demo, benches): then no addresses are recovered. */
  readonly pods: PodSource | undefined;
  /** Longer than a create may take, so that all creates in flight have ended when the pods are read. */
  readonly quietMs: number;
  /** The time between two live reads of the recovered pods. */
  readonly recheckMs: number;
}

interface Missing {
  readonly ports: readonly RecoveredPort[];
  readonly floating: readonly IpAddress[];
}

type State =
  | { readonly at: "starting" }
  | { readonly at: "quiet"; readonly untilMs: number }
  | { readonly at: "reading" }
  | { readonly at: "open" };

/**
 * Keeps allocation closed while NB may lack rows of stored pods. At the start it waits until the pods were read once.
 * After a restore it waits until creates in flight have ended, and reads the pods then. The addresses that NB lacks
 * become recovered addresses. See docs/design/release-rules.md#after-a-restore.
 */
export class RestoreGuard {
  readonly #options: RestoreGuardOptions;
  #state: State = { at: "starting" };
  #hasOpened = false;
  #changed = Promise.withResolvers<undefined>();
  readonly #opened = Promise.withResolvers<undefined>();

  constructor(options: RestoreGuardOptions) {
    this.#options = options;
  }

  /** Says why nothing may be allocated now, as a clause about the database; undefined when it may. */
  closedReason(): string | undefined {
    switch (this.#state.at) {
      case "open":
        return undefined;
      case "starting":
        return "is being read for the first time";
      case "reading":
        return "was restored: the addresses of stored pods are being read";
      case "quiet":
        return "was restored from a backup: creates that were in flight are given time to end";
    }
  }

  /** Resolves at the first opening. */
  get opened(): Promise<undefined> {
    return this.#opened.promise;
  }

  /** True from the first opening on. */
  get hasOpened(): boolean {
    return this.#hasOpened;
  }

  /**
   * Called when NB turned out to be restored, any number of times. Also the first read of the pods begins again then: of those that
   * it has seen already, the restore may have taken the rows.
   */
  restored(): void {
    const { clock, quietMs, logger, metrics } = this.#options;
    if (this.#state.at !== "quiet") {
      metrics.count("ovn4nfv_nb_restores_total", {});
      logger.warn({ quietMs }, "northbound database was restored, or the fence key removed");
    }
    this.#state = { at: "quiet", untilMs: clock.monotonicMs() + quietMs };
    this.#changed.resolve(undefined);
  }

  /** Runs until the signal aborts. The index must be in sync before. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#readPods(signal, "starting");
    while (!signal.aborted) {
      await this.#waitForChange(signal);
      if (this.#state.at === "quiet") await this.#sitOut(signal);
      else await this.#recheck(signal);
    }
  }

  async #sitOut(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (this.#state.at === "quiet") {
      const leftMs = this.#state.untilMs - clock.monotonicMs();
      if (leftMs > 0) await clock.sleep(leftMs, signal);
      else this.#state = { at: "reading" };
    }
    await this.#readPods(signal, "reading");
  }

  /** Recovers the addresses that NB lacks, and opens. Tries again until the pods could be read. */
  async #readPods(signal: AbortSignal, during: State["at"]): Promise<void> {
    const { pods, logger, clock } = this.#options;
    const backoff = new Backoff(reflectorBackoff);
    while (!signal.aborted && this.#state.at === during) {
      try {
        const lacks = (pod: RecoveredPod): boolean => this.#missingOf(pod) !== undefined;
        this.#recoverMissing((await pods?.labelledPods(lacks, signal)) ?? []);
        this.#openAfter(during);
        return;
      } catch (caught) {
        logger.warn({ err: fromUnknown(caught) }, "stored pods could not be read, allocation stays closed");
        await clock.sleep(backoff.nextMs(), signal);
      }
    }
  }

  /** Opens, unless a restore was noticed meanwhile: then everything starts again. */
  #openAfter(at: State["at"]): void {
    if (this.#state.at !== at) return;
    this.#state = { at: "open" };
    this.#hasOpened = true;
    this.#opened.resolve(undefined);
  }

  #recoverMissing(stored: readonly RecoveredPod[]): void {
    const { index, logger } = this.#options;
    for (const pod of stored) {
      const missing = this.#missingOf(pod);
      if (missing === undefined) continue;
      const { ports, floating } = missing;
      index.recovered.add({ ...pod, ports, floating });
      const { allocation, namespace, pod: name } = pod;
      logger.warn(
        { allocation, namespace, pod: name, ports: ports.length, floating: floating.length },
        "ports of a stored pod are missing, their addresses are given to nobody",
      );
    }
  }

  /** The addresses of a pod that NB lacks; undefined when it lacks none. */
  #missingOf(pod: RecoveredPod): Missing | undefined {
    const { index } = this.#options;
    const ports = pod.ports.filter((port) => !isInNb(port, pod, index));
    const floating = (pod.floating ?? []).filter((ip) => !isOutsideInNb(pod, ip, index));
    return ports.length + floating.length === 0 ? undefined : { ports, floating };
  }

  async #recheck(signal: AbortSignal): Promise<void> {
    const { index, pods, logger } = this.#options;
    for (const pod of index.recovered.all()) {
      if (this.#state.at !== "open") return; // a restore is more urgent
      if (!index.recovered.has(pod.allocation)) continue; // its rows are back since the first of these reads
      try {
        if (pods !== undefined && !(await pods.mayRun(pod, signal))) index.recovered.end(pod.allocation);
      } catch (caught) {
        logger.warn({ err: fromUnknown(caught), pod: pod.pod }, "pod could not be read, its recovered addresses stay");
      }
    }
  }

  /** Waits until a restore is noticed, or it is time to read the recovered pods again. */
  async #waitForChange(signal: AbortSignal): Promise<void> {
    if (this.#state.at === "quiet") return;
    this.#changed = Promise.withResolvers();
    const cancel = this.#options.clock.after(this.#options.recheckMs, this.#onChange);
    signal.addEventListener("abort", this.#onChange, { once: true });
    await this.#changed.promise;
    signal.removeEventListener("abort", this.#onChange);
    cancel();
  }

  readonly #onChange = (): void => {
    this.#changed.resolve(undefined);
  };
}

/** A row that keeps a claim is not the port of a pod that has the claim by now. */
function isInNb({ network, mac, ips }: RecoveredPort, { keptFor }: RecoveredPod, index: AddressIndex): boolean {
  return index.named(network).some((state) => {
    const [first] = ips;
    const holders = mac !== undefined ? state.macs.of(mac) : first === undefined ? [] : state.ips.of(addressKey(first));
    return holders.some((holder) => {
      if (typeof holder !== "string" || !ips.every((ip) => state.ips.of(addressKey(ip)).includes(holder))) return false;
      const claim = claimOf(index.port(holder)?.external_ids ?? new Map<string, string>());
      return keptFor === undefined ? claim?.isKept !== true : claim !== undefined && claimKey(claim) === keptFor;
    });
  });
}

function isOutsideInNb({ allocation }: RecoveredPod, ip: IpAddress, index: AddressIndex): boolean {
  return index.floating.others(ip).some((row) => row.kind === "pod" && row.allocation === allocation);
}
