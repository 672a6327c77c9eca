import * as http from "node:http";
import * as https from "node:https";
import { addAbortSignal } from "node:stream";
import type { Clock } from "#src/core/clock.ts";
import { settleWithin } from "#src/core/deadline.ts";
import type { AppError } from "#src/core/errors.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { type ApiClient, type ApiRequest, requestTarget } from "./api-client.ts";
import { apiErrorDetails, apiErrorFromAnswer, apiErrorFromFault } from "./api-error.ts";
import { type Credentials, CredentialSource, type KubeConfigAccess } from "./credentials.ts";

export interface HttpsApiClientOptions {
  readonly config: KubeConfigAccess;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** The user agent, e.g. `ovn4nfv-webhook/0.2.0`, which audit logs of the API server show. */
  readonly userAgent: string;
  /** Time limit of calls that have no deadline. */
  readonly defaultTimeoutMs?: number;
  /** Largest number of connections for calls. Streams have connections of their own, which do not count. */
  readonly maxConnections?: number;
}

interface Agents {
  readonly tlsKey: string;
  readonly calls: http.Agent;
  readonly streams: http.Agent;
}

/** The API server closes idle connections after 90 s. We close ours earlier, so that no call uses one that is being closed. */
const idleConnectionMs = 60_000;
const tcpKeepAliveMs = 30_000;
const maxThrottledTries = 5;

/**
 * Sends requests by node:https over connections that are kept alive. After a 429 with Retry-After it waits and tries again,
 * because the server has not executed the call. After a 401 it tries once more with fresh credentials. It repeats a GET once
 * when the kept connection turned out to be closed.
 */
export class HttpsApiClient implements ApiClient {
  readonly #options: HttpsApiClientOptions;
  readonly #clock: Clock;
  readonly #credentials: CredentialSource;
  #agents: Agents | undefined;

  constructor(options: HttpsApiClientOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#credentials = new CredentialSource(options.config, options.clock);
  }

  async request(request: ApiRequest): Promise<unknown> {
    const response = await this.#withRetries(this.#limited(request), "calls", readText);
    return response === "" ? undefined : parseJson(request, response);
  }

  async stream(request: ApiRequest): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.#withRetries(this.#limited(request), "streams", (answer) => Promise.resolve(answer));
    // A reader of the stream sees the error. While nobody reads, the error must not end the process.
    response.on("error", () => undefined);
    return request.signal === undefined ? response : addAbortSignal(request.signal, response);
  }

  /** Closes all connections, and so breaks off the calls in flight. */
  close(): void {
    this.#agents?.calls.destroy();
    this.#agents?.streams.destroy();
    this.#agents = undefined;
  }

  #limited(request: ApiRequest): ApiRequest {
    const { defaultTimeoutMs = 30_000 } = this.#options;
    return { ...request, deadlineMs: request.deadlineMs ?? this.#clock.monotonicMs() + defaultTimeoutMs };
  }

  async #withRetries<T>(
    request: ApiRequest,
    kind: "calls" | "streams",
    read: (answer: http.IncomingMessage) => Promise<T>,
  ): Promise<T> {
    let refreshed = false;
    let stale = false;
    for (let tries = 1; ; tries += 1) {
      const attempt: Attempt = { reused: false };
      try {
        return await this.#attempt(request, kind, read, attempt);
      } catch (caught) {
        const details = apiErrorDetails(caught);
        if (details === undefined) throw caught;
        if (details.status === 401 && !refreshed) {
          refreshed = true;
          this.#credentials.invalidate();
        } else if (details.status === 429 && details.retryAfterSeconds !== undefined && tries < maxThrottledTries) {
          const waitMs = details.retryAfterSeconds * 1000;
          if (request.deadlineMs !== undefined && this.#clock.monotonicMs() + waitMs >= request.deadlineMs)
            throw caught;
          await this.#clock.sleep(waitMs, request.signal);
        } else if (details.reason === "Unreachable" && attempt.reused && request.method === "GET" && !stale) {
          stale = true;
        } else throw caught;
      }
    }
  }

  async #attempt<T>(
    request: ApiRequest,
    kind: "calls" | "streams",
    read: (answer: http.IncomingMessage) => Promise<T>,
    attempt: Attempt,
  ): Promise<T> {
    const credentials = await this.#credentials.get();
    const what = `${request.method} ${request.path}`;
    let outgoing: http.ClientRequest | undefined;
    const giveUp = (error: AppError): AppError => {
      outgoing?.destroy(error);
      return error;
    };
    const start = (resolve: (value: T) => void, reject: (error: unknown) => void): void => {
      const fail = (cause: unknown): void => {
        attempt.reused = outgoing?.reusedSocket === true;
        reject(apiErrorFromFault(what, cause));
      };
      outgoing = this.#send(request, credentials, kind, (answer) => {
        const status = answer.statusCode ?? 0;
        this.#options.metrics.count("rest_client_requests_total", { code: String(status), method: request.method });
        if (status >= 200 && status < 300) read(answer).then(resolve, fail);
        else
          readText(answer).then((text) => {
            reject(refusedAnswer(what, answer, text));
          }, fail);
      });
      outgoing.on("error", fail);
    };
    return settleWithin(this.#clock, request, what, start, giveUp);
  }

  #send(
    request: ApiRequest,
    credentials: Credentials,
    kind: "calls" | "streams",
    onAnswer: (answer: http.IncomingMessage) => void,
  ): http.ClientRequest {
    const { server } = this.#credentials;
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const headers: http.OutgoingHttpHeaders = {
      accept: "application/json",
      "user-agent": this.#options.userAgent,
      ...credentials.headers,
      ...(body === undefined
        ? {}
        : { "content-type": request.contentType ?? "application/json", "content-length": body.length }),
    };
    const prefix = server.pathname.replace(/\/$/, "");
    const options: https.RequestOptions = {
      method: request.method,
      host: server.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: server.port === "" ? (server.protocol === "http:" ? 80 : 443) : server.port,
      path: prefix + requestTarget(request),
      headers,
      agent: credentials.proxyAgent ?? this.#agentsFor(credentials)[kind],
    };
    const outgoing = (server.protocol === "http:" ? http : https).request(options, onAnswer);
    outgoing.end(body);
    return outgoing;
  }

  /** New certificates need new connections. Idle connections of the old agents are closed; calls in flight end by themselves. */
  #agentsFor(credentials: Credentials): Agents {
    const { tlsKey, tls } = credentials;
    if (this.#agents?.tlsKey === tlsKey) return this.#agents;
    const old = this.#agents;
    const shared = { keepAlive: true, keepAliveMsecs: tcpKeepAliveMs, timeout: idleConnectionMs };
    const make = (more: http.AgentOptions): http.Agent =>
      this.#credentials.server.protocol === "http:"
        ? new http.Agent({ ...shared, ...more })
        : new https.Agent({ ...shared, ...more, ...tls });
    const { maxConnections = 64 } = this.#options;
    this.#agents = { tlsKey, calls: make({ maxSockets: maxConnections }), streams: make({ maxFreeSockets: 2 }) };
    for (const socket of Object.values(old?.calls.freeSockets ?? {}).flat()) socket?.destroy();
    for (const socket of Object.values(old?.streams.freeSockets ?? {}).flat()) socket?.destroy();
    return this.#agents;
  }
}

interface Attempt {
  /** True when the fault happened on a connection that had served an earlier call. */
  reused: boolean;
}

async function readText(answer: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(request: ApiRequest, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw apiErrorFromFault(`${request.method} ${request.path}: the answer is not JSON`, cause);
  }
}

function refusedAnswer(what: string, answer: http.IncomingMessage, text: string): AppError {
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    // Not JSON, so probably a proxy's page. Its text is quoted.
  }
  return apiErrorFromAnswer(what, { status: answer.statusCode, body, retryAfter: answer.headers["retry-after"] });
}
