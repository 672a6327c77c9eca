import type { ApiClient, ApiRequest } from "#src/kube/client/api-client.ts";

/** The body of one watch. The test writes it. */
export class FakeWatch implements AsyncIterable<Uint8Array> {
  readonly request: ApiRequest;
  #chunks: Uint8Array[] = [];
  #end: { readonly error?: unknown } | undefined;
  #wake = Promise.withResolvers<undefined>();

  constructor(request: ApiRequest) {
    this.request = request;
    request.signal?.addEventListener("abort", () => {
      this.fail(new Error("aborted"));
    });
  }

  send(type: string, object: unknown): void {
    this.#chunks.push(Buffer.from(`${JSON.stringify({ type, object })}\n`));
    this.#wake.resolve(undefined);
  }

  bookmark(resourceVersion: string, initialEventsEnd = false): void {
    const annotations = initialEventsEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {};
    this.send("BOOKMARK", { metadata: { resourceVersion, creationTimestamp: null, ...annotations } });
  }

  end(): void {
    this.#end ??= {};
    this.#wake.resolve(undefined);
  }

  fail(error: unknown): void {
    this.#end ??= { error };
    this.#wake.resolve(undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      for (let chunk = this.#chunks.shift(); chunk !== undefined; chunk = this.#chunks.shift()) yield chunk;
      if (this.#end !== undefined) break;
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
    }
    if ("error" in this.#end) throw this.#end.error;
  }
}

/** An API server whose lists come from a function. It hands each watch to the test when the watch is opened. */
export class FakeWatchServer implements ApiClient {
  readonly watches: FakeWatch[] = [];
  readonly lists: ApiRequest[] = [];
  list: (request: ApiRequest) => unknown = () => {
    throw new Error("this test allows no list");
  };
  /** A test replaces it by a function that throws, in order to refuse a watch before it begins. */
  refuse: (request: ApiRequest) => void = () => undefined;

  request(request: ApiRequest): Promise<unknown> {
    this.lists.push(request);
    return Promise.try(this.list, request);
  }

  stream(request: ApiRequest): Promise<FakeWatch> {
    return Promise.try(() => {
      const opened = new FakeWatch(request);
      this.watches.push(opened);
      this.refuse(request);
      return opened;
    });
  }

  /** The newest watch. */
  get watch(): FakeWatch {
    const newest = this.watches.at(-1);
    if (newest === undefined) throw new Error("no watch was opened");
    return newest;
  }
}
