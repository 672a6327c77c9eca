import type { Clock } from "#src/core/clock.ts";
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { createTokenSigner, type ResultSigner, type TokenSigner, type TokenSubject } from "./token.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { keepObjects } from "#src/kube/object-keeper.ts";
import type { ReconcileResult } from "#src/kube/queue/reconcile-loop.ts";
import { resources } from "#src/kube/client/resources.ts";
import { type KeyPlaces, KeyStore } from "./key-store.ts";

export interface StoredSignerOptions {
  readonly client: ApiClient;
  readonly places: KeyPlaces;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const passMs = 20_000;

/** Signs with the key that signs by the Secret. The first replica of an installation makes the key. */
export class StoredSigner implements ResultSigner {
  readonly #options: StoredSignerOptions;
  readonly #store: KeyStore;
  readonly #first = Promise.withResolvers<undefined>();
  #signer: TokenSigner | undefined;
  #running: { readonly stop: AbortController; readonly parts: Promise<void> } | undefined;

  constructor(options: StoredSignerOptions) {
    this.#options = options;
    this.#store = new KeyStore(options.client, options.places, options.clock);
  }

  /** Resolves when there is a key to sign with, and its public key is published. */
  async start(options: CallOptions): Promise<void> {
    const { client, clock, logger, metrics } = this.#options;
    const stop = new AbortController();
    const watched = [
      { resource: resources.secrets, target: this.#store.secret.name },
      { resource: resources.configMaps, target: this.#store.configMap.name },
    ];
    const pass = (signal: AbortSignal) => this.#pass(signal);
    const parts = keepObjects({ name: "token-signer", client, watched, pass, clock, logger, metrics }, stop.signal);
    this.#running = { stop, parts };
    await settleWithin<undefined>(clock, options, "a token key in its Secret", (resolve, reject) => {
      this.#first.promise.then(resolve, reject);
    });
  }

  /** Throws before `start` has resolved. */
  sign(subject: TokenSubject): string {
    if (this.#signer === undefined) throw new TypeError("no token key was read yet");
    return this.#signer.sign(subject);
  }

  async close(): Promise<void> {
    this.#running?.stop.abort();
    await this.#running?.parts;
  }

  async #pass(signal: AbortSignal): Promise<ReconcileResult> {
    const call = { signal, deadlineMs: this.#options.clock.monotonicMs() + passMs };
    const stored = await this.#store.read(call);
    if (stored.ring === undefined) {
      await this.#store.create(stored, call);
      return { requeueAfterMs: 0 };
    }
    if (!(await this.#store.publish(stored, call))) return { requeueAfterMs: 0 };
    const { signing, keys } = stored.ring;
    const key = keys.get(signing);
    if (key !== undefined && signing !== this.#signer?.kid) {
      this.#signer = await createTokenSigner(key.privateKey);
      this.#options.logger.info({ kid: this.#signer.kid }, "results are signed with this key");
      this.#first.resolve(undefined);
    }
    return {};
  }
}
