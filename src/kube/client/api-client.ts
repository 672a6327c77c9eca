import type { CallOptions } from "#src/core/deadline.ts";

export type QueryValue = string | number | boolean | undefined;

/** One call of the API server. */
export interface ApiRequest extends CallOptions {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** The absolute path, already escaped by `resourcePath`. */
  readonly path: string;
  /** `undefined` values are left out. */
  readonly query?: Readonly<Record<string, QueryValue>>;
  /** The body is sent as JSON. */
  readonly body?: unknown;
  /** The content type is `application/json`, except for a patch. */
  readonly contentType?: string;
}

/**
 * Sends requests to the API server. Both calls throw `KubeApiError`, `Aborted` or `DeadlineExceeded`. Everything above it
 * (resource API, reflector, lease, Events) takes this interface, so that tests can give their own.
 */
export interface ApiClient {
  /** Resolves with the decoded JSON body of a 2xx answer; it is `undefined` when the body is empty. */
  request(request: ApiRequest): Promise<unknown>;
  /** Resolves with the raw body of a 2xx answer, as it comes. The deadline is for the headers only, the signal for all of it. */
  stream(request: ApiRequest): Promise<AsyncIterable<Uint8Array>>;
}

/** The path and the query of a request. */
export function requestTarget(request: Pick<ApiRequest, "path" | "query">): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) query.set(key, String(value));
  }
  return query.size === 0 ? request.path : `${request.path}?${query.toString()}`;
}
