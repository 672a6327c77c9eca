import { randomBytes } from "node:crypto";
import type { Clock } from "#src/core/clock.ts";
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { NamedObject } from "#src/kube/client/named-object.ts";
import { keepObjects } from "#src/kube/object-keeper.ts";
import type { ReconcileResult } from "#src/kube/queue/reconcile-loop.ts";
import { resources } from "#src/kube/client/resources.ts";
import { createAuthority, issueServing } from "./authority.ts";
import type { CertificateNames } from "./certificate-writer.ts";
import type { CertificateKeyPair } from "./key-pair.ts";
import { publication } from "./published-bundle.ts";
import { isNotValidYet, nextRolloverStep, notValidYet } from "./rollover.ts";
import type { CertificateSource } from "./certificate-source.ts";
import {
  printBundleChange,
  printSecret,
  readAuthority,
  readLeaf,
  type StoredAuthority,
  type StoredLeaf,
} from "./stored-trust.ts";
import { type ConfigurationNames, haveBundle, WebhookConfigurations } from "./webhook-configurations.ts";

export interface SecretCertificateOptions {
  readonly client: ApiClient;
  /** Namespace of both Secrets and of the ConfigMap. */
  readonly namespace: string;
  readonly authoritySecret: string;
  readonly leafSecret: string;
  /** The ConfigMap in which the bundle is published, for whoever may write it into the configurations. */
  readonly bundleConfigMap: string;
  readonly configurations: ConfigurationNames;
  readonly names: CertificateNames;
  readonly authorityMs: number;
  readonly leafMs: number;
  /** See `RolloverRules`. */
  readonly settleMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const passMs = 20_000;
/** A pass is repeated after this time while a configuration does not have the bundle, because a watch may be behind. */
const recheckMs = 1_000;
/**
 * The serving certificate in a Secret that all replicas share, with its authority in another Secret. Every replica makes and
 * renews both, and publishes the bundle. It has no right to write the webhook configurations, which the cainjector does, and
 * only looks whether they have the bundle. A write applies only to the object as it was read: so one replica succeeds, and the
 * others use its result.
 */
export class SecretCertificate implements CertificateSource {
  readonly #options: SecretCertificateOptions;
  readonly #authority: NamedObject;
  readonly #leaf: NamedObject;
  readonly #published: NamedObject;
  readonly #configurations: WebhookConfigurations;
  readonly #listeners = new Set<(pair: CertificateKeyPair) => void>();
  readonly #firstLeaf = Promise.withResolvers<undefined>();
  #served: StoredLeaf | undefined;
  /** The bundle that every configuration was seen to have, and the time since when. */
  #trusted: { readonly bundle: string; readonly sinceMs: number } | undefined;
  #wasTrusted = false;
  #correctedAtMs: number | undefined;
  #running: { readonly stop: AbortController; readonly parts: Promise<unknown> } | undefined;

  constructor(options: SecretCertificateOptions) {
    const { client, namespace } = options;
    this.#options = options;
    this.#authority = new NamedObject(client, resources.secrets, { namespace, name: options.authoritySecret });
    this.#leaf = new NamedObject(client, resources.secrets, { namespace, name: options.leafSecret });
    this.#published = new NamedObject(client, resources.configMaps, { namespace, name: options.bundleConfigMap });
    this.#configurations = new WebhookConfigurations(client, options.configurations);
  }

  /** Begins to keep Secrets and ConfigMap up to date. Resolves when there is a certificate to serve. */
  async start(options: CallOptions): Promise<void> {
    const { client, clock, logger, metrics } = this.#options;
    const stop = new AbortController();
    const watched = [
      { resource: resources.secrets, target: this.#authority.name },
      { resource: resources.secrets, target: this.#leaf.name },
      { resource: resources.configMaps, target: this.#published.name },
      ...this.#configurations.watched,
    ];
    const pass = (signal: AbortSignal) => this.#pass(signal);
    const parts = keepObjects({ name: "certificates", client, watched, pass, clock, logger, metrics }, stop.signal);
    this.#running = { stop, parts };
    await settleWithin<undefined>(clock, options, "a serving certificate in its Secret", (resolve, reject) => {
      this.#firstLeaf.promise.then(resolve, reject);
    });
  }

  /** Throws before `start` has resolved. */
  current(): CertificateKeyPair {
    if (this.#served === undefined) throw new TypeError("no certificate was read yet");
    return this.#served.pair;
  }

  /** True after the API server was seen once to trust the served certificate. Without that the webhook is of no use. */
  get wasTrusted(): boolean {
    return this.#wasTrusted;
  }

  onChange(listener: (pair: CertificateKeyPair) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#running?.stop.abort();
    this.#listeners.clear();
    await this.#running?.parts;
  }

  async #pass(signal: AbortSignal): Promise<ReconcileResult> {
    const { clock, names, settleMs } = this.#options;
    const call = { signal, deadlineMs: clock.monotonicMs() + passMs };
    // The Secrets are read last, so that no bundle of them is written over a newer one, or taken for one that was told already.
    const [seen, published] = await Promise.all([this.#configurations.read(call), this.#published.read(call)]);
    const [authorityObject, leafObject] = await Promise.all([this.#authority.read(call), this.#leaf.read(call)]);
    const authority = this.#parse(authorityObject, readAuthority);
    const stored = this.#parse(leafObject, readLeaf);
    if (stored !== undefined && !this.#servesBetterThan(stored)) this.#serve(stored);
    if (authority !== undefined) {
      const change = publication(published, authority.bundle);
      if (change !== undefined) await this.#published.write(published, change, call);
      this.#note(haveBundle(seen, authority.bundle), authority);
    }
    const step = nextRolloverStep(
      {
        authority,
        leaf: stored ?? this.#served,
        isLeafStored: stored !== undefined,
        trustedForMs: this.#trusted && clock.monotonicMs() - this.#trusted.sinceMs,
        ...(this.#correctedAtMs === undefined ? {} : { correctedForMs: clock.monotonicMs() - this.#correctedAtMs }),
      },
      { names, settleMs },
      clock.now(),
    );
    switch (step.do) {
      case "wait":
        return { requeueAfterMs: this.#trusted === undefined ? Math.min(step.forMs, recheckMs) : step.forMs };
      case "new-authority":
        await this.#renewAuthority(authorityObject, step.earlier, step.why, call);
        break;
      case "new-bundle":
        await this.#authority.write(authorityObject, printBundleChange(step.bundle), call);
        break;
      case "new-leaf":
        if (authority !== undefined) await this.#renewLeaf(authority, leafObject, step.why, call);
    }
    return { requeueAfterMs: 0 };
  }

  async #renewAuthority(
    before: KubeObject | undefined,
    earlier: string,
    why: string,
    call: CallOptions,
  ): Promise<void> {
    const { clock, logger, authorityMs: validityMs } = this.#options;
    // Each authority has a name of its own, by which people tell it from the one before.
    const name = `ovn4nfv-webhook-ca@${clock.now()}`;
    const made = await createAuthority(name, { clock, randomBytes, validityMs });
    const isWritten = await this.#authority.write(before, printSecret(made, made.cert + earlier), call);
    if (!isWritten) return;
    logger.info({ authority: name, why }, "certificate authority made");
    this.#noteCorrection(why);
  }

  async #renewLeaf(
    { authority }: StoredAuthority,
    before: KubeObject | undefined,
    why: string,
    call: CallOptions,
  ): Promise<void> {
    const { clock, logger, names, leafMs: validityMs } = this.#options;
    const pair = await issueServing(authority, names, { clock, randomBytes, validityMs });
    const isWritten = await this.#leaf.write(before, printSecret(pair, authority.cert), call);
    if (!isWritten) return;
    logger.info({ authority: authority.commonName, names, why }, "serving certificate made");
    this.#noteCorrection(why);
  }

  #noteCorrection(why: string): void {
    if (why === notValidYet) this.#correctedAtMs = this.#options.clock.monotonicMs();
  }

  /** A Secret that cannot be used counts as absent, so that its content is made anew. */
  #parse<T>(object: KubeObject | undefined, parse: (secret: KubeObject) => T): T | undefined {
    if (object === undefined) return undefined;
    try {
      return parse(object);
    } catch (caught) {
      const { logger, metrics } = this.#options;
      metrics.count("ovn4nfv_certificate_reloads_total", { outcome: "refused" });
      logger.warn({ secret: object.metadata.name, reason: fromUnknown(caught).message }, "secret cannot be used");
      return undefined;
    }
  }

  /** True when the stored leaf is not valid yet, and the one in use is valid. */
  #servesBetterThan({ pair }: StoredLeaf): boolean {
    const now = this.#options.clock.now();
    const inUse = this.#served?.pair.certificate;
    if (inUse === undefined || !isNotValidYet(pair.certificate, now)) return false;
    return !isNotValidYet(inUse, now) && inUse.validToDate.getTime() > now;
  }

  #serve(leaf: StoredLeaf): void {
    if (leaf.pair.cert === this.#served?.pair.cert && leaf.pair.key === this.#served.pair.key) return;
    this.#served = leaf;
    const { logger, metrics } = this.#options;
    const { subject, issuer, validToDate, fingerprint256 } = leaf.pair.certificate;
    metrics.count("ovn4nfv_certificate_reloads_total", { outcome: "used" });
    metrics.set("ovn4nfv_certificate_expiry_seconds", { source: "webhook" }, validToDate.getTime() / 1_000);
    logger.info({ subject, issuer, notAfter: validToDate.toISOString(), fingerprint256 }, "certificate in use");
    for (const listener of this.#listeners) listener(leaf.pair);
    this.#firstLeaf.resolve(undefined);
  }

  #note(isTold: boolean, { bundle, certificate }: StoredAuthority): void {
    const { clock, metrics } = this.#options;
    metrics.set(
      "ovn4nfv_certificate_expiry_seconds",
      { source: "authority" },
      certificate.validToDate.getTime() / 1_000,
    );
    if (!isTold) this.#trusted = undefined;
    else if (this.#trusted?.bundle !== bundle) this.#trusted = { bundle, sinceMs: clock.monotonicMs() };
    if (isTold && this.#served !== undefined) this.#wasTrusted = true;
  }
}
