// Keeps an authority and the certificates that it signs in Secrets, for programs that read them as files: those of OVN.
import { randomBytes } from "node:crypto";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { NamedObject } from "#src/kube/client/named-object.ts";
import { resources } from "#src/kube/client/resources.ts";
import { keepObjects } from "#src/kube/object-keeper.ts";
import type { ReconcileResult } from "#src/kube/queue/reconcile-loop.ts";
import { createAuthority, issue } from "./authority.ts";
import type { CertificateNames, LeafKind } from "./certificate-writer.ts";
import { publication } from "./published-bundle.ts";
import { nextRolloverStep, type RolloverStep } from "./rollover.ts";
import { printBundleChange, printSecret, readAuthority, readLeaf, type StoredAuthority } from "./stored-trust.ts";

export interface KeptLeaf {
  readonly secret: string;
  readonly kind: LeafKind;
  readonly names: CertificateNames;
}

export interface KeptTrustOptions {
  readonly client: ApiClient;
  readonly namespace: string;
  /** The Secret of the authority. The ConfigMap of the same name has the certificates to trust, and no key. */
  readonly authority: string;
  readonly leaves: readonly KeptLeaf[];
  readonly authorityMs: number;
  readonly leafMs: number;
  /** Time in which all readers get a new bundle, before a certificate of the new authority is given to one of them. */
  readonly settleMs: number;
  /** It is called after each pass that ended well. */
  readonly afterPass: () => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const passMs = 20_000;
/** The longest time between two passes, after which a probe may say that nobody keeps the certificates. */
const longestPauseMs = 30_000;

/**
 * Keeps the Secrets until it is stopped. Each leaf has the whole bundle in `ca.crt`, by which its reader trusts the leaves of
 * an old and of a new authority.
 */
export class KeptTrust {
  readonly #options: KeptTrustOptions;
  readonly #authority: NamedObject;
  readonly #published: NamedObject;
  readonly #leaves: readonly (KeptLeaf & { readonly object: NamedObject })[];
  /** The bundle that ConfigMap and leaves were seen to have, and the time since when. */
  #told: { readonly bundle: string; readonly sinceMs: number } | undefined;

  constructor(options: KeptTrustOptions) {
    const { client, namespace, authority, leaves } = options;
    const secret = (name: string) => new NamedObject(client, resources.secrets, { namespace, name });
    this.#options = options;
    this.#authority = secret(authority);
    this.#published = new NamedObject(client, resources.configMaps, { namespace, name: authority });
    this.#leaves = leaves.map((leaf) => ({ ...leaf, object: secret(leaf.secret) }));
  }

  /** It never rejects. */
  run(signal: AbortSignal): Promise<void> {
    const { client, authority, clock, logger, metrics } = this.#options;
    const watched = [
      ...[this.#authority, ...this.#leaves.map(({ object }) => object)].map(({ name: target }) => ({
        resource: resources.secrets,
        target,
      })),
      { resource: resources.configMaps, target: this.#published.name },
    ];
    const pass = async (within: AbortSignal): Promise<ReconcileResult> => {
      const result = await this.#pass(within);
      await this.#options.afterPass();
      return result;
    };
    return keepObjects({ name: authority, client, watched, pass, clock, logger, metrics }, signal);
  }

  async #pass(signal: AbortSignal): Promise<ReconcileResult> {
    const { clock } = this.#options;
    const call = { signal, deadlineMs: clock.monotonicMs() + passMs };
    const [published, ...leafObjects] = await Promise.all([
      this.#published.read(call),
      ...this.#leaves.map(({ object }) => object.read(call)),
    ]);
    // The authority is read after what has its bundle, so that no bundle of it is written over a newer one.
    const authorityObject = await this.#authority.read(call);
    const authority = this.#parse(authorityObject, readAuthority);
    const stored = leafObjects.map((object) => this.#parse(object, readLeaf));
    if (authority !== undefined) {
      const change = publication(published, authority.bundle);
      if (change !== undefined) await this.#published.write(published, change, call);
      const isTold = change === undefined && stored.every((leaf) => leaf === undefined || leaf.ca === authority.bundle);
      if (!isTold) this.#told = undefined;
      else if (this.#told?.bundle !== authority.bundle) {
        this.#told = { bundle: authority.bundle, sinceMs: clock.monotonicMs() };
      }
    }
    let pauseMs = longestPauseMs;
    for (const [n, leaf] of this.#leaves.entries()) {
      const step = nextRolloverStep(
        {
          authority,
          leaf: stored[n],
          isLeafStored: stored[n] !== undefined,
          trustedForMs: this.#told && clock.monotonicMs() - this.#told.sinceMs,
        },
        { names: leaf.names, settleMs: this.#options.settleMs },
        clock.now(),
      );
      if (step.do === "wait") {
        pauseMs = Math.min(pauseMs, step.forMs);
        const before = leafObjects[n];
        if (authority === undefined || before === undefined || stored[n]?.ca === authority.bundle) continue;
        await leaf.object.write(before, printBundleChange(authority.bundle), call);
      } else {
        await this.#take(step, { authority, authorityObject, leaf, leafObject: leafObjects[n] }, call);
        // All leaves share the authority, and what was read of it is old now.
        if (step.do !== "new-leaf") return { requeueAfterMs: 0 };
      }
      pauseMs = 0;
    }
    return { requeueAfterMs: pauseMs };
  }

  async #take(
    step: Exclude<RolloverStep, { readonly do: "wait" }>,
    seen: {
      readonly authority: StoredAuthority | undefined;
      readonly authorityObject: KubeObject | undefined;
      readonly leaf: KeptLeaf & { readonly object: NamedObject };
      readonly leafObject: KubeObject | undefined;
    },
    call: CallOptions,
  ): Promise<void> {
    const { clock, logger, authority: title, authorityMs, leafMs } = this.#options;
    const { authority, authorityObject, leaf, leafObject } = seen;
    if (step.do === "new-bundle") {
      await this.#authority.write(authorityObject, printBundleChange(step.bundle), call);
    } else if (step.do === "new-authority") {
      // Each authority has a name of its own, by which people tell it from the one before.
      const name = `${title}@${clock.now()}`;
      const made = await createAuthority(name, { clock, randomBytes, validityMs: authorityMs });
      const isWritten = await this.#authority.write(authorityObject, printSecret(made, made.cert + step.earlier), call);
      if (isWritten) logger.info({ authority: name, why: step.why }, "certificate authority made");
    } else if (authority !== undefined) {
      const pair = await issue(leaf.kind, authority.authority, leaf.names, { clock, randomBytes, validityMs: leafMs });
      const isWritten = await leaf.object.write(leafObject, printSecret(pair, authority.bundle), call);
      if (isWritten) logger.info({ secret: leaf.secret, why: step.why }, "certificate made");
    }
  }

  /** A Secret that cannot be used counts as absent, so that its content is made anew. */
  #parse<T>(object: KubeObject | undefined, parse: (secret: KubeObject) => T): T | undefined {
    if (object === undefined) return undefined;
    try {
      return parse(object);
    } catch (caught) {
      this.#options.logger.warn(
        { secret: object.metadata.name, reason: fromUnknown(caught).message },
        "secret cannot be used",
      );
      return undefined;
    }
  }
}
