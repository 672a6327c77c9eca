// Keeps the objects of one kind in memory by LIST and WATCH.
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";
import { type KubeObject, objectKey } from "../client/kube-object.ts";
import { type Indexers, ObjectIndex } from "./object-index.ts";
import { Reflector, type ReflectorOptions, type Replacement } from "./reflector.ts";

/** Receives each change of the collection, one call after the other. Exceptions are caught, logged and counted. */
export interface InformerHandler<T> {
  added?(object: T): void;
  updated?(old: T, object: T): void;
  /**
   * `object` is the last known state. A new list also finds objects that were deleted while no watch ran, and those that
   * were re-created: for them `deleted` is called, and then `added`.
   */
  deleted?(object: T): void;
}

export interface InformerOptions<T, N extends string> extends ReflectorOptions {
  /** Gives the part of an object that is kept in memory. It is a pure function and does not keep the raw object. */
  readonly project: (raw: KubeObject) => T;
  readonly indexers: Indexers<T, N>;
}

interface Entry<T> {
  readonly object: T;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** A collection in memory, which list and watch keep up to date. Keys are `namespace/name`. */
export class Informer<T, N extends string = never> {
  readonly #options: InformerOptions<T, N>;
  readonly #reflector: Reflector;
  readonly #entries = new Map<string, Entry<T>>();
  readonly #index: ObjectIndex<T, N>;
  readonly #indexes: Pick<ObjectIndex<T, string>, "add" | "remove">[];
  readonly #handlers = new Set<InformerHandler<T>>();
  readonly #firstRead = Promise.withResolvers<undefined>();
  #synced = false;

  constructor(options: InformerOptions<T, N>) {
    this.#options = options;
    this.#index = new ObjectIndex(options.indexers);
    this.#indexes = [this.#index];
    this.#reflector = new Reflector(options, {
      replace: () => this.#beginReplacement(),
      apply: ({ type, object }) => {
        if (type === "DELETED") this.#remove(objectKey(object), this.#project(object));
        else this.#put(objectKey(object), this.#project(object));
      },
    });
  }

  /** Runs until the signal aborts, and never rejects. It may be called once. */
  run(signal: AbortSignal): Promise<void> {
    return this.#reflector.run(signal);
  }

  /** True after the whole collection was read and the handlers have seen it. */
  get hasSynced(): boolean {
    return this.#synced;
  }

  /** Waits until `hasSynced` is true. Throws `Aborted` or `DeadlineExceeded`. */
  async whenSynced(options: CallOptions = {}): Promise<void> {
    const { name, clock } = this.#options;
    const { promise } = this.#firstRead;
    await settleWithin<undefined>(clock, options, `first read of ${name}`, (resolve, reject) => {
      promise.then(resolve, reject);
    });
  }

  /** Monotonic time of the last message of the API server; see `Reflector.lastContactMs`. */
  get lastContactMs(): number | undefined {
    return this.#reflector.lastContactMs;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.object;
  }

  /** Iterates over all objects without copying them. The collection can change at each `await` of the caller's loop. */
  *values(): IterableIterator<T> {
    for (const entry of this.#entries.values()) yield entry.object;
  }

  byIndex(name: N, value: string): readonly T[] {
    return [...this.eachByIndex(name, value)];
  }

  /** Like `byIndex`, for those who may need only the first ones of many. */
  eachByIndex(name: N, value: string): IterableIterator<T> {
    return this.#objectsOf(this.#index.keysOf(name, value));
  }

  /** Adds an index that not every user of the collection needs. Gives the function that finds objects like `eachByIndex`. */
  indexBy(valuesOf: (object: T) => readonly string[]): (value: string) => IterableIterator<T> {
    const index = new ObjectIndex({ value: valuesOf });
    for (const [key, { object }] of this.#entries) this.#addTo(index, key, object);
    this.#indexes.push(index);
    return (value) => this.#objectsOf(index.keysOf("value", value));
  }

  /** Adds a handler, which is first told of each object that is there. The returned function removes the handler. */
  addHandler(handler: InformerHandler<T>): () => void {
    this.#handlers.add(handler);
    for (const { object } of this.#entries.values()) this.#call(() => handler.added?.(object));
    return () => {
      this.#handlers.delete(handler);
    };
  }

  #beginReplacement(): Replacement {
    // When the projection of an object fails, its former state is kept: the object exists and must not look deleted.
    const found = new Map<string, Entry<T> | undefined>();
    return {
      put: (object) => found.set(objectKey(object), this.#project(object)),
      remove: (object) => found.delete(objectKey(object)),
      commit: () => {
        for (const key of this.#entries.keys()) if (!found.has(key)) this.#remove(key, undefined);
        for (const [key, entry] of found) this.#put(key, entry);
        this.#synced = true;
        this.#firstRead.resolve(undefined);
      },
    };
  }

  #project(raw: KubeObject): Entry<T> | undefined {
    const { uid, resourceVersion } = raw.metadata;
    return this.#call(() => ({ object: this.#options.project(raw), uid, resourceVersion }));
  }

  #put(key: string, entry: Entry<T> | undefined): void {
    if (entry === undefined) return;
    const old = this.#entries.get(key);
    if (old !== undefined && old.uid !== entry.uid) {
      this.#remove(key, undefined);
      this.#put(key, entry);
      return;
    }
    if (old?.resourceVersion === entry.resourceVersion) return;
    if (old !== undefined) this.#removeFromIndexes(key, old.object);
    this.#entries.set(key, entry);
    for (const index of this.#indexes) this.#addTo(index, key, entry.object);
    for (const handler of this.#handlers) {
      this.#call(() => {
        if (old === undefined) handler.added?.(entry.object);
        else handler.updated?.(old.object, entry.object);
      });
    }
  }

  #remove(key: string, last: Entry<T> | undefined): void {
    const old = this.#entries.get(key);
    if (old === undefined) return;
    this.#entries.delete(key);
    this.#removeFromIndexes(key, old.object);
    const { object } = last?.uid === old.uid ? last : old;
    for (const handler of this.#handlers) this.#call(() => handler.deleted?.(object));
  }

  *#objectsOf(keys: Iterable<string>): IterableIterator<T> {
    for (const key of keys) {
      const entry = this.#entries.get(key);
      if (entry !== undefined) yield entry.object;
    }
  }

  #addTo(index: Pick<ObjectIndex<T, string>, "add">, key: string, object: T): void {
    this.#call(() => {
      index.add(key, object);
    });
  }

  #removeFromIndexes(key: string, object: T): void {
    for (const index of this.#indexes) {
      this.#call(() => {
        index.remove(key, object);
      });
    }
  }

  /** Runs code of the informer's user. An exception in it is a defect, which must not stop the informer. */
  #call<R>(fn: () => R): R | undefined {
    try {
      return fn();
    } catch (caught) {
      const { name, logger, metrics } = this.#options;
      metrics.count("ovn4nfv_kube_informer_handler_errors_total", { informer: name });
      logger.error({ err: caught, informer: name }, "informer handler failed");
      return undefined;
    }
  }
}
