import type { IncomingMessage } from "node:http";
import type { Clock } from "#src/core/clock.ts";
import type { Admission } from "./load-limit.ts";
import type { LargeTurn } from "../peers/large-turns.ts";
import type { Rejection } from "./rejections.ts";

/**
 * The API server takes at most 3 MiB from its client (apiserver DefaultMaxRequestSizeBytes). A review carries the object,
 * and on UPDATE the old one as well. 1 MiB is more than enough for the rest of it: 3 + 3 + 1.
 */
const maxBodyBytes = 7 * 1024 * 1024;

/** A review comes from the same data centre in a few packets. A peer that takes longer is no API server. */
const bodyTimeoutMs = 10_000;

export interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly bodyTimeoutMs: number;
}

export const defaultBodyLimits: BodyLimits = { maxBodyBytes, bodyTimeoutMs };

/** Nearly all reviews are smaller. They are parsed within a millisecond or so. */
export const smallBodyBytes = 65_536;

/** It is `gone` when the peer hung up and there is nobody to answer. */
export type Body =
  | { readonly kind: "complete"; readonly bytes: Buffer }
  | { readonly kind: "rejected"; readonly rejection: Rejection }
  | { readonly kind: "gone" };

/** It is outside of readBody, because a closure there would keep the body in memory as long as the request. */
const ignore = (): void => undefined;

/**
 * Reads a whole body. A body over its limit is read to its end and not kept: a peer that is still sending when the
 * connection is closed sees a reset, and never the answer. Only when there is no memory for it, the answer comes at once.
 * A large body waits for its turn once it is no longer a small one.
 */
export function readBody(
  request: IncomingMessage,
  admission: Pick<Admission, "take">,
  turn: Pick<LargeTurn, "wait">,
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
      const wasSmall = size <= smallBodyBytes;
      size += chunk.length;
      if (wasSmall && size > smallBodyBytes) {
        request.pause();
        turn.wait(() => request.resume());
      }
      if (rejection !== undefined) return;
      if (size > limits.maxBodyBytes) reject("BodyTooLarge");
      else if (!admission.take(chunk.length)) settle({ kind: "rejected", rejection: "Overloaded" });
      else chunks.push(chunk);
    };
    const onEnd = (): void => {
      if (rejection !== undefined) settle({ kind: "rejected", rejection });
      else settle({ kind: "complete", bytes: onlyOf(chunks) ?? Buffer.concat(chunks) });
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

/** Most bodies come in one piece, which need not be copied. */
function onlyOf([first, ...others]: readonly Buffer[]): Buffer | undefined {
  return others.length === 0 ? first : undefined;
}
