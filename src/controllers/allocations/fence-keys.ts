import { mutate, type Operation } from "ovsdb-client";
import type { Clock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { nbGlobal } from "#src/ovn/nb-tables.ts";

/** The value of a fence key, and the session and time at which it was last seen to change. */
interface Seen {
  readonly value: string;
  readonly session: number;
  readonly sinceMs: number;
}

const prefix = `${externalId("fence")}-`;

/**
 * Finds fence keys of webhook replicas that are gone: a living replica writes the next number at least each minute.
 * Only time counts in which one and the same session was in sync, on this process' own clock.
 */
export class FenceKeys {
  readonly #expiryMs: number;
  readonly #seen = new Map<string, Seen>();

  constructor(expiryMs: number) {
    this.#expiryMs = expiryMs;
  }

  /**
   * Takes NB_Global.external_ids as they are now. Gives the keys, with their values, that were not renewed for too
   * long.
   */
  observe(
    externalIds: ReadonlyMap<string, string>,
    session: number,
    nowMs: number,
  ): readonly (readonly [string, string])[] {
    const expired: (readonly [string, string])[] = [];
    for (const key of this.#seen.keys()) if (!externalIds.has(key)) this.#seen.delete(key);
    for (const [key, value] of externalIds) {
      if (!key.startsWith(prefix)) continue;
      const seen = this.#seen.get(key);
      if (seen?.value !== value || seen.session !== session) this.#seen.set(key, { value, session, sinceMs: nowMs });
      else if (nowMs - seen.sinceMs >= this.#expiryMs) expired.push([key, value]);
    }
    return expired;
  }
}

/** Removes a key only while it has this value, so that a renewal that comes first keeps it. */
export function removeFenceKey(key: string, value: string): Operation {
  return mutate(nbGlobal, [], [["external_ids", "delete", new Map([[key, value]])]]);
}

export interface FenceSweepOptions {
  readonly keys: FenceKeys;
  readonly externalIds: () => ReadonlyMap<string, string>;
  /** Gives the session that is in sync, if there is one. */
  readonly session: () =>
    | { readonly number: number; transact(operations: readonly Operation[]): Promise<unknown> }
    | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Makes one pass over the keys. The next pass tries again what fails. */
export async function sweepFenceKeys({ keys, externalIds, session, clock, logger }: FenceSweepOptions): Promise<void> {
  const current = session();
  if (current === undefined) return;
  const expired = keys.observe(externalIds(), current.number, clock.monotonicMs());
  if (expired.length === 0) return;
  await current.transact(expired.map(([key, value]) => removeFenceKey(key, value)));
  logger.info({ keys: expired.map(([key]) => key) }, "fence keys of webhook replicas that are gone were removed");
}
