import type { IncomingMessage } from "node:http";
import type { Clock } from "#src/core/clock.ts";
import type { Admission } from "./load.ts";
import type { Rejection } from "./rejections.ts";

/**
 * The API server takes at most 3 MiB from its client (apiserver DefaultMaxRequestSizeBytes), a review carries the
 * object and on UPDATE the old one, and 1 MiB is ample for the envelope: 3 + 3 + 1.
 */
const maxBodyBytes = 7 * 1024 * 1024;

/** A review comes from the same data centre in a few packets; who takes longer is no API server. */
const bodyTimeoutMs = 10_000;

export interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly bodyTimeoutMs: number;
}

export const defaultBodyLimits: BodyLimits = { maxBodyBytes, bodyTimeoutMs };

/** `gone` = the peer hung up, there is nobody to answer. */
export type Body =
  | { readonly kind: "complete"; readonly text: string }
  | { readonly kind: "rejected"; readonly rejection: Rejection }
  | { readonly kind: "gone" };

/** Of the module, for a closure of readBody would hold the body for as long as the request is there. */
const ignore = (): void => undefined;

/**
 * Reads a whole body as UTF-8. What is over a limit is read to its end but not kept, because a peer that is still
 * sending when the connection is closed sees a reset and never the answer.
 */
export function readBody(
  request: IncomingMessage,
  admission: Admission,
  clock: Clock,
  limits: BodyLimits = defaultBodyLimits,
): Promise<Body> {
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let size = 0;
    let rejection: Rejection | undefined;
    const settle = (body: Body): void => {
      cancelTimer();
      request.off("data", onData).off("end", onEnd).off("close", onGone).off("error", onGone);
      request.on("error", ignore);
      resolve(body);
    };
    const reject = (why: Rejection): void => {
      rejection ??= why;
      chunks = [];
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (rejection !== undefined) return;
      if (size > limits.maxBodyBytes) reject("BodyTooLarge");
      else if (!admission.claim(chunk.length)) reject("Overloaded");
      else chunks.push(chunk);
    };
    const onEnd = (): void => {
      if (rejection !== undefined) settle({ kind: "rejected", rejection });
      else
        settle({ kind: "complete", text: chunks.length === 1 ? String(chunks[0]) : Buffer.concat(chunks).toString() });
    };
    const onGone = (): void => {
      settle({ kind: "gone" });
    };
    const cancelTimer = clock.after(limits.bodyTimeoutMs, () => {
      settle({ kind: "rejected", rejection: rejection ?? "BodyTimeout" });
    });
    request.on("data", onData).on("end", onEnd).on("close", onGone).on("error", onGone);
  });
}
