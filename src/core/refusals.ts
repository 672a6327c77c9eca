import type { RefusalCode } from "./error-codes.ts";
import { type AppError, isRefusal, refusal } from "./errors.ts";

/**
 * Collects refusals, so that a user learns of all faults of a request at once. It throws at once a refusal that may be over in
 * a moment, unless a fault of the user was found before it, and every error that is no refusal.
 */
export class Refusals {
  readonly #found: AppError<RefusalCode>[] = [];
  readonly #messages = new Set<string>();
  #more = 0;

  /** Runs a check, or makes a value. Gives undefined when it refuses. */
  try<T>(check: () => T): T | undefined {
    try {
      return check();
    } catch (caught) {
      this.#keep(caught);
      return undefined;
    }
  }

  /** Makes a value of each item. Items whose values are refused are left out. */
  map<T, R>(items: readonly T[], make: (item: T, index: number) => R): readonly R[] {
    return items.flatMap((item, index) => {
      const made = this.try(() => [make(item, index)]);
      return made ?? [];
    });
  }

  /** Does the same as `try` for a check that waits. */
  async whenTried<T>(check: () => Promise<T>): Promise<T | undefined> {
    try {
      return await check();
    } catch (caught) {
      this.#keep(caught);
      return undefined;
    }
  }

  /** Takes a refusal that was not thrown. */
  add(found: AppError<RefusalCode>): void {
    this.#keep(found);
  }

  get isEmpty(): boolean {
    return this.#found.length === 0;
  }

  /** Throws all refusals that were found as one, with the code of the first. */
  throwAll(): void {
    const [first, ...others] = this.#found;
    if (first === undefined) return;
    throw others.length + this.#more === 0 ? first : joined(first, others, this.#more);
  }

  #keep(caught: unknown): void {
    if (!isRefusal(caught)) throw caught;
    if (caught.disposition === "retry") {
      if (this.isEmpty) throw caught;
      return;
    }
    this.#more += caught.details.more ?? 0;
    for (const one of refusalsIn(caught)) {
      if (this.#messages.has(one.message)) continue;
      if (this.#found.length === maxKept) this.#more += 1;
      else {
        this.#messages.add(one.message);
        this.#found.push(one);
      }
    }
  }
}

/** Gives what `parse` makes, or the words of its refusal. */
export function readOrSay<T extends object>(parse: () => T): T | string {
  try {
    return parse();
  } catch (caught) {
    if (!isRefusal(caught)) throw caught;
    return caught.message;
  }
}

/** More faults than these are counted only. An annotation has room for thousands, and a message shows eight. */
const maxKept = 64;

/** Gives each fault of a refusal by itself, without those that are only counted. */
export function refusalsIn(error: AppError<RefusalCode>): readonly AppError<RefusalCode>[] {
  const { others = [], field, value, reason, remedy, holder } = error.details;
  if (others.length === 0) return [error];
  const details = { field, value, reason, remedy, ...(holder === undefined ? {} : { holder }) };
  const rest = others.map((one) => refusal(one.code, one.details));
  return [refusal(error.code, details, error.cause), ...rest];
}

function joined(
  first: AppError<RefusalCode>,
  others: readonly AppError<RefusalCode>[],
  more: number,
): AppError<RefusalCode> {
  const holder = [first, ...others].find(({ details }) => details.holder !== undefined)?.details.holder;
  const details = {
    ...first.details,
    others: others.map(({ code, details: own }) => ({ code, details: own })),
    ...(more === 0 ? {} : { more }),
  };
  return refusal(first.code, { ...details, ...(holder === undefined ? {} : { holder }) }, first.cause);
}
