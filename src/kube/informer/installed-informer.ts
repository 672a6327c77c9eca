import { type CallOptions, settleWithin } from "#src/core/deadline.ts";
import type { KubeObject } from "../client/kube-object.ts";
import { resources } from "../client/resources.ts";
import { Informer, type InformerHandler, type InformerOptions } from "./informer.ts";
import { watchNamed } from "./named-watch.ts";

type Options<T, N extends string> = InformerOptions<T, N> & { readonly handler?: InformerHandler<T> };

/** Keeps the objects of a kind in memory whose CRD is somebody else's, while the cluster has it: it may come later, and go. */
export class InstalledInformer<T, N extends string = never> {
  readonly #options: Options<T, N>;
  readonly #known = Promise.withResolvers<undefined>();
  #isKnown = false;
  #informer: Informer<T, N> | undefined;
  #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: Options<T, N>) {
    this.#options = options;
  }

  /** Returns when the signal has aborted. It may be called once. */
  async run(signal: AbortSignal): Promise<void> {
    const { client, resource, clock, logger, metrics } = this.#options;
    const onState = (definition: KubeObject | undefined): void => {
      this.#follow(definition !== undefined, signal);
      this.#isKnown = true;
      this.#known.resolve(undefined);
    };
    const target = { name: `${resource.plural}.${resource.group}` };
    const parts = { client, clock, logger, metrics };
    await watchNamed({ ...parts, resource: resources.customResourceDefinitions, target, onState }, signal);
    this.#stop.abort();
    await this.#running;
  }

  get(key: string): T | undefined {
    return this.#informer?.get(key);
  }

  /** The objects; there are none without the CRD. */
  values(): Iterable<T> {
    return this.#informer?.values() ?? [];
  }

  byIndex(name: N, value: string): readonly T[] {
    return this.#informer?.byIndex(name, value) ?? [];
  }

  /** True while the cluster has the CRD. */
  get isInstalled(): boolean {
    return this.#informer !== undefined;
  }

  /** True when it is known whether there is a CRD, and the objects were read. */
  get hasSynced(): boolean {
    return this.#isKnown && (this.#informer?.hasSynced ?? true);
  }

  /** Waits until it is known whether there is a CRD, and until the objects were read. Throws `Aborted` or `DeadlineExceeded`. */
  async whenSynced(options: CallOptions): Promise<void> {
    const { clock, name } = this.#options;
    const start = (resolve: (value: undefined) => void): void => void this.#known.promise.then(resolve);
    await settleWithin<undefined>(clock, options, `first read of the CRD of ${name}`, start);
    await this.#informer?.whenSynced(options);
  }

  #follow(isInstalled: boolean, signal: AbortSignal): void {
    if (isInstalled === this.isInstalled) return;
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#informer = undefined;
    if (!isInstalled) return;
    const informer = new Informer<T, N>(this.#options);
    if (this.#options.handler !== undefined) informer.addHandler(this.#options.handler);
    this.#informer = informer;
    const running = informer.run(AbortSignal.any([signal, this.#stop.signal]));
    this.#running = Promise.all([this.#running, running]);
  }
}
