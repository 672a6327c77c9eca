import { annotationKeys } from "#src/api/annotation-keys.ts";
import { type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import { JsonPatch } from "#src/api/text/json-patch.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import { isRefusal } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { isConflict, isInvalid, isNotFound } from "#src/kube/client/api-error.ts";
import type { EventNote } from "#src/kube/events/event-series.ts";
import type { PodApi } from "#src/kube/pods.ts";
import { stampPort } from "#src/ovn/ports/port-operations.ts";
import { changedResult, readStoredResult } from "#src/pods/plug/stored-result.ts";
import { examinePodToken, podTokenSubject, verifyPodToken } from "#src/tokens/pod-token.ts";
import type { ResultSigner, TokenKeys } from "#src/tokens/token.ts";
import type { AllocationRows, PortRow } from "../allocation-rules/allocation-rows.ts";
import { hasLaterRow, storedResultOf } from "../allocation-rules/consistency.ts";
import { podEvent } from "../pod-events/pod-events.ts";
import type { PortWriter } from "./port-writer.ts";
import { type ActionOf, changedAgainMs, type ReconcileBatch } from "./reconcile-batch.ts";

export interface HotPlugOptions {
  readonly rows: Pick<AllocationRows, "of">;
  readonly pods: Pick<PodApi, "get" | "patchAsRead">;
  readonly writer: Pick<PortWriter, "remove">;
  readonly keys: TokenKeys;
  /** Undefined where the controller has no key: then interfaces that were unplugged stay in the result. */
  readonly signer?: ResultSigner | undefined;
  readonly record: (note: EventNote) => void;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const { result, token } = annotationKeys;

/** Carries out what was decided about interfaces that pods got or gave up while they run. */
export class HotPlug {
  readonly #options: HotPlugOptions;

  constructor(options: HotPlugOptions) {
    this.#options = options;
  }

  /** Tells of rows that were bound to a pod which ran already. */
  bound({ pod, rows }: ActionOf<"bind">): void {
    const { record, metrics } = this.#options;
    const plugged = rows.filter(({ owner }) => owner.revision !== undefined);
    if (plugged.length === 0) return;
    metrics.count("ovn4nfv_plugged_ports_total", { change: "plugged" }, plugged.length);
    record(podEvent(pod, "plugged", namesOf(plugged, pod)));
  }

  /** Deletes rows that the result does not name. Where that is not sure, a live read of the pod decides. */
  async dropAttempts(
    id: string,
    { pod, rows, isSure }: ActionOf<"drop-attempts">,
    batch: ReconcileBatch,
    signal: AbortSignal,
  ): Promise<void> {
    const { writer, metrics, logger } = this.#options;
    if (!isSure && (await this.#mayBeNamed(pod, rows, signal))) {
      batch.checkAgain(id, namedAgainMs);
      return;
    }
    const removal = { rows };
    if (!(await writer.remove([removal])).has(removal)) {
      batch.checkAgain(id, changedAgainMs);
      return;
    }
    metrics.count("ovn4nfv_plugged_ports_total", { change: "undone" }, rows.length);
    const { namespace, name } = pod.metadata;
    logger.info(
      { allocation: id, namespace, pod: name, ports: rows.length },
      "ports that the result of their pod does not name are deleted",
    );
  }

  /** Deletes the rows of interfaces that have left, and remembers on another port that a later result is there. */
  async unplug(id: string, { pod, rows, others, revision }: ActionOf<"unplug">, batch: ReconcileBatch): Promise<void> {
    const { writer, record, metrics, logger } = this.#options;
    const [witness] = others;
    const stamped = witness && { uuid: witness.uuid, ...witness.owner };
    const removal = { rows, besides: stamped === undefined ? [] : [stampPort(stamped, revision)] };
    if (!(await writer.remove([removal])).has(removal)) {
      batch.checkAgain(id, changedAgainMs);
      return;
    }
    // The monitor has shown by now that the rows are gone, so that the result can be changed.
    batch.checkAgain(id, 0);
    metrics.count("ovn4nfv_plugged_ports_total", { change: "unplugged" }, rows.length);
    const { namespace, name } = pod.metadata;
    logger.info(
      { allocation: id, namespace, pod: name, ports: rows.length },
      "interfaces have left, addresses released",
    );
    record(podEvent(pod, "unplugged", namesOf(rows, pod)));
  }

  /** Tells of an older result that somebody put back, when the stored pod has it: the informer may be older than the ports. */
  async tellOldResult(id: string, { pod }: ActionOf<"report">, signal: AbortSignal): Promise<void> {
    const { rows, keys, record } = this.#options;
    const raw = await this.#read(pod, signal);
    if (raw === undefined) return;
    const { verdict, revision } = await examinePodToken(readPod(raw), keys);
    if (verdict === "valid" && hasLaterRow(rows.of(id), pod.metadata.uid, revision)) record(podEvent(pod, "replayed"));
  }

  /** Takes the interfaces out of the result that leave and have no rows any more, and signs it. */
  async forget(
    id: string,
    { pod }: ActionOf<"forget-unplugged">,
    batch: ReconcileBatch,
    signal: AbortSignal,
  ): Promise<void> {
    const { pods, rows, keys, signer } = this.#options;
    if (signer === undefined) return;
    const raw = await this.#read(pod, signal);
    if (raw === undefined) return;
    const live = readPod(raw);
    const { namespace = "" } = pod.metadata;
    const signed = await verifyPodToken(live, keys);
    const present = new Set(rows.of(id).map((row) => row.name));
    const stored = readStoredResult(signed.result);
    const kept = stored.filter(({ leaving, port }) => leaving !== true || present.has(port));
    if (signed.allocation !== id || kept.length === stored.length) return;
    const text = changedResult(kept, [], []);
    const subject = podTokenSubject(live, { allocation: id, namespace, result: text, revision: signed.revision + 1 });
    // An object that was parsed from JSON is a JSON object.
    const patch = new JsonPatch(raw as unknown as JsonObject)
      .set(["metadata", "annotations", result.key], text)
      .set(["metadata", "annotations", token.key], signer.sign(subject));
    try {
      await pods.patchAsRead(raw, patch.operations(), { signal });
    } catch (caught) {
      if (isNotFound(caught)) return;
      if (!isConflict(caught) && !isInvalid(caught)) throw caught;
      // Somebody's policy may refuse the change for ever.
      batch.checkAgain(id, namedAgainMs);
    }
  }

  /** True when the pod as it is stored names one of the rows. A result that nobody can verify may name them, too. */
  async #mayBeNamed(pod: PodMetadata, rows: readonly PortRow[], signal: AbortSignal): Promise<boolean> {
    const raw = await this.#read(pod, signal);
    if (raw === undefined) return false;
    try {
      const signed = await verifyPodToken(readPod(raw), this.#options.keys);
      const named = new Set(readStoredResult(signed.result).map(({ port }) => port));
      return rows.some((row) => named.has(row.name));
    } catch (caught) {
      if (isRefusal(caught)) return true;
      throw caught;
    }
  }

  /** Reads the pod from the API server; undefined when it is gone. */
  #read({ metadata }: PodMetadata, signal: AbortSignal) {
    const { namespace = "", name = "", uid = "" } = metadata;
    return this.#options.pods.get({ namespace, name, uid }, { signal });
  }
}

/** The informer will show soon what the live read has shown, and an event of it asks at once. */
const namedAgainMs = 5_000;

function namesOf(rows: readonly PortRow[], pod: PodMetadata): string {
  const results = storedResultOf(pod);
  return rows.map((row) => results.find(({ port }) => port === row.name)?.interface ?? row.name).join(", ");
}
