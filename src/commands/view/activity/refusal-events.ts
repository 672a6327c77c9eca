import { conditionReasons } from "#src/core/condition-reasons.ts";
import { errorCodes } from "#src/core/error-codes.ts";
import type { ReadEvent } from "../pod/pod-events.ts";

/** A refusal or fault of which an Event tells. */
export interface ToldRefusal {
  readonly atMs: number;
  readonly reason: string;
  readonly message: string;
  readonly about: string;
  readonly count: number;
}

/** The refusal that a controller of workloads quotes when it cannot create a pod. */
const denied = /denied the request: (?<text>(?<code>[A-Z][A-Za-z]+): .*)/s;

/** The Events that tell of refusals and faults of ours since a time, newest first. */
export function refusalsOf(events: readonly ReadEvent[], sinceMs: number): readonly ToldRefusal[] {
  return events
    .flatMap((event): readonly ToldRefusal[] => {
      const atMs = Date.parse(event.at ?? "");
      if (event.type !== "Warning" || !(atMs > sinceMs)) return [];
      const { about, count } = event;
      const { code, text } = denied.exec(event.message)?.groups ?? {};
      if (code !== undefined && text !== undefined && isKnown(code)) {
        return [{ atMs, reason: code, message: text, about, count }];
      }
      const isOurs = event.from.startsWith("ovn4nfv") && isKnown(event.reason);
      return isOurs ? [{ atMs, reason: event.reason, message: event.message, about, count }] : [];
    })
    .sort((a, b) => b.atMs - a.atMs);
}

function isKnown(reason: string): boolean {
  return Object.hasOwn(errorCodes, reason) || Object.hasOwn(conditionReasons, reason);
}
