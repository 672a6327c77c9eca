import type { Clock } from "#src/core/clock.ts";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import type { ApiClient } from "../client/api-client.ts";
import { apiErrorFromAnswer, apiErrorFromFault } from "../client/api-error.ts";
import { type KubeObject, parseKubeObject } from "../client/kube-object.ts";
import { LineSplitter } from "./line-splitter.ts";
import type { ObjectSelection } from "../client/resource-api.ts";
import { type Resource, resourcePath } from "../client/resources.ts";

export interface WatchRequest extends ObjectSelection {
  readonly resource: Resource;
  /** The moment from which the watch goes on. With `sendInitialEvents` it may be empty: then it begins with the present state. */
  readonly resourceVersion: string;
  /** Asks for a WatchList: first all existing objects come as ADDED, then a bookmark with `initialEventsEnd`. */
  readonly sendInitialEvents: boolean;
  /** The server ends the watch after this time. If it does not, we end it `graceMs` later. */
  readonly timeoutSeconds: number;
}

export type WatchEvent =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: KubeObject }
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string; readonly initialEventsEnd: boolean };

/** A watch that outlives its timeoutSeconds by this time has a dead peer. */
const graceMs = 30_000;
const headersMs = 30_000;

/**
 * Yields the events of one watch (Kubernetes API concepts, "watches"). It returns when the server ends the watch. When the
 * watch breaks it throws `KubeApiError` (`isGone` is true when the resourceVersion is too old), `ProtocolError`,
 * `DeadlineExceeded` or `Aborted`. `onOpen` is called when the server has accepted the watch, of which no event may come for long.
 */
export async function* watchCollection(
  client: ApiClient,
  request: WatchRequest,
  { clock, signal, onOpen }: { readonly clock: Clock; readonly signal: AbortSignal; readonly onOpen?: () => void },
): AsyncGenerator<WatchEvent> {
  const { resource, namespace, labelSelector, fieldSelector, resourceVersion, sendInitialEvents } = request;
  const path = resourcePath(resource, { namespace });
  const what = `WATCH ${path}`;
  const tooLong = new AbortController();
  const lifeMs = request.timeoutSeconds * 1000 + graceMs;
  const cancel = clock.after(lifeMs, () => {
    tooLong.abort(new AppError("DeadlineExceeded", `${what}: the server did not end the watch in time`));
  });
  const query = {
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion: resourceVersion === "" ? undefined : resourceVersion,
    timeoutSeconds: request.timeoutSeconds,
    labelSelector,
    fieldSelector,
    ...(sendInitialEvents ? { sendInitialEvents, resourceVersionMatch: "NotOlderThan" } : {}),
  };
  try {
    const bytes = await client.stream({
      method: "GET",
      path,
      query,
      signal: AbortSignal.any([signal, tooLong.signal]),
      deadlineMs: clock.monotonicMs() + headersMs,
    });
    onOpen?.();
    const splitter = new LineSplitter();
    for await (const chunk of bytes) {
      for (const line of splitter.push(chunk)) yield parseEvent(what, line);
    }
  } catch (caught) {
    if (signal.aborted) throw new AppError("Aborted", `${what}: the caller gave up`, { cause: caught });
    if (tooLong.signal.aborted) throw fromUnknown(tooLong.signal.reason);
    throw apiErrorFromFault(what, caught);
  } finally {
    cancel();
  }
}

function parseEvent(what: string, line: string): WatchEvent {
  const { type, object } = parseLine(what, line);
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return { type, object: parseKubeObject(object) };
    case "BOOKMARK":
      return parseBookmark(object);
    case "ERROR":
      throw apiErrorFromAnswer(what, { body: object });
    default:
      throw new AppError("ProtocolError", `${what}: unknown event type ${JSON.stringify(type)}`);
  }
}

function parseLine(what: string, line: string): { readonly type: unknown; readonly object: unknown } {
  try {
    const { type, object } = JSON.parse(line) as { type?: unknown; object?: unknown };
    return { type, object };
  } catch (cause) {
    throw new AppError("ProtocolError", `${what}: an event is not a JSON object`, { cause });
  }
}

/** A bookmark has neither name nor uid. It has only the resourceVersion up to which everything was sent. */
function parseBookmark(object: unknown): WatchEvent {
  const { metadata } = (object ?? {}) as Partial<KubeObject>;
  if (typeof metadata?.resourceVersion !== "string")
    throw new AppError("ProtocolError", "a bookmark has no resourceVersion");
  return {
    type: "BOOKMARK",
    resourceVersion: metadata.resourceVersion,
    initialEventsEnd: metadata.annotations?.["k8s.io/initial-events-end"] === "true",
  };
}
