import assert from "node:assert/strict";
import { systemClock } from "#src/core/clock.ts";
import { isNotFound } from "#src/kube/client/api-error.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";

export interface ChurnOptions {
  readonly stack: AdmissionStack;
  /** The Node on which half of the pods run; the others are never scheduled. */
  readonly node: string;
  /** The number of pods that are kept alive. */
  readonly pods: number;
  /** Creates and deletes in a second, once there are so many pods. */
  readonly perSecond: number;
  readonly random: () => number;
}

/** The numbers since the last look. */
export interface ChurnCounts {
  readonly created: number;
  readonly deleted: number;
  /** Creates and deletes that failed, with the reason and the number of each. */
  readonly failed: ReadonlyMap<string, number>;
  /** The time of each create that succeeded. */
  readonly createMs: readonly number[];
}

const tickMs = 250;
/** More calls are not open at once, so that a cluster that hangs is not buried in them. */
const mostOpen = 32;

/** Creates and deletes pods at one pace, whatever else happens, and forgets nothing that it made. */
export class Churn {
  readonly #options: ChurnOptions;
  readonly #living = new Map<string, KubeObject>();
  readonly #open = new Set<Promise<void>>();
  #number = 0;
  #counts = noCounts();

  constructor(options: ChurnOptions) {
    this.#options = options;
  }

  get living(): readonly KubeObject[] {
    return [...this.#living.values()];
  }

  /** Gives what happened since the last call. */
  take(): ChurnCounts {
    const taken = this.#counts;
    this.#counts = noCounts();
    return taken;
  }

  /** Runs until the signal aborts, and returns when the last call has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { pods, perSecond } = this.#options;
    let due = 0;
    while (!signal.aborted) {
      due += (perSecond * tickMs) / 1_000;
      for (; due >= 1; due -= 1) {
        if (this.#open.size >= mostOpen) continue;
        this.#call(() => this.#create());
        if (this.#living.size >= pods) this.#call(() => this.#delete());
      }
      await systemClock.sleep(tickMs, signal).catch(() => undefined);
    }
    while (this.#open.size > 0) await Promise.all(this.#open);
  }

  #call(work: () => Promise<void>): void {
    const done = work().finally(() => this.#open.delete(done));
    this.#open.add(done);
  }

  async #create(): Promise<void> {
    const { stack, node, random } = this.#options;
    this.#number += 1;
    const networks = random() < 0.3 ? [{ name: "blue" }, { name: "green" }] : [{ name: "blue" }];
    const spec = random() < 0.5 ? { nodeName: node } : {};
    const startedMs = systemClock.monotonicMs();
    try {
      const pod = podManifest({ name: `day-${this.#number}`, annotations: request(...networks), spec });
      const stored = await stack.create(pod);
      this.#living.set(stored.metadata.uid, stored);
      this.#counts.created += 1;
      this.#counts.createMs.push(systemClock.monotonicMs() - startedMs);
    } catch (caught) {
      this.#fail(caught);
    }
  }

  #fail(caught: unknown): void {
    const why = String(caught).replaceAll(/day-\d+|\?timeout=\S+|127\.0\.0\.1:\d+/g, "…");
    this.#counts.failed.set(why, (this.#counts.failed.get(why) ?? 0) + 1);
  }

  async #delete(): Promise<void> {
    const { stack, random } = this.#options;
    const doomed = this.living[Math.floor(random() * this.#living.size)];
    assert.ok(doomed);
    const { namespace, name, uid } = doomed.metadata;
    this.#living.delete(uid);
    try {
      await stack.pods.delete({ namespace, name }, { uid, deadlineMs: systemClock.monotonicMs() + 30_000 });
      this.#counts.deleted += 1;
    } catch (caught) {
      // It may be deleted all the same. Then a later delete finds it gone.
      if (isNotFound(caught)) return;
      this.#living.set(uid, doomed);
      this.#fail(caught);
    }
  }
}

function noCounts() {
  return { created: 0, deleted: 0, failed: new Map<string, number>(), createMs: new Array<number>() };
}
