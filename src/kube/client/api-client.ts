import type { CallOptions } from "#src/core/deadline.ts";

export type QueryValue = string | number | boolean | undefined;

/** One call of the API server. */
export interface ApiRequest extends CallOptions {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute, already escaped: see `resourcePath`. */
  readonly path: string;
  /** `undefined` values are left out. */
  readonly query?: Readonly<Record<string, QueryValue>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** `application/json` unless a patch says otherwise. */
  readonly contentType?: string;
}

/**
 * The wire. Both calls throw AppError: `KubeApiError` with `ApiErrorDetails`, `Aborted`, `DeadlineExceeded`.
 * Everything above it (resource API, reflector, lease, events) takes this interface, so tests hand in their own.
 */
export interface ApiClient {
  /** The decoded JSON body of a 2xx answer (`undefined` when it is empty). */
  request(request: ApiRequest): Promise<unknown>;
  /** The raw body of a 2xx answer, as it comes. The deadline covers the headers only; the signal covers all of it. */
  stream(request: ApiRequest): Promise<AsyncIterable<Uint8Array>>;
}

/** Path and query of a request. */
export function requestTarget(request: Pick<ApiRequest, "path" | "query">): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) query.set(key, String(value));
  }
  return query.size === 0 ? request.path : `${request.path}?${query.toString()}`;
}
