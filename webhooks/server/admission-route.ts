import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "#src/core/clock.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { AdmissionHandler } from "../admission/handler.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import { type AdmissionAnswer, printReview, answerLabel } from "../admission/response.ts";
import { type AdmissionRequest, parseReview } from "../admission/review.ts";
import { weighReview } from "../admission/review-weight.ts";
import type { KnownPeers } from "../peers/known-peers.ts";
import type { LargeTurns } from "../peers/large-turns.ts";
import { type Peer, peerOf } from "../peers/peer-address.ts";
import type { WorkTurns } from "../peers/work-turns.ts";
import { type BodyLimits, readBody, smallBodyBytes } from "./body.ts";
import type { ClientCheck } from "./client-certificate.ts";
import { askHandler } from "./ask-handler.ts";
import { Delivery } from "./delivery.ts";
import type { Admission, Load } from "./load-limit.ts";
import { printRejection, type Rejection, rejections } from "./rejections.ts";
import { reviewDeadlines } from "./review-deadline.ts";

/** One webhook of a webhook configuration: the path of its `clientConfig`, and its handler. */
export interface AdmissionEntry {
  /** The name of the entry in metrics and logs. */
  readonly name: string;
  readonly path: string;
  readonly handler: AdmissionHandler;
  /** Gives the part of an object that the handler needs; the rest is released at once. Absent: it needs the whole. */
  readonly view?: (object: JsonObject) => JsonObject;
  /** True when its reviews carry no old object. They may have half of the size of others. */
  readonly createOnly?: boolean;
}

export interface RouteParts {
  readonly load: Load;
  readonly known: KnownPeers;
  readonly turns: WorkTurns;
  readonly largeTurns: LargeTurns;
  readonly bodyLimits: BodyLimits;
  /** `defaultMarginMs` of review-deadline.ts says what it is for. */
  readonly marginMs: number;
  readonly clients: ClientCheck | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** While it is true, each answer closes its connection, so that the API server goes to another replica. */
  readonly draining: () => boolean;
  /** The deliveries that are not settled yet. The server abandons them when it stops. */
  readonly open: Set<Delivery>;
}

/** Serves the reviews of one entry, from the head of the request until its answer is settled. */
export function admissionRoute(entry: AdmissionEntry, parts: RouteParts) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const delivery = new Delivery(request, response);
    parts.open.add(delivery);
    const { socket } = request;
    const peer = peerOf(socket.remoteAddress);
    const giveWay = (): void => {
      parts.metrics.count("ovn4nfv_webhook_connections_dropped_total", { cause: "share" });
      socket.destroy();
    };
    const admission = parts.load.enter(peer, giveWay);
    try {
      if (admission === undefined) await reject(delivery, parts, "Overloaded");
      else await serve(entry, parts, { request, peer, admission }, delivery);
    } catch (error) {
      parts.logger.error({ err: fromUnknown(error), entry: entry.name }, "a review failed outside its handler");
      await reject(delivery, parts, "Defect");
    } finally {
      admission?.leave();
      parts.open.delete(delivery);
    }
  };
}

/** A request that is counted in the load. */
interface Admitted {
  readonly request: IncomingMessage;
  readonly peer: Peer;
  readonly admission: Admission;
}

async function serve(entry: AdmissionEntry, parts: RouteParts, admitted: Admitted, delivery: Delivery): Promise<void> {
  const { clock, metrics, known } = parts;
  const { request, peer } = admitted;
  const deadlines = reviewDeadlines(request.url ?? "", clock.monotonicMs(), parts.marginMs);
  const refused = rejectHead(request, parts.clients);
  if (refused !== undefined) return reject(delivery, parts, refused);
  if (parts.clients !== undefined) known.identified(peer);
  const arrival = await readReview(entry, parts, admitted);
  if (arrival.kind === "gone") return;
  if (arrival.kind === "rejected") return reject(delivery, parts, arrival.rejection, arrival.detail);
  const { review, arrivedMs } = arrival;

  const { answer, late } = await askHandler(entry.handler, review, deadlines, delivery, clock);
  let handedOver = false;
  try {
    handedOver = await delivery.send(200, printReview(review.uid, answer), lastOr(parts));
  } finally {
    // It is rolled back, too, when the answer could not be printed and the API server gets a rejection instead.
    if (!handedOver) await rollBack(entry, parts, review, answer);
  }
  if (handedOver && answer.allowed) {
    answer.onHandedOver?.();
    const { allocation } = answer.auditAnnotations ?? {};
    // The id of a new allocation is known to the peer alone. That of a stored pod is bound already, and proves nothing about who asks.
    if (allocation !== undefined && entry.createOnly === true) known.answered(peer, allocation);
  }
  const seconds = (clock.monotonicMs() - arrivedMs) / 1000;
  metrics.count("ovn4nfv_admission_requests_total", { entry: entry.name, result: answerLabel(answer) });
  metrics.observe("ovn4nfv_admission_duration_seconds", { entry: entry.name }, seconds);
  logAnswer(entry, parts.logger, review, answer, { handedOver, seconds });
  const tooLate = await late;
  if (tooLate !== undefined) await rollBack(entry, parts, review, tooLate);
}

type Arrival =
  | { readonly kind: "complete"; readonly review: AdmissionRequest; readonly arrivedMs: number }
  | { readonly kind: "rejected"; readonly rejection: Rejection; readonly detail?: string }
  | { readonly kind: "gone" };

/** This is a function of its own, so that nothing keeps the text of the body while the decision is awaited. */
async function readReview(
  { view, createOnly = false }: AdmissionEntry,
  { clock, metrics, bodyLimits, turns, largeTurns }: RouteParts,
  { request, peer, admission }: Admitted,
): Promise<Arrival> {
  const limits = createOnly ? { ...bodyLimits, maxBodyBytes: bodyLimits.maxBodyBytes / 2 } : bodyLimits;
  const { socket } = request;
  const turn = largeTurns.of(peer, () => {
    metrics.count("ovn4nfv_webhook_connections_dropped_total", { cause: "slow" });
    socket.destroy();
  });
  let workMs = 0;
  try {
    const body = await readBody(request, admission, turn, clock, limits);
    if (body.kind !== "complete") return body;
    const arrivedMs = clock.monotonicMs();
    const { bytes } = body;
    if (bytes.length <= smallBodyBytes) await turns.next(peer, bytes.length / smallBodyBytes);
    // Nobody gets the answer of a review whose peer hung up in the queue.
    if (socket.destroyed) return { kind: "gone" };
    const begunMs = clock.monotonicMs();
    const arrival = parseBody(bytes, view, admission, arrivedMs);
    workMs = clock.monotonicMs() - begunMs;
    return arrival;
  } finally {
    turn.end(workMs);
  }
}

function parseBody(bytes: Buffer, view: AdmissionEntry["view"], admission: Admission, arrivedMs: number): Arrival {
  admission.parsing();
  const weight = weighReview(bytes);
  if (weight.kind === "too-complex") return { kind: "rejected", rejection: "BodyTooComplex", detail: weight.detail };
  if (!admission.take(weight.parsedBytes - bytes.length)) return { kind: "rejected", rejection: "Overloaded" };
  const parsed = parseReview(bytes.toString(), view);
  if (!parsed.ok) return { kind: "rejected", rejection: "Undecodable", detail: parsed.problem };
  return { kind: "complete", review: parsed.request, arrivedMs };
}

/** Checks what is known before the body: who sends the review, and in which form. */
function rejectHead(request: IncomingMessage, clients: ClientCheck | undefined): Rejection | undefined {
  const client = clients?.reject(request.socket);
  if (client !== undefined) return client;
  const { "content-type": type = "", "content-encoding": encoding } = request.headers;
  const isJson = /^application\/json\s*(?:;|$)/i.test(type);
  return isJson && (encoding === undefined || encoding === "identity") ? undefined : "WrongContentType";
}

/** These end the connection. After the removal of an authority, the API server may have another certificate for the next one. */
const lastRejections: ReadonlySet<Rejection> = new Set(["BodyTimeout", "Overloaded", "ClientAuthorityRemoved"]);

async function reject(delivery: Delivery, parts: RouteParts, rejection: Rejection, detail?: string): Promise<void> {
  parts.metrics.count("ovn4nfv_webhook_rejections_total", { rejection });
  parts.logger.debug({ rejection, detail }, "review rejected");
  const connection = lastRejections.has(rejection) ? "close" : lastOr(parts);
  await delivery.send(rejections[rejection].status, printRejection(rejection, detail), connection);
}

const lastOr = (parts: RouteParts): "keep" | "close" => (parts.draining() ? "close" : "keep");

async function rollBack(
  entry: AdmissionEntry,
  { metrics, logger }: RouteParts,
  request: AdmissionRequest,
  answer: AdmissionAnswer,
): Promise<void> {
  if (!answer.allowed || answer.rollBack === undefined) return;
  let outcome = "undone";
  try {
    await answer.rollBack();
  } catch (error) {
    outcome = "failed";
    logger.warn(
      { err: fromUnknown(error), entry: entry.name, uid: request.uid },
      "rollback failed, the sweep will free the addresses",
    );
  }
  metrics.count("ovn4nfv_admission_undone_total", { entry: entry.name, outcome });
}

function logAnswer(
  entry: AdmissionEntry,
  logger: Logger,
  { uid, namespace, name, operation, dryRun, userInfo }: AdmissionRequest,
  answer: AdmissionAnswer,
  fields: { readonly handedOver: boolean; readonly seconds: number },
): void {
  const base = { entry: entry.name, uid, namespace, name, operation, dryRun, user: userInfo.username, ...fields };
  // What an entry has done has a line of its own. A review that is allowed changes nothing by itself.
  if (answer.allowed) logger.debug(base, "review allowed");
  else if (answer.error.disposition === "bug") logger.error({ ...base, err: answer.error }, "review failed");
  else logger.info({ ...base, code: answer.error.code, reason: answer.error.message }, "review denied");
}
