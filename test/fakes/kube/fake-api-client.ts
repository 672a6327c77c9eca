import type { ApiClient, ApiRequest } from "#src/kube/client/api-client.ts";
import { apiErrorFromAnswer } from "#src/kube/client/api-error.ts";

type Answer = (request: ApiRequest, count: number) => unknown;

/** An ApiClient that answers from a function and remembers its requests. */
export class FakeApiClient implements ApiClient {
  readonly requests: ApiRequest[] = [];
  readonly #answer: Answer;

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  async request(request: ApiRequest): Promise<unknown> {
    this.requests.push(request);
    return await this.#answer(request, this.requests.length);
  }

  async stream(request: ApiRequest): Promise<AsyncIterable<Uint8Array>> {
    return (await this.request(request)) as AsyncIterable<Uint8Array>;
  }
}

/** The error of an answer with this status and reason. */
export function statusError(status: number, reason: string, message = reason, retryAfterSeconds?: number): Error {
  const details = retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } };
  return apiErrorFromAnswer("fake", { status, body: { kind: "Status", code: status, reason, message, ...details } });
}

/** A pod of namespace `default` as the API server would write it. */
export function pod(name: string, resourceVersion: string, more: Readonly<Record<string, unknown>> = {}) {
  return { metadata: { name, namespace: "default", uid: `uid-${name}`, resourceVersion, ...more }, spec: {} };
}

/** The body of a list answer. */
export function listOf(items: readonly unknown[], resourceVersion: string, next = ""): object {
  return { kind: "PodList", metadata: { resourceVersion, continue: next }, items };
}
