import type { Clock } from "#src/core/clock.ts";
import { settleWithin } from "#src/core/deadline.ts";
import { type ApiClient, type ApiRequest, requestTarget } from "#src/kube/client/api-client.ts";
import { warningsAlone } from "../pod/pod-events.ts";

export interface WarningReadsOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  /** Time in which the API server answers. */
  readonly timeoutMs: number;
}

/** One answer is good for all who ask within this time. */
const shareMs = 3_000;

/** Reads the warnings of a namespace once for all viewers who ask at about the same time. Each of them was asked for the right before. */
export class WarningReads implements ApiClient {
  readonly #options: WarningReadsOptions;
  readonly #reads = new Map<string, Promise<unknown>>();

  constructor(options: WarningReadsOptions) {
    this.#options = options;
  }

  request(request: ApiRequest): Promise<unknown> {
    const { client, clock } = this.#options;
    if (request.method !== "GET" || request.query?.["fieldSelector"] !== warningsAlone) return client.request(request);
    const read = this.#read(request);
    return settleWithin(clock, request, "read of warnings", (resolve, reject) => {
      read.then(resolve, reject);
    });
  }

  stream(request: ApiRequest): ReturnType<ApiClient["stream"]> {
    return this.#options.client.stream(request);
  }

  #read({ path, query = {} }: ApiRequest): Promise<unknown> {
    const { client, clock, timeoutMs } = this.#options;
    const key = requestTarget({ path, query });
    const known = this.#reads.get(key);
    if (known !== undefined) return known;
    const read = client.request({ method: "GET", path, query, deadlineMs: clock.monotonicMs() + timeoutMs });
    const forget = () => this.#reads.delete(key);
    this.#reads.set(key, read);
    clock.after(shareMs, forget);
    // Whoever asks next after a fault asks anew.
    read.catch(forget);
    return read;
  }
}
